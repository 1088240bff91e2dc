"""Inputs and events of GitHub Actions as a command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.action.inputs import arguments, hand_over_keys, payload_of
from bot.cli.asked import flags_of
from bot.cli.parser import parser
from bot.errors import InputError
from bot.settings import Flags


def flags(inputs: dict[str, str], **event: Any) -> Flags:
    """What the command makes of inputs and an event."""
    env = {f"INPUT_{name}": value for name, value in inputs.items()} | {"GITHUB_REF_NAME": "main"}
    payload = type(payload_of({})).model_validate(event)
    return flags_of(parser().parse_args(arguments({"INPUT_WORKFLOW": "w"} | env, payload)))


def test_inputs_that_nobody_set_say_nothing() -> None:
    """Spec and environment decide then. JSON is how the action learns what came of the run."""
    assert flags({"ENGINE": "", "DRY_RUN": "", "LIMIT": " \n"}) == Flags(yes=True, json=True)


def test_every_input_becomes_its_option() -> None:
    """Lists may be written on several lines."""
    said = flags(
        {
            "REPO": "sub folder",
            "ENGINE": "claude",
            "FORGE": "github",
            "BASE": "v1",
            "ONLY": "a-1\nb-2",
            "LIMIT": "dollars=5 agents=3",
            "RESUME": "last",
            "DRY_RUN": "True",
            "OUT": "state",
            "UNSAFE_PLAIN": "true",
        }
    )
    assert said == Flags(
        repo="sub folder",
        base="v1",
        engine="claude",
        forge="github",
        out="state",
        only=("a-1", "b-2"),
        limits=("dollars=5", "agents=3"),
        resume="last",
        dry_run=True,
        yes=True,
        json=True,
        unsafe_plain=True,
    )


@pytest.mark.parametrize("value", ["--json", "-h", "x; rm -rf /", "$(id)"])
def test_a_value_is_never_an_option(value: str) -> None:
    """Whatever it begins with."""
    env = {"INPUT_WORKFLOW": value, "INPUT_ENGINE": value, "INPUT_BASE": value}
    args = parser().parse_args(arguments(env, payload_of({})))
    assert (args.workflow, args.engine, args.base) == (value, value, value)


@pytest.mark.parametrize(
    ("event", "base"),
    [
        ({}, None),
        ({"repository": {"default_branch": "main"}}, None),
        ({"repository": {"default_branch": "trunk"}}, "origin/trunk"),
        ({"repository": {"default_branch": "x"}, "pull_request": {"base": {"ref": "dev"}}}, "origin/dev"),
    ],
)
def test_the_event_says_what_is_worked_on(event: dict[str, Any], base: str | None) -> None:
    """The pull request's base, else the default branch; the checkout, where it is that already."""
    assert flags({}, **event).base == base


def test_an_input_goes_before_the_event() -> None:
    """`base: HEAD` on a pull request means its merge."""
    assert flags({"BASE": "HEAD"}, pull_request={"base": {"ref": "dev"}}).base == "HEAD"


@pytest.mark.parametrize("name", ["DRY_RUN", "UNSAFE_PLAIN"])
def test_a_switch_is_true_or_false(name: str) -> None:
    """`yes` could mean anything."""
    with pytest.raises(InputError, match="is 'yes'"):
        flags({name: "yes"})


def test_a_workflow_must_be_named() -> None:
    """Composite actions do not enforce `required`."""
    with pytest.raises(InputError, match="`workflow` is empty"):
        arguments({}, payload_of({}))


def test_the_event_is_read_from_its_file(tmp_path: Path) -> None:
    """Of a real payload only a few fields are looked at."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"repository": {"default_branch": "main", "id": 1}, "schedule": "0 0 * * *"}))
    payload = payload_of({"GITHUB_EVENT_PATH": str(path)})
    assert payload.repository is not None
    assert payload.repository.default_branch == "main"


@pytest.mark.parametrize("text", ["", "no json", '{"repository": 7}'])
def test_an_event_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    """With its path."""
    path = tmp_path / "event.json"
    path.write_text(text)
    with pytest.raises(InputError, match="the event in"):
        payload_of({"GITHUB_EVENT_PATH": str(path)})


def test_no_event_is_no_error(tmp_path: Path) -> None:
    """Somebody may try the action by hand."""
    assert payload_of({"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}) == payload_of({})


def test_keys_reach_the_environment_and_empty_ones_hide_nothing() -> None:
    """A job may set ANTHROPIC_API_KEY for all of its steps."""
    env = {"INPUT_ANTHROPIC_API_KEY": "", "ANTHROPIC_API_KEY": "of the job", "INPUT_GITHUB_TOKEN": " t "}
    hand_over_keys(env)
    assert env == {"ANTHROPIC_API_KEY": "of the job", "GITHUB_TOKEN": "t"}
