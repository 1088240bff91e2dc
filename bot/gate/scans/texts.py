"""Texts in code that say what it looks for: runners, CI, reports."""

from __future__ import annotations

import re

RE_RUNNER = re.compile(
    r"PYTEST_(?:CURRENT_TEST|VERSION|XDIST\w*|PLUGINS|ADDOPTS)|JEST_WORKER_ID|NODE_TEST_CONTEXT"
)
RE_ASKED = re.compile(r"\b_?(?:pytest|unittest|nose2?)\b|py\.test|\bconftest\b|^test_\w*$|_test\.py$")
RE_ENVIRONMENT = re.compile(
    r"(?:CI|CONTINUOUS_INTEGRATION|GITHUB_(?:ACTIONS|RUN_ID|WORKFLOW|OUTPUT|ENV|STEP_SUMMARY)|GITLAB_CI|TRAVIS"
    r"|CIRCLECI|BUILDKITE|JENKINS_URL|TF_BUILD|TEAMCITY_VERSION)"
)
RE_GATE = re.compile(r"\bGATECREW\b")
RE_REPORT = re.compile(r"</?test(?:case|suites?)\b|--junit-?xml|\bjunit_family\b|--report-log")
RE_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def rule_of(text: str) -> str | None:
    """The rule that a text falls under, wherever it stands."""
    for pattern, rule in ((RE_RUNNER, "runner"), (RE_GATE, "environment"), (RE_REPORT, "report")):
        if pattern.search(text):
            return rule
    return None
