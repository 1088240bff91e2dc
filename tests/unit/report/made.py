"""Made-up results: what a run might come to, with names and causes of an awkward length."""

from __future__ import annotations

from typing import Any

from bot.types.result import Result

NONE = {"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0}
SOME = {"input_tokens": 1200, "output_tokens": 300, "cache_read_tokens": 9000, "cache_write_tokens": 500}
LONG_TEST = (
    "tests.integration.test_everything.TestManyThings::test_a_long_name[parametrised-with-this-and-that]"
)


def unit(name: str, status: str = "proposed", cause: str | None = None, **more: Any) -> dict[str, Any]:
    row = {"id": name, "files": ["a.py", "b.py"], "changed": ["a.py"], "status": status, "cause": cause}
    return row | {"agents": 2, "usage": SOME, "cost_usd": 0.5} | more


def finding(of: str, claim: str, **more: Any) -> dict[str, Any]:
    evidence = [
        {"kind": "string", "path": "app/names.py", "line": 7, "text": 'getattr(self, "draw_" + part)'}
    ]
    row = {"unit": of, "lens": "references", "verdict": "refute", "claim": claim, "evidence": evidence}
    return row | {"confirmed": False} | more


def layer(number: int | None, *units: str, base: str = "main", **more: Any) -> dict[str, Any]:
    branch = f"gatecrew/dead-code/{units[0]}"
    row = {
        "layer": units[0],
        "title": f"Remove what {units[0]} does not need",
        "branch": branch,
        "pull": number,
    }
    return row | {"base_branch": base, "head": "c" * 40, "units": list(units), "files": ["a.py"]} | more


def gate(**more: Any) -> dict[str, Any]:
    baseline = {"stable_pass": 197, "stable_fail": 1, "flaky": 1, "skip": 0, "runs": 3}
    trees = [
        {"tree": "d" * 40, "layer": None, "pass_rate": 1.0, "green": True},
        {"tree": "e" * 40, "layer": "app-1a2b3c4d", "pass_rate": 1.0, "green": True},
    ]
    evicted = [{"unit": "tax-9f8e7d6c", "tests": [LONG_TEST, "tests.test_tax::test_rate"], "confirmed": True}]
    row = {"bar": 1.0, "pass_rate": 1.0, "baseline": baseline, "suite_runs": 7, "trees": trees}
    known = {"known_failures": ["tests.test_old::test_broken"], "flaky": ["tests.test_net::test_sometimes"]}
    return row | {"evicted": evicted, "sandbox": "bubblewrap"} | known | more


def result(**more: Any) -> Result:
    """A run with something of everything."""
    units = [
        unit("app-1a2b3c4d"),
        unit("parcelbook-storage-and-more-0a1b2c3d", "rejected", f"gate: breaks {LONG_TEST} and 14 more"),
        unit("tax-9f8e7d6c", "failed", "the service failed: 529 overloaded", cost_usd=None),
        unit("docs-11112222", "unchanged", "nothing here is unused", changed=[]),
    ]
    row = {
        "version": 1,
        "run": "20260101-120000-abcd",
        "workflow": "dead-code",
        "conclusion": "partial",
        "base": "b" * 40,
        "spec_sha": "f" * 40,
        "units": units,
        "findings": [finding("app-1a2b3c4d", "`draw_bars` can be reached by a computed name")],
        "stacks": [[layer(1, "app-1a2b3c4d")]],
        "gate": gate(),
        "uncovered": [],
        "usage": SOME | {"agents": 8, "cost_usd": None},
        "exit_code": 1,
    }
    return Result.model_validate(row | more)
