"""Every problem of a spec at once, each with its path, value and place."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SpecError
from bot.spec.around import Around
from bot.spec.load import FOLDER
from bot.spec.parse import parse
from bot.types.agent import Role
from bot.types.spec import EngineName, Spec

ROOT = Path(__file__).parents[3]
MINIMAL = "goal: Tidy up\ngate: {run: pytest}\n"
KEY = "sk-ant-" + "a1B2" * 8


def problems(text: str | bytes, around: Around | None = None) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(SpecError) as caught:
        parse(data, "x.yml", around or Around())
    assert caught.value.exit_code == 2
    assert "gatecrew check x.yml" in str(caught.value)
    return list(caught.value.problems)


def one(text: str | bytes) -> str:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def test_only_goal_and_run_have_no_default() -> None:
    spec = parse(MINIMAL.encode(), "x.yml")
    assert spec == Spec.model_validate({"goal": "Tidy up", "gate": {"run": "pytest"}})
    assert problems("{}") == [
        "goal: is required: what the workers are asked to do, in one or a few sentences (line 1, column 1)",
        "gate: is required: the project's own test suite, which lets changes through (line 1, column 1)",
    ]


def test_all_problems_are_told_in_the_order_of_the_text() -> None:
    """Types, unknown keys and contradictions alike, each with its value and place."""
    text = """\
goal: 12
gaol: typo
gate:
  rum: pytest
  runs: true
  bar: 99.8
  timeout: "12"
  renames: {a: 1, b: b}
  select: pytest
engines: {worker: cloude}
files:
  include: src
  exclude: ['', 3, ./docs]
