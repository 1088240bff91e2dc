package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(3) }
func TestNeverRun(t *testing.T) {}
