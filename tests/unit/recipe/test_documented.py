"""What prose documents is public: by code quotes, by directives, by an example's imports."""

from __future__ import annotations

import pytest

from bot.engines.recipe.public import documented_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Call `format_number` for that.", "format_number"),
        (".. autofunction:: babel.numbers.format_number\n", "format_number"),
        ("   .. py:class:: Locale\n", "Locale"),
        ("    >>> from babel.core import Locale, negotiate\n", "negotiate"),
    ],
)
def test_a_documented_name_is_found(text: str, name: str) -> None:
    assert name in documented_names([text])


def test_a_name_in_plain_prose_is_not_documented() -> None:
    assert documented_names(["the helper format_number is imported from somewhere"]) == frozenset()
