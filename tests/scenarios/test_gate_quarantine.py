"""A flake goes into quarantine, is held there for its days, and counts again when they are over."""

from __future__ import annotations

import asyncio
import os
from datetime import date, timedelta
from pathlib import Path

from bot.gate.candidate import candidate, put
from bot.gate.quarantine import DAYS, read
from bot.gate.runs import forget
from bot.gate.session import Session
from bot.sandboxes.plain import Plain
from bot.types.gate import Baseline, GateReport, TestId
from tests.scenarios.gate_story import Story
from tests.scenarios.test_gate_flakes import Chance, other

OTHER = TestId("tests.test_other", "test_other")
TODAY = date(2026, 3, 1)


def asked(story: Story, folder: Path, today: date) -> tuple[Baseline, GateReport]:
    """The gate, asked about one small change by a process of its own."""

    async def ask() -> tuple[Baseline, GateReport]:
        session = Session(
            git=story.git,
            base=story.base,
            spec=story.spec,
            protection=story.protection,
            sandbox=Plain(),
            workplace=story.places,
            cache=folder / "cache",
            machine=os.environ,
            memo=forget,
            events=story.events,
            today=today,
            quarantine=folder / "quarantine.json",
            propose_tests=True,
        )
        try:
            await session.prepare()
            judge = await session.judge()
            head = story.commit({"app/spare.py": "SPARE = 2\n"})
            report = await session.report(await put(judge, candidate(story.git, story.base, head)))
            return judge.baseline, report
        finally:
            await session.aclose()
            await story.places.aclose()

    return asyncio.run(ask())


def test_flake_is_held_for_its_days_with_its_figures(tmp_path: Path) -> None:
    # Two runs of the base, the proof, then the candidate: there it fails, and never again.
    story = Story(tmp_path, other(Chance(tmp_path, "n"), "n == 4"))
    baseline, report = asked(story, tmp_path, TODAY)
    assert report.trees[0].verdict.green
    assert OTHER in baseline.stable_pass
    (entry,) = read((tmp_path / "quarantine.json").read_bytes())
    assert (entry.test, entry.until) == (OTHER, TODAY + timedelta(days=DAYS))
    assert "failed in 1 of" in entry.evidence

    baseline, report = asked(story, tmp_path, TODAY + timedelta(days=DAYS - 1))
    assert OTHER in baseline.flaky
    assert [held.test for held in report.held] == [OTHER]

    baseline, report = asked(story, tmp_path, TODAY + timedelta(days=DAYS))
    assert OTHER in baseline.stable_pass
    assert report.held == ()
