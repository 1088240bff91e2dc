"""What people did is left alone: closed is closed, and a branch that somebody commits to is theirs."""

from __future__ import annotations

from pathlib import Path

from tests.stage import github_stage, three

CLOSED = """\
#2 cli -> main: closed
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main"""

REOPENED = """\
#2 cli -> main: closed
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main
#3 cli -> main: open
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main"""

TAKEN_OVER = """\
#2 cli -> main: open
    Edit by hand [~cli/main.py] on earlier
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main"""


def test_a_closed_layer_stays_closed_until_it_is_asked_for(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        cli, *_ = three(stage)
        stage.propose(cli)
        hub.close(2)

        assert stage.known().skipped == {cli.unit: "closed"}
        made = stage.propose(cli)
        assert (made.placed, made.skipped) == ((), {cli.unit: "closed"})
        assert stage.picture() == CLOSED

        stage.propose(cli, reopened=[cli.unit])
        assert stage.picture() == REOPENED
        assert stage.known().skipped == {}


def test_a_branch_with_a_persons_commit_is_hands_off(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        cli, *_ = three(stage)
        stage.propose(cli)
        hub.commit(hub.pulls()[0].head, {"cli/main.py": "print()\n"})

        assert stage.known().skipped == {cli.unit: "hands-off"}
        made = stage.propose(cli)

        assert made.skipped == {cli.unit: "hands-off"}
        assert stage.picture() == TAKEN_OVER
        assert "hands off: people work on it" in hub.issues()[0].body


def test_what_stands_on_a_taken_over_branch_waits(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        _, io, web = three(stage)
        stage.propose(io, web)
        hub.commit(hub.pulls()[0].head, {"web/views.py": "print()\n"})

        made = stage.propose(io, web)

        layer = hub.pulls()[0].head.rpartition("/")[2]
        assert made.skipped == {web.unit: "hands-off", io.unit: f"stands on {layer}: hands-off"}


def test_what_was_merged_may_be_worked_on_again(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        cli, *_ = three(stage)
        stage.propose(cli)
        hub.merge(2)

        assert stage.known().skipped == {}
        assert stage.known().units[cli.unit].state == "merged"


def test_everything_known_comes_from_the_forge_alone(tmp_path: Path) -> None:
    """Even where somebody emptied the body: the commit's trailers tell the units."""
    with github_stage(tmp_path) as (stage, hub):
        cli, *_ = three(stage)
        (placed,) = stage.propose(cli).placed
        stage.forge.edit(2, title="Mine", body="Nothing to see", base_branch=placed.base_branch)

        (layer,) = stage.known().layers
        assert (layer.id, layer.units, layer.ours) == (placed.layer.id, (cli.unit,), True)

        made = stage.propose(cli)
        assert [placed.note for placed in made.placed] == ["updated"]
        assert hub.pulls()[0].title == placed.layer.title
