package bad

import "testing"

func TestPasses(t *testing.T) {}
func TestFails(t *testing.T)  { t.Error("no") }
func TestOneOfTwo(t *testing.T) {
	t.Run("good", func(t *testing.T) {})
	t.Run("bad", func(t *testing.T) { t.Fatal("no") })
}
