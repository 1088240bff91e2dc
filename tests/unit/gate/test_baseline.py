"""The base's runs, classified, and every reason why the gate cannot be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.gate.baseline import checked, classify, notice, start
from bot.gate.record import decode, encode
from bot.gate.runs import Runs
from bot.git import Git
from bot.types.gate import Outcome, SuiteRun, TestId
from bot.types.ids import Sha, Tree
from bot.types.spec import Gate
from tests.builders import make_repo

TREE = Tree("a" * 40)
PASS, FAIL, SKIP, XFAIL = Outcome.PASS, Outcome.FAIL, Outcome.SKIP, Outcome.XFAIL
T = TestId("m", "t")


def run(**outcomes: Outcome) -> SuiteRun:
    return SuiteRun(TREE, {TestId("m", name): found for name, found in outcomes.items()}, {}, 0, 1.0)


@pytest.mark.parametrize(
    ("outcomes", "place"),
    [
        ((PASS, PASS, PASS), "stable_pass"),
        ((PASS, Outcome.XPASS, PASS), "stable_pass"),
        ((FAIL, FAIL, FAIL), "stable_fail"),
        ((FAIL, Outcome.ERROR, FAIL), "stable_fail"),
        ((PASS, FAIL, PASS), "flaky"),
        ((PASS, SKIP, PASS), "flaky"),
        ((SKIP, SKIP, SKIP), "skip"),
        ((XFAIL, XFAIL, XFAIL), "skip"),
        ((PASS, None, PASS), "flaky volatile"),
        ((SKIP, None, SKIP), "flaky volatile"),
    ],
)
def test_classes(outcomes: tuple[Outcome | None, ...], place: str) -> None:
    found = classify([run(**({} if outcome is None else {"t": outcome})) for outcome in outcomes])
    names = ("stable_pass", "stable_fail", "flaky", "skip", "volatile")
    assert " ".join(name for name in names if T in getattr(found, name)) == place


def test_no_stable_test_cannot_be_asked() -> None:
    with pytest.raises(InputError, match="no test passes in all 2 runs at the base"):
        checked(classify([run(t=PASS), run(t=FAIL)]))


def test_red_base_is_a_notice() -> None:
    assert notice(classify([run(a=PASS, b=FAIL)])) == "at the base 1 fail: no change is blamed for them"
    assert notice(classify([run(a=PASS)])) is None


def test_run_survives_the_journal() -> None:
    full = SuiteRun(TREE, {T: FAIL, TestId("", "é\n"): PASS}, {T: "why"}, 1, 1.25, "a doubt", "the end")
    assert decode(encode(full)) == full


class Fake:
    """A suite that answers from a list."""

    selects = True
    digest = "digest"
    sandbox = "none"
    gate = Gate(run="true {report}")

    def __init__(self, *answers: SuiteRun) -> None:
        self.answers = list(answers)
        self.running = 0

    async def run(
        self,
        commit: Sha,
        tests: Collection[TestId] = (),
        *,
        whole_files: bool = False,
        collect: bool = False,
        proof: bool = False,
    ) -> SuiteRun:
        self.running += 1
        try:
            await asyncio.sleep(0.001 if self.answers else 3600)
            return self.answers.pop(0)
        finally:
            self.running -= 1

    async def ask(self, commit: Sha, command: str) -> str:
        return ""


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repo(tmp_path, {"a": "b"})


def test_first_run_is_awaited_and_the_others_go_beside(git: Git) -> None:
    suite = Fake(run(t=PASS), run(t=PASS), run(t=FAIL))

    async def measured() -> None:
        measuring = await start(Runs(git, suite), git.commit("HEAD"), 3)
        assert len(suite.answers) == 2
        assert measuring.first.outcomes[T] is PASS
        with pytest.raises(InputError, match="cannot be asked"):
            await measuring.result()

    asyncio.run(measured())


def test_unfinished_baseline_can_be_stopped(git: Git) -> None:
    suite = Fake(run(t=PASS))

    async def stopped() -> None:
        measuring = await start(Runs(git, suite), git.commit("HEAD"), 3)
        while not suite.running:
            await asyncio.sleep(0.001)
        await measuring.aclose()
        assert not suite.running

    asyncio.run(stopped())


def test_doubt_at_the_base_quotes_the_output_and_says_what_to_do(git: Git) -> None:
    doubtful = SuiteRun(TREE, {}, {}, 127, 0.1, "the suite's command does not exist (exit 127)", "sh: nope")
    with pytest.raises(InputError) as caught:
        asyncio.run(start(Runs(git, Fake(doubtful)), git.commit("HEAD"), 3))
    assert "does not exist (exit 127)" in caught.value.message
    assert "| sh: nope" in caught.value.message
    assert "gate.setup" in caught.value.hint


def test_no_passing_test_is_found_by_the_first_run(git: Git) -> None:
    with pytest.raises(InputError, match="none of the 1 tests passes"):
        asyncio.run(start(Runs(git, Fake(run(t=FAIL))), git.commit("HEAD"), 3))


def test_equal_questions_are_one_run_and_samples_are_others(git: Git) -> None:
    suite = Fake(run(t=PASS), run(t=FAIL), run(t=SKIP), run(t=PASS))
    base = git.commit("HEAD")

    async def asked() -> None:
        runs = Runs(git, suite)
        first, again = await asyncio.gather(runs.run(base, "one"), runs.run(base, "two"))
        assert first is again
        assert (await runs.run(base, "three", sample=1)).outcomes[T] is FAIL
        assert (await runs.run(base, "four", [T])).outcomes[T] is SKIP
        assert (await runs.run(base, "five", proof=True)).outcomes[T] is PASS
        assert runs.count == 4

    asyncio.run(asked())


def test_remembered_run_is_not_run_again(git: Git) -> None:
    journal: dict[str, object] = {}

    async def memo(key: str, call: object) -> object:
        if key not in journal:
            journal[key] = await call()  # type: ignore[operator]
        return journal[key]

    base = git.commit("HEAD")
    for suite in (Fake(run(t=PASS)), Fake()):
        found = asyncio.run(Runs(git, suite, memo=memo).run(base, "it"))
        assert found.outcomes == {T: PASS}
