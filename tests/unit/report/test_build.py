"""Facts to a result: rates, ledger, layers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bot.report.build import build, rounded_down
from bot.report.facts import Facts
from bot.types.change import Change, Entry
from bot.types.gate import Baseline, GatedTree, GateReport, TestId, TreeVerdict
from bot.types.ids import Blob, Branch, LayerId, RunId, Sha, Tree, UnitId
from bot.types.review import Evidence, Finding, Verdict
from bot.types.stack import LandingUnit, Layer, Placed, Stack
from bot.types.unit import Fate, Shard, Status
from bot.types.usage import Cost, Usage

TESTS = frozenset(TestId("tests.test_a", f"test_{number}") for number in range(3))
BASELINE = Baseline(Tree("0" * 40), 3, TESTS, frozenset(), frozenset(), frozenset())
UNIT = UnitId("app-1a2b3c4d")


def facts(**more: object) -> Facts:
    shard = Shard(UNIT, ("app.py", "other.py"), 10)
    known: dict[str, object] = {
        "run": RunId("r1"),
        "workflow": "dead-code",
        "base": Sha("b" * 40),
        "spec_sha": "f" * 40,
        "shards": (shard,),
        "fates": {UNIT: Fate(Status.PROPOSED)},
    }
    return Facts(**(known | more))  # type: ignore[arg-type]


def change() -> Change:
    return Change(UNIT, Sha("b" * 40), Sha("c" * 40), (Entry("app.py", "100644", Blob("d" * 40)),))


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (Fraction(1), 1.0),
        (Fraction(2, 3), 0.6666),
        (Fraction(99_999, 100_000), 0.9999),
        (Fraction(499, 500), 0.998),
        (Fraction(1, 100_000), 0.0),
        (Fraction(0), 0.0),
    ],
)
def test_rates_are_rounded_down(rate: Fraction, told: float) -> None:
    """99.999 % is not 100 %."""
    assert rounded_down(rate) == told


def test_a_tree_just_below_the_bar_does_not_look_whole() -> None:
    """19,999 of 20,000 tests: neither the tree's rate nor the gate's is 1."""
    verdict = TreeVerdict(Tree("1" * 40), False, 19_999, 20_000)
    row = build(facts(gate=GateReport(Fraction(1), BASELINE, 4, (GatedTree(verdict, None),)))).gate
    assert row is not None
    assert (row.pass_rate, row.trees[0].pass_rate, row.trees[0].green) == (0.9999, 0.9999, False)


def test_a_gate_that_had_nothing_to_judge_speaks_of_the_base() -> None:
    """What is proposed is nothing, so all of the base's stable tests still pass."""
    row = build(facts(gate=GateReport(Fraction(1), BASELINE, 3))).gate
    assert row is not None
    assert (row.pass_rate, row.trees) == (1.0, ())


def test_no_gate_is_null() -> None:
    """A run that was stopped before has no figures, instead of zeros."""
    assert build(facts()).gate is None


@pytest.mark.parametrize(("usd", "told"), [(None, None), (0.0, 0.0), (0.1234567, 0.123457)])
def test_an_unknown_price_is_null_and_never_zero(usd: float | None, told: float | None) -> None:
    """For a unit and for the run."""
    cost = Cost(Usage(10, 2), usd)
    made = build(facts(spent={UNIT: (1, cost)}, cost=cost, agents=1))
    assert (made.units[0].cost_usd, made.usage.cost_usd, made.usage.input_tokens) == (told, told, 10)


def test_units_tell_their_files_and_what_they_changed() -> None:
    """The shard's files are all there, the change's are those that it touches."""
    row = build(facts(changes={UNIT: change()})).units[0]
    assert (row.files, row.changed) == (("app.py", "other.py"), ("app.py",))


def test_layers_that_fell_are_not_there_any_more() -> None:
    """Only what was placed is told; a draft says so."""
    kept, fell = (
        Layer(LayerId(name), f"Remove {name}", (LandingUnit((change(),)),)) for name in ("kept", "fell")
    )
    placed = Placed(kept, Sha("c" * 40), Tree("d" * 40), Branch("gatecrew/x/kept"), Branch("main"), 4)
    made = build(facts(stacks=(Stack((kept, fell)),), placed=(placed,), drafts=frozenset({"kept"})))
    assert [[(row.layer, row.pull, row.draft) for row in stack] for stack in made.stacks] == [
        [("kept", 4, True)]
    ]


def test_untaken_files_are_uncovered() -> None:
    """In order, without the files of units that were taken up."""
    untaken = (Shard(UnitId("z"), ("z.py", "a.py"), 1),)
    assert build(facts(untaken=untaken)).uncovered == ("a.py", "z.py")


def test_names_that_are_no_utf8_do_not_keep_the_result_from_being_written() -> None:
    """git allows any bytes in a path; JSON does not."""
    odd = "caf\udce9.py"
    evidence = (Evidence("string", odd, 1, "x\ud800y"),)
    found = Finding(UNIT, "references", Verdict.REFUTE, "is named", evidence)
    made = build(facts(shards=(Shard(UNIT, (odd,), 1),), findings=(found,)))
    assert made.units[0].files == (r"caf\udce9.py",)
    assert made.findings[0].evidence[0].text == r"x\ud800y"
