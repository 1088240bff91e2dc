package unbuilt

import "testing"

func TestNeverBuilt(t *testing.T) { undefined() }
