"""Which spec a question to the gate is about."""

from __future__ import annotations

import shlex

import pytest

from bot.cli.parser import parser
from bot.errors import InputError, SpecError
from bot.spec.around import Around
from bot.spec.ask import Wanted, wanted_spec
from bot.types.spec import Spec

FILES = ("src/a.py", ".github/gatecrew/tidy.yml")
BOTH = (*FILES, ".github/gatecrew/other.yml")


def spec_for(wanted: Wanted, files: tuple[str, ...] = FILES) -> tuple[Spec, str | None]:
    def load(name: str) -> Spec:
        return Spec.model_validate({"goal": name, "gate": {"run": "pytest", "runs": 5, "sandbox": "plain"}})

    return wanted_spec(wanted, Around(files=files), load)


def refused(wanted: Wanted, files: tuple[str, ...] = FILES) -> str:
    with pytest.raises(InputError) as caught:
        spec_for(wanted, files)
    return str(caught.value)


def test_the_only_spec_need_not_be_named() -> None:
    spec, name = spec_for(Wanted())
    assert (spec.goal, name) == ("tidy", "tidy")


def test_a_named_spec_is_that_one() -> None:
    assert spec_for(Wanted(spec="other"), BOTH)[1] == "other"


def test_a_command_stands_for_a_spec() -> None:
    spec, name = spec_for(Wanted(run="make test", report="out/r.xml"), BOTH)
    assert (spec.gate.run, spec.gate.report, spec.gate.runs, name) == ("make test", "out/r.xml", 3, None)


def test_what_is_said_goes_before_the_spec() -> None:
    """What is not said stays as the spec has it."""
    gate = spec_for(Wanted(runs=2, timeout=9.5, sandbox="required"))[0].gate
    assert (gate.runs, gate.timeout, gate.sandbox, gate.run) == (2, 9.5, "required", "pytest")
    gate = spec_for(Wanted())[0].gate
    assert (gate.runs, gate.sandbox) == (5, "plain")


def test_what_cannot_be_chosen_is_told_with_what_to_type() -> None:
    assert "2 specs in .github/gatecrew/" in refused(Wanted(), BOTH)
    assert "Type: --spec other" in refused(Wanted(), BOTH)
    assert '--run "python -m pytest -q"' in refused(Wanted(), ("src/a.py",))
    assert "--spec and --run" in refused(Wanted(spec="tidy", run="x"))
    assert "--report goes with --run" in refused(Wanted(report="r.xml"))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(runs=0), "--runs 0: it should be"),
        (Wanted(runs=21), "--runs 21: it should be"),
        (Wanted(timeout=0.0), "--timeout 0.0: it should be"),
        (Wanted(timeout=float("nan")), "--timeout nan"),
        (Wanted(sandbox="none"), "--sandbox 'none': it should be"),
        (Wanted(run="pytest", runs=-1), "--runs -1"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_flag(wanted: Wanted, told: str) -> None:
    assert told in refused(wanted)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted(run="make test"), "gate.run"),
        (Wanted(run="  "), "gate.run: is blank"),
        (Wanted(run="make", report="../r.xml"), "gate.report"),
        (Wanted(run="make {report}", report="r.xml"), "takes {report} already"),
    ],
)
def test_a_command_is_held_to_what_a_spec_is_held_to(wanted: Wanted, told: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_for(wanted)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(spec="tidy", runs=2, timeout=1.5, sandbox="required"),
        Wanted(run="sh -c 'x; \"y\"' --flag {report}", runs=1),
        Wanted(run="-q", report="--r.xml"),
    ],
)
def test_what_has_to_be_typed_asks_the_same(wanted: Wanted) -> None:
    """Whatever a shell would make of it."""
    args = parser().parse_args(["gate", "--base", "b", *shlex.split(wanted.options(wanted.spec))])
    assert Wanted(args.spec, args.run, args.report, args.runs, args.timeout, args.sandbox) == wanted


def test_the_specs_own_name_is_typed_where_it_was_found() -> None:
    assert Wanted().options("tidy") == "--spec tidy"
