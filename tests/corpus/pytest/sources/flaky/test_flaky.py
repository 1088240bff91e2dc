import pytest

COUNT = {}


def second_time(name):
    COUNT[name] = COUNT.get(name, 0) + 1
    assert COUNT[name] > 1


@pytest.mark.flaky(reruns=2, retries=2, max_runs=3)
def test_flaky_by_mark():
    second_time("mark")


def test_flaky_by_option():
    second_time("option")


def test_steady():
    pass


def test_fails():
    assert 0


def test_skipped():
    pytest.skip("later")
