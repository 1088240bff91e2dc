"""Landing units without contents, for what only asks who they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.types.change import Change
from bot.types.ids import Sha, UnitId
from bot.types.stack import LandingUnit


def landing_unit(name: str, *needs: str) -> LandingUnit:
    change = Change(UnitId(name), Sha("0" * 40), Sha("0" * 40), ())
    return LandingUnit((change,), frozenset(map(UnitId, needs)))


@pytest.fixture
def unit() -> Callable[..., LandingUnit]:
    return landing_unit
