"""The lenses there are."""

from __future__ import annotations

from bot.review.lenses import is_deterministic, known_lenses, model_lenses


def test_only_the_host_lens_is_deterministic() -> None:
    assert is_deterministic("references")
    assert not any(is_deterministic(lens) for lens in (*model_lenses(), "unheard-of"))


def test_every_prompt_is_a_lens_that_a_spec_may_require() -> None:
    assert known_lenses() == ("references", *model_lenses())
    assert {"correctness", "simplicity"} <= set(model_lenses())
