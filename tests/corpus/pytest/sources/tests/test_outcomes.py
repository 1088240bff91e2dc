import unittest

import pytest

ODD = ["x::y", "a/b", "[br]", "é", "\x1b", "\x00", 'a "b" <&>', "", "\n"]


def test_passes():
    pass


def test_fails():
    assert 1 == 2, "control \x07 characters"


@pytest.fixture
def broken():
    raise OSError("no database")


@pytest.fixture
def leaves_a_mess():
    yield
    raise OSError("cannot clean up")


def test_setup_errors(broken):
    pass


def test_passes_and_teardown_errors(leaves_a_mess):
    pass


def test_fails_and_teardown_errors(leaves_a_mess):
    assert 0


@pytest.mark.skip(reason="later")
def test_skipped():
    pass


def test_skips_itself():
    pytest.skip("not here")


@pytest.mark.xfail(reason="bug 1")
def test_fails_as_expected():
    assert 0


@pytest.mark.xfail(reason="bug 2")
def test_passes_unexpectedly():
    pass


@pytest.mark.xfail(reason="bug 3", strict=True)
def test_passes_unexpectedly_strict():
    pass


@pytest.mark.parametrize("value", ODD)
def test_odd(value):
    pass


@pytest.mark.parametrize("n", [1, 2])
def test_one_of_two(n):
    assert n == 1


def test_subtests(subtests):
    for n in (1, 2, 3):
        with subtests.test(n=n):
            assert n == 1


class TestOuter:
    class TestInner:
        def test_deep(self):
            pass


class Old(unittest.TestCase):
    def test_old(self):
        pass

    @unittest.expectedFailure
    def test_old_fails_as_expected(self):
        self.fail("bug")

    def test_old_subtests(self):
        for n in (1, 2):
            with self.subTest(n=n):
                self.assertEqual(n, 1)
