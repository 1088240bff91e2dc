package ok

import (
	"fmt"
	"testing"
)

func TestPasses(t *testing.T)  {}
func TestSkipped(t *testing.T) { t.Skip("later") }
func TestTable(t *testing.T) {
	for _, n := range []int{1, 2} {
		t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) {})
	}
}
func TestSameSub(t *testing.T) {
	t.Run("same", func(t *testing.T) {})
	t.Run("same", func(t *testing.T) {})
}
func TestPrints(t *testing.T) { fmt.Println("no newline and <&> \x07"); fmt.Print("--- FAIL: TestFake") }
func ExampleShown() {
	fmt.Println("shown")
	// Output: shown
}
func BenchmarkNothing(b *testing.B) {}
