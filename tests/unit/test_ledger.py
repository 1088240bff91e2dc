"""The ledger: what nobody takes up is not-run, and the conclusion is computed."""

from __future__ import annotations

import pytest

from bot.ledger import Ledger, conclude
from bot.types.ids import UnitId
from bot.types.unit import Conclusion, Fate, Shard, Status

ALL_WELL = [Status.LANDED, Status.PROPOSED, Status.UNCHANGED, Status.REJECTED, Status.SKIPPED]


def make(*names: str) -> Ledger:
    return Ledger(Shard(UnitId(name), (f"{name}.py",), 1) for name in names)


def test_what_nobody_takes_up_is_not_run() -> None:
    ledger = make("a", "b")
    ledger.set(UnitId("a"), Status.PROPOSED)

    assert ledger.fate(UnitId("b")).status is Status.NOT_RUN
    assert [shard.id for shard in ledger.untaken] == ["b"]
    assert conclude(ledger.fates.values()) is Conclusion.PARTIAL


def test_a_unit_that_the_host_did_not_make_cannot_get_in() -> None:
    with pytest.raises(KeyError):
        make("a").set(UnitId("forged"), Status.PROPOSED)


@pytest.mark.parametrize("well", ALL_WELL)
@pytest.mark.parametrize("ill", [Status.FAILED, Status.NOT_RUN])
def test_conclusions(well: Status, ill: Status) -> None:
    assert conclude([Fate(well)]) is Conclusion.COMPLETE
    assert conclude([Fate(well), Fate(ill)]) is Conclusion.PARTIAL
    assert conclude([Fate(ill), Fate(ill)]) is Conclusion.FAILED


def test_an_attempt_that_goes_well_takes_back_an_earlier_failure() -> None:
    ledger = make("a")
    ledger.set(UnitId("a"), Status.FAILED, "overloaded")
    ledger.clear(UnitId("a"))

    assert ledger.fate(UnitId("a")).status is Status.NOT_RUN


def test_a_path_has_at_most_one_owner() -> None:
    ledger = make("a", "b")

    assert ledger.owner("b.py") == "b"
    assert ledger.owner("c.py") is None
