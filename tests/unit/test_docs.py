"""What the documentation says is so: links, specs, scripts, workflows, tables, words."""

from __future__ import annotations

import ast
import asyncio
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import errors
from bot.plan.check import Script, warnings_of
from bot.plan.simulate import simulate
from bot.review.lenses import known_lenses
from bot.review.references import PHRASES
from bot.shard import shard
from bot.spec.parse import parse
from bot.types.spec import Spec
from docs import spec_tables

ROOT = Path(__file__).parents[2]
README, AGENTS = ROOT / "README.md", ROOT / "AGENTS.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "AGENTS.md", "CHANGELOG.md", "SECURITY.md")),
    ROOT / ".github" / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

WORDS = frozenset(
    (
        *("spec", "script", "verb", "shard", "unit", "agent", "worker", "reviewer", "planner", "engine"),
        *("change", "finding", "verdict", "lens", "panel", "landing unit", "layer", "stack", "baseline"),
        *("candidate", "bar", "inventory", "ledger", "journal", "forge", "state", "budget", "usage", "run"),
    )
)

RE_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RE_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
RE_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
RE_BOLD = re.compile(r"\*\*(.+?)\*\*")
RE_CODE = re.compile(r"`([^`]+)`")
RE_RECORD = re.compile(r'"t": "(\w+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block; its first words say what it is: `yaml spec`, `console runs`."""

    page: Path
    line: int
    info: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(info: str) -> list[Block]:
    """All blocks of one kind, page by page."""
    return [block for page in PAGES for block in _blocks(page) if block.info == info]


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in RE_BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found["info"].strip(), found["text"])


def _prose(page: Path) -> str:
    return RE_BLOCK.sub("", page.read_text(encoding="utf-8"))


def _anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    return {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in RE_HEADING.findall(_prose(page))
    }


def _rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    below = page.read_text(encoding="utf-8").partition(f"\n## {heading}")[2]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table, f"{page.name} has no table below {heading!r}"
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[0].splitlines()[2:]]


def _action() -> Any:
    return yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in RE_LINK.findall(_prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), target


@pytest.mark.parametrize("block", blocks("yaml spec"), ids=str)
def test_specs_parse(block: Block) -> None:
    parse(block.text.encode(), str(block))


@pytest.mark.parametrize("block", blocks("python script"), ids=str)
def test_scripts_pass_the_type_check_and_take_up_every_unit(block: Block) -> None:
    script = Script(str(block), block.text)
    units = shard("docs", [("a/one.py", 3), ("b/two.py", 4)], "file", 100)
    spec = parse(b"goal: x\ngate: {run: pytest}\n", "spec.yml")
    plan = asyncio.run(simulate(script, spec, units, ["a/one.py", "b/two.py"]))
    assert (plan.untaken, plan.problem, warnings_of(script)) == ((), "", [])


@pytest.mark.parametrize("block", blocks("yaml workflow"), ids=str)
def test_workflows_use_the_action_as_it_is(block: Block) -> None:
    inputs = _action()["inputs"]
    jobs = yaml.safe_load(block.text)["jobs"].values()
    used = [step["with"] for job in jobs for step in job["steps"] if "/gatecrew@" in step.get("uses", "")]
    assert used
    for said in used:
        assert set(said) <= set(inputs)
        assert {name for name, about in inputs.items() if about.get("required")} <= set(said)


def test_the_readme_names_the_inputs_and_outputs_of_the_action() -> None:
    inputs, _, outputs = README.read_text(encoding="utf-8").partition("\nInputs:")[2].partition("Outputs:")
    assert RE_CODE.findall(inputs) == list(_action()["inputs"])
    assert RE_CODE.findall(outputs.partition("\n\n")[0]) == list(_action()["outputs"])


def test_the_exit_codes_are_those_of_the_program() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.GatecrewError)
    ]
    codes = {kind.exit_code for kind in kinds} | {errors.EXIT_COMPLETE, errors.EXIT_PARTIAL, errors.EXIT_BUG}
    told = [int(code) for code, _ in _rows(README, "Exit codes")]
    assert set(told) == codes
    assert len(told) == len(codes)


def test_the_words_are_all_there_and_no_others() -> None:
    section = README.read_text(encoding="utf-8").partition("\n## Words\n")[2].partition("\n## ")[0]
    assert sorted(RE_BOLD.findall(section)) == sorted(WORDS)


def test_all_ten_promises_are_told() -> None:
    assert [row[0] for row in _rows(README, "Promises")] == [f"P{number}" for number in range(1, 11)]


def test_the_floors_are_those_of_the_import_linter() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (house,) = [c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    layers = [re.findall(r"\w+", layer) for layer in house["layers"]]
    assert [RE_CODE.findall(rooms) for rooms, _ in _rows(AGENTS, "Floors")] == layers


def test_the_tables_of_the_spec_are_fresh() -> None:
    """Stale? Type: python docs/spec_tables.py"""
    page = spec_tables.PAGE.read_text(encoding="utf-8")
    assert page == spec_tables.renewed(page)
    assert all(f"| `{key}` |" in page for key in spec_tables.every_key())


def test_only_the_goal_and_the_suite_have_no_default() -> None:
    Spec.model_validate({"goal": "x", "gate": {"run": "x"}})
    required = re.findall(
        r"^\| `([\w.]+)` \|.*\*\*required\*\*", spec_tables.PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert [key for key in required if not key.startswith("prices.")] == ["goal", "gate.run"]


def test_the_verbs_are_those_of_the_stubs() -> None:
    stubs = ast.parse((ROOT / "bot" / "plan" / "gatecrew.pyi").read_text(encoding="utf-8"))
    verbs = {node.name for node in stubs.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    told = "".join(cells[0] for cells in _rows(ROOT / "docs" / "scripts.md", "Verbs"))
    assert set(re.findall(r"(\w+)\(", told)) == verbs


def test_the_lenses_are_those_that_there_are() -> None:
    assert {cells[0].strip("`") for cells in _rows(ROOT / "docs" / "review.md", "Lenses")} == set(
        known_lenses()
    )


def test_the_evidence_is_of_the_kinds_that_there_are() -> None:
    rows = _rows(ROOT / "docs" / "recipe.md", "What the references lens refutes")
    assert [cells[0].strip("`") for cells in rows] == list(PHRASES)


def test_the_records_are_those_that_are_written() -> None:
    written = {
        kind for path in (ROOT / "bot").rglob("*.py") for kind in RE_RECORD.findall(path.read_text("utf-8"))
    }
    told = {cells[0].strip("`") for cells in _rows(ROOT / "docs" / "journal.md", "The record")}
    assert told == written


@pytest.mark.parametrize(("page", "most"), [(README, 200), (AGENTS, 80), (ROOT / "CLAUDE.md", 1)], ids=str)
def test_pages_for_the_hurried_are_short(page: Path, most: int) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= most
