"""Stories of units that break, mend, hide and need one another, as rules of a simulated suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hypothesis import strategies as st

from bot.gate.flakes import State
from bot.types.stack import LandingUnit
from tests.unit.gate.conftest import landing_unit


class Does(StrEnum):
    """What a unit does to a test; most need another one for it."""

    BREAKS = "breaks"
    BREAKS_WITH = "breaks it together with"
    BREAKS_WITHOUT = "breaks it, which is mended by"
    BREAKS_APART = "breaks it unless both or neither is there:"
    HIDES_WITHOUT = "keeps it from loading without"
    HIDES_APART = "keeps it from loading unless both or neither is there:"


HIDING = (Does.HIDES_WITHOUT, Does.HIDES_APART)


@dataclass(frozen=True, slots=True)
class Rule:
    unit: str
    does: Does
    other: str = ""
    test: str = "t"

    def holds(self, standing: frozenset[str]) -> bool:
        here, there = self.unit in standing, self.other in standing
        match self.does:
            case Does.BREAKS:
                return here
            case Does.BREAKS_WITH:
                return here and there
            case Does.BREAKS_WITHOUT | Does.HIDES_WITHOUT:
                return here and not there
            case Does.BREAKS_APART | Does.HIDES_APART:
                return here != there


@dataclass(frozen=True, slots=True)
class Story:
    """Units in landing order, what each needs, and the rules."""

    order: tuple[str, ...]
    rules: tuple[Rule, ...]
    needs: Mapping[str, str] = field(default_factory=dict)

    @property
    def units(self) -> list[LandingUnit]:
        return [landing_unit(n, *([self.needs[n]] if n in self.needs else [])) for n in self.order]

    @property
    def symptoms(self) -> frozenset[str]:
        """What fails with all units. (A test that nothing shows there is nobody's business.)"""
        return self.failing(frozenset(self.order))

    def suite(self, standing: frozenset[str], test: str) -> State:
        holding = [rule for rule in self.rules if rule.test == test and rule.holds(standing)]
        if any(rule.does in HIDING for rule in holding):
            return State.UNKNOWN
        return State.DIRTY if holding else State.CLEAN

    def failing(self, standing: frozenset[str]) -> frozenset[str]:
        tests = {rule.test for rule in self.rules}
        return frozenset(test for test in tests if self.suite(standing, test) is State.DIRTY)

    def seen_clean(self, standing: frozenset[str]) -> bool:
        return all(self.suite(standing, test) is State.CLEAN for test in self.symptoms)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Stories with one symptom at least, in which most units have no part."""
    order = tuple(f"u{at}" for at in range(draw(st.integers(1, 12))))
    names = st.sampled_from(order)
    below = {at: draw(st.sampled_from(order[:at])) for at in range(1, len(order)) if draw(_seldom)}
    rule = st.builds(Rule, names, st.sampled_from(Does), names, st.sampled_from(["s", "t"]))
    others = draw(st.lists(rule.filter(lambda r: r.unit != r.other), max_size=4))
    culprit = Rule(draw(names), Does.BREAKS, test=draw(st.sampled_from(["s", "t"])))
    story = Story(order, (culprit, *others), {order[at]: name for at, name in below.items()})
    # Where everything is hidden at the top, the judge would see another symptom.
    return story if story.symptoms else Story(order, (culprit,), story.needs)


_seldom = st.sampled_from([False, False, False, True])