limits: {dollars: .inf, agents: 1.5, concurrency: 1000}
stack:
review: {lenses: [references, references]}
prices: {m: {input: 1}}
recipe: {kind: codemod}
depth: 3
"""
    assert problems(text) == [
        "goal: 12: must be text: put it in quotes ('12') (line 1, column 7)",
        "gaol: unknown key; did you mean 'goal'? (line 2, column 1)",
        "gate.run: is required: the command that runs the suite. `{report}` is the file that its JUnit XML "
        "goes to (line 3, column 1)",
        "gate.rum: unknown key; did you mean 'run'? (line 4, column 3)",
        "gate.runs: true: must be a whole number (line 5, column 9)",
        "gate.bar: 99.8: must be at most 1 (a fraction: 99.8 % is 0.998) (line 6, column 8)",
        "gate.timeout: '12': must be a number, without quotes or units (seconds) (line 7, column 12)",
        "gate.renames.a: 1: must be text: put it in quotes ('1') (line 8, column 16)",
        "gate.renames.b: 'b': the old and the new id are equal (line 8, column 22)",
        "gate.select: 'pytest': must hold {tests}, where the ids of the tests go (line 9, column 11)",
        "engines.worker: 'cloude': must be one of claude, recipe, scripted; did you mean 'claude'? "
        "(line 10, column 19)",
        "files.include: 'src': must be a list: one '- value' a line, or [value, value] (line 12, column 12)",
        "files.exclude[0]: '': must not be empty (line 13, column 13)",
        "files.exclude[1]: 3: must be text: put it in quotes ('3') (line 13, column 17)",
        "files.exclude[2]: './docs': begins with './'; globs start at the root of the repository already, "
        "so it would never match (line 13, column 20)",
        "limits.dollars: inf: must be a finite number (null means no limit, where that is allowed) "
        "(line 14, column 19)",
        "limits.agents: 1.5: must be a whole number (line 14, column 33)",
        "limits.concurrency: 1000: must be at most 256 (agents at once) (line 14, column 51)",
        "stack: nothing: must be a mapping: 'key: value' lines, indented below it (line 15, column 7)",
        "review.lenses[1]: 'references': is named twice (line 16, column 31)",
        "prices.m.output: is required (line 17, column 10)",
        "prices.m.cache_read: is required (line 17, column 10)",
        "prices.m.cache_write: is required (line 17, column 10)",
        "recipe.command: is required for a codemod: the command to run, with {files} for the shard's files "
        "(line 18, column 1)",
        "depth: unknown key here; it belongs below 'stack' (line 19, column 1)",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("- a\n", "must be a mapping"),
        ("just text\n", "must be a mapping"),
        (b"goal: \xff\n", "byte 0xff is not UTF-8: save the file as UTF-8 (line 1, column 7)"),
        (MINIMAL.encode("utf-16"), "is UTF-16: save it as UTF-8"),
        ("goal: a\n\tgate: b\n", "a tab where YAML wants spaces: indent with spaces (line 2, column 1)"),
        ("goal: a: b\n", "must be put in quotes"),
        ("goal: @x\n", "a value may not begin with this character: put it in quotes"),
        ('goal: "x\n', "never closed"),
        ("gate: {run: x\n", "never closed"),
        ("goal: *x\n", "a value that begins with * needs quotes"),
        ("goal: x\n---\ngoal: y\n", "holds several documents"),
        ("goal: x\x07\n", "the invisible character U+0007: remove it (line 1, column 8)"),
        ("goal: x\u202ey\n", "the invisible character U+202E"),
        ('goal: "\\U00110000"\n', "an escape (\\U...) that is no character"),
        ("a: &a [*a]\n", "the alias *a stands inside of what it names"),
        ("[" * 5000, "nested more than 40 levels deep"),
        ("# " + "x" * (1 << 20), "is 1048578 bytes long, the limit is 1048576"),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_words(text: str | bytes, said: str) -> None:
    assert said in one(text)


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse(b"\xef\xbb\xbf" + MINIMAL.encode(), "x.yml").goal == "Tidy up"


def test_aliases_that_explode_are_refused_before_they_cost() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, below in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]")
    assert "more than 20000 values once its aliases are written out (line 5," in one("\n".join(lines))


def test_small_aliases_are_read() -> None:
    spec = parse(f"{MINIMAL}files: {{include: &f [a], exclude: *f}}".encode(), "x.yml")
    assert spec.files.exclude == ("a",)


def test_duplicate_keys_are_refused_with_both_places() -> None:
    assert (
        one(f"{MINIMAL}goal: again\n") == "goal: stands here twice; the first is on line 1 (line 3, column 1)"
    )
    assert "gate.run: stands here twice" in one("goal: x\ngate:\n  run: pytest\n  run: true\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("<<: {a: b}", "merge keys (<<) are not read"),
        ("? [a]\n: b", "a key must be plain text"),
        ("? !!str\n: b", "a key is empty"),
        ("args: {a: !!python/object:os.system x}", "a spec uses no YAML tags"),
        ('args: {a: "\\ud800"}', "U+D800"),
        ('args: {a: "\\0"}', "U+0000"),
        ("args: {a: {b: 1, b: 2}}", "args.a.b: stands here twice"),
    ],
)
def test_parts_of_yaml_that_a_spec_does_not_use(line: str, said: str) -> None:
    assert said in one(MINIMAL + line)


def test_words_of_yaml_1_1_are_text() -> None:
    """`on` and `yes` are no booleans and 12:30 no number; a key is what was written."""
    spec = parse(
        f"{MINIMAL}args: {{on: yes, off: 12:30, 1: 010, n: 0o10, d: 2026-01-01, e: 1_0}}".encode(), "x"
    )
    assert spec.args == {"on": "yes", "off": "12:30", "1": 10, "n": 8, "d": "2026-01-01", "e": "1_0"}
    assert "stack.draft: 'yes': must be true or false: write true" in one(f"{MINIMAL}stack: {{draft: yes}}")
    assert "write false" in one(f"{MINIMAL}stack: {{draft: off}}")
    assert "on: unknown key; known are goal, gate," in one(f"{MINIMAL}on: push")


@pytest.mark.parametrize(
    "line",
    [
        f"commands: {{deploy: 'curl -H {KEY}'}}",
        f"# the key is {KEY}",
        "args: {token: ghp_" + "x1" * 18 + "}",
        "args: {url: 'https://me:hunter2hunter@example.org/x'}",
        f"unknown: {KEY}",
        f"{KEY}: x",
        "args:\n  pem: |\n    -----BEGIN RSA PRIVATE KEY-----\n    MIIEow",
    ],
)
def test_secrets_are_refused_and_never_shown(line: str) -> None:
    told = "\n".join(problems(MINIMAL + line))
    assert "looks like a credential (not shown)" in told
    for secret in (KEY, "x1x1x1", "hunter2", "MIIEow"):
        assert secret not in told


def test_a_secret_is_told_where_it_stands() -> None:
    assert one(f"{MINIMAL}commands:\n  deploy: a {KEY}\n").startswith("commands.deploy: looks like")
    assert one(f"{MINIMAL}# {KEY}\n").startswith("looks like")


def test_references_to_the_environment_are_no_secrets() -> None:
    parse(f"{MINIMAL}commands: {{push: 'curl https://$USER:$TOKEN@example.org'}}".encode(), "x.yml")


def test_a_file_that_is_no_spec_at_all_is_told_briefly() -> None:
    found = problems("".join(f"key{n}: {n}\n" for n in range(300)))
    assert len(found) == 101
    assert found[-1] == "... and 202 more"


def test_the_command_lines_engine_is_what_the_lenses_are_checked_against() -> None:
    def serves(engine: EngineName, role: Role, lens: str | None) -> bool:
        return engine is EngineName.CLAUDE or lens is None

    text = f"{MINIMAL}review: {{lenses: [references, security]}}".encode()
    assert (
        "review.lenses[1]: 'security': the reviewers' engine (recipe) does not serve this lens"
        in problems(text, Around(serves=serves))[0]
    )
    spec = parse(text, "x.yml", Around(serves=serves, engine=EngineName.CLAUDE))
    assert spec.engines.reviewer is EngineName.CLAUDE


def test_every_example_parses_and_names_the_schema_for_editors() -> None:
    found = sorted(ROOT.glob(f"examples/*/{FOLDER}/*.yml"))
    assert found
    for path in found:
        parse(path.read_bytes(), str(path))
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema=")
        schema = first.partition("=")[2]
        assert "://" in schema or (path.parent / schema).resolve() == ROOT / "bot/spec/schema.json"


YAMLISH = st.text(
    alphabet=string.ascii_lowercase[:6] + "0123 .:-_[]{}&*!|>'\"#%@,?<\n\t\\~\ufeff\u2028\x85é", max_size=80
)
KEYS = st.sampled_from([*Spec.model_fields, "include", "run", "bar", "agent", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(YAMLISH | st.binary(max_size=60) | YAMLISH.map(lambda text: MINIMAL + text))
def test_no_text_crashes_it(text: str | bytes) -> None:
    """Whatever the bytes: a Spec, or a SpecError with at least one problem."""
    _parsed_or_told(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_no_value_crashes_it(data: dict[str, object]) -> None:
    _parsed_or_told(yaml.safe_dump({"goal": "x", "gate": {"run": "pytest"}, **data}).encode())


def _parsed_or_told(data: bytes) -> None:
    told: tuple[str, ...] = ("a spec",)
    try:
        parse(data, "x.yml")
    except SpecError as err:
        told = err.problems
    assert told
    assert all(problem.strip() for problem in told)
