"""One case of a JUnit report: what its attributes and children say, whoever wrote them."""

from __future__ import annotations

from bot.suite.tally import MAX_MESSAGE, worse
from bot.types.gate import FAILING, Outcome, TestId

FAILURES = {"failure": Outcome.FAIL, "error": Outcome.ERROR}
# It failed, and the runner ran it again. `flaky*` passed in the end, `rerun*` never did.
PASSED_LATER = {"flakyFailure": Outcome.FAIL, "flakyError": Outcome.ERROR}
CHILDREN = {
    **FAILURES,
    **PASSED_LATER,
    "rerunFailure": Outcome.FAIL,
    "rerunError": Outcome.ERROR,
    "skipped": Outcome.SKIP,
    "disabled": Outcome.NOT_RUN,
    "ignored": Outcome.NOT_RUN,
}
RAN = {"", "run", "completed", "complete", "passed", "pass", "success", "successful", "ok"}
FAILED = {"failed", "fail", "failure", "broken", "timeout"}
EXPECTED = {"pytest.xfail", "XFAIL"}


class Suites:
    """The suites around a case, and where they say that it is."""

    def __init__(self) -> None:
        self.node = False
        self._names: list[str] = []
        self._nodes: list[bool] = []

    def enter(self, name: str, attributes: dict[str, str]) -> None:
        self._names.append(name)
        self._nodes.append("disabled" in attributes and "timestamp" not in attributes)

    def leave(self) -> None:
        self._names.pop()
        self._nodes.pop()

    @property
    def name(self) -> str:
        return self._names[-1] if self._names else ""

    def place(self, classname: str, name: str, file: str) -> str:
        """What stands for the classname, so that two tests have two ids."""
        if classname == "test" and all(self._nodes):
            # node gives this class to every test, and a suite's tests the suite alone.
            self.node = True
            return " > ".join([file, *self._names] if file else self._names)
        if classname == name and file:
            # jest-junit says the title twice; only the file keeps two files' titles apart.
            return file
        if not classname and name == "TestMain":
            # gotestsum's case for a package that failed outside of its tests.
            return self.name
        return classname


class Case:
    """A test case that is being read; `inside` is the element that it lies in."""

    def __init__(self, test: TestId, inside: str, attributes: dict[str, str]) -> None:
        self.test = test
        self.inside = inside
        self.retried = False
        self._status = attributes.get("status", "").strip().lower()
        self._result = attributes.get("result", "").strip().lower()
        self._found = self._told()
        self._todo = False
        self._failed = False
        self._message: list[str] = []
        self._length = 0

    @classmethod
    def of_suite(cls, suites: Suites, tag: str, attributes: dict[str, str]) -> Case | None:
        """The error of a whole suite, as a test of its own."""
        if CHILDREN.get(tag) not in FAILING:
            return None
        case = cls(TestId(suites.name, "(suite)"), "testsuite", {})
        case.child(tag, attributes)
        return case

    @property
    def outcome(self) -> Outcome:
        if self._todo:
            # node: nobody minds that it fails, and nobody should be glad that it passes.
            return Outcome.XFAIL if self._failed else Outcome.SKIP
        return self._found

    @property
    def message(self) -> str:
        return "".join(self._message)

    def child(self, tag: str, attributes: dict[str, str]) -> None:
        """An element directly inside of the case."""
        outcome = CHILDREN.get(tag)
        if outcome is None:
            return
        message = attributes.get("message", "")
        if tag == "skipped":
            outcome = self._skipped(attributes.get("type", ""), message)
        self._failed = self._failed or tag in FAILURES
        self.retried = (self.retried or tag in PASSED_LATER) and not self._failed
        self._found = worse(self._found, outcome)
        self._say(message + "\n")

    def text(self, tag: str, text: str) -> None:
        if tag in CHILDREN:
            self._say(text)

    def _say(self, text: str) -> None:
        if self._length < MAX_MESSAGE:
            self._message.append(text[:MAX_MESSAGE])
            self._length += len(self._message[-1])

    def _told(self) -> Outcome:
        """By the attributes alone."""
        told = {self._status, self._result}
        if told & FAILED:
            return Outcome.FAIL
        if "error" in told:
            return Outcome.ERROR
        return Outcome.PASS if told <= RAN else Outcome.NOT_RUN

    def _skipped(self, kind: str, message: str) -> Outcome:
        if kind in EXPECTED:
            return Outcome.XFAIL
        self._todo = self._todo or kind == "todo"
        if self._status != "notrun" or self._result or not message:
            return Outcome.SKIP
        # ctest: a test that could not be started is "notrun" too, and fails the run.
        self._found = Outcome.PASS
        return Outcome.SKIP if message.startswith("SKIP_") else Outcome.ERROR
