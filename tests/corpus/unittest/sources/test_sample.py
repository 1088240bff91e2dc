import unittest
class Cases(unittest.TestCase):
    def test_passes(self): pass
    def test_fails(self): self.assertEqual(1, 2)
    def test_errors(self): raise TypeError("x")
    @unittest.skip("later")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_fails_as_expected(self): self.fail("bug")
    @unittest.expectedFailure
    def test_passes_unexpectedly(self): pass
    def test_subtests(self):
        for n in (1, 2, 3):
            with self.subTest(n=n): self.assertNotEqual(n, 2)
    def test_teardown(self): pass
    def test_fails_twice(self): self.fail("call")
    def tearDown(self):
        if self.id().endswith(("test_teardown", "test_fails_twice")): raise OSError("teardown")
class Same(unittest.TestCase):
    def test_passes(self): pass
class BadSetup(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise OSError("no class")
    def test_never(self): pass
