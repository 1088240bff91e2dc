package flaky

import (
	"os"
	"testing"
)

func TestFlaky(t *testing.T) {
	place := os.TempDir() + "/gatecrew-sample-flaky"
	if _, err := os.Stat(place); err != nil {
		os.WriteFile(place, nil, 0o600)
		t.Fatal("the first time")
	}
}
func TestSteady(t *testing.T) {}
