import os


def test_before():
    pass


def test_crashes():
    os._exit(3)


def test_after():
    pass
