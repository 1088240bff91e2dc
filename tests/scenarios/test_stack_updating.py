"""New content goes on top of what is there; reviews keep their history and nothing is forced."""

from __future__ import annotations

from pathlib import Path

from bot.types.ids import Sha
from bot.types.stack import Placed
from tests.builders import commit_all, write
from tests.stage import Stage, github_stage, three

UPDATED = """\
#2 cli -> main: open
    Remove code that nothing uses in cli/main.py [~cli/main.py] on earlier + main
    Remove code that nothing uses in cli/main.py [~cli/main.py] on earlier
#3 web -> main: open
    Remove code that nothing uses in web/views.py [~cli/main.py] on earlier + main
    Remove code that nothing uses in web/views.py [~web/views.py] on earlier
#4 io -> web: open
    Remove code that nothing uses in app/io.py [~cli/main.py] on earlier + web
    Remove code that nothing uses in app/io.py [~app/io.py] on earlier"""

RETARGETED = """\
#2 web -> main: open
    Remove code that nothing uses in web/views.py [~web/views.py] on main
#3 io -> main: open
    Remove code that nothing uses in app/io.py [~web/views.py] on earlier
    Remove code that nothing uses in app/io.py [~app/io.py] on web
    Remove code that nothing uses in web/views.py [~web/views.py] on main"""

LANDED_BELOW = """\
#2 web -> main: merged
    Remove code that nothing uses in web/views.py [~web/views.py] on earlier
#3 io -> main: open
    Remove code that nothing uses in app/io.py [] on earlier + main
    Remove code that nothing uses in app/io.py [~app/io.py] on web
    Remove code that nothing uses in web/views.py [~web/views.py] on earlier"""


def test_a_moved_base_is_taken_in_by_fast_forwards(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage.propose(*three(stage))
        write(tmp_path / "repo", {"cli/main.py": "import os\nimport sys\n\nprint(sys.argv, 1)\n"})
        stage = stage.moved_on(commit_all(tmp_path / "repo"))
        hub.seed(tmp_path / "repo")

        _, io, web = three(stage)
        cli = stage.change("cli", {"cli/main.py": "import sys\n\nprint(sys.argv, 1)\n"}, summary="Drop `os`")
        made = stage.propose(cli, io, web)

        assert stage.picture() == UPDATED
        assert [placed.note for placed in made.placed] == ["updated"] * 3
        assert not any(ref.forced for push in hub.pushes for ref in push)
        for placed in made.placed:
            assert stage.git.tree(placed.head) == placed.tree
            diff = {entry.path for entry in stage.git.entries(_fork(stage, placed), placed.head)}
            assert diff == set(placed.layer.paths)


def test_a_child_whose_parent_is_gone_is_based_on_main(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, _hub):
        _, io, web = three(stage)
        stage.propose(io, web)

        stage.propose(io)

        assert stage.picture() == RETARGETED


def test_an_open_layer_keeps_its_units_and_its_pull_request(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, _hub):
        cli, _io, _web = three(stage)
        stage.propose(cli)
        other = stage.change("docs", {"app/docs.py": "DOCS = 1\n"})

        made = stage.propose(cli, other)

        assert [(placed.pull, placed.layer.units) for placed in made.placed] == [
            (2, (cli.unit,)),
            (3, (other.unit,)),
        ]


def test_what_landed_below_leaves_only_the_layers_own_lines(tmp_path: Path) -> None:
    """The tree is the one that lies there already; only the history must learn of the squash."""
    with github_stage(tmp_path) as (stage, hub):
        _, io, web = three(stage)
        stage.propose(io, web)
        stage.git.fetch(str(hub.bare), [Sha(hub.merge(2))])
        stage = stage.moved_on(Sha(hub.branches()["main"]))

        _, io, _ = three(stage)
        (placed,) = stage.propose(io).placed

        assert stage.picture() == LANDED_BELOW
        assert stage.git.entries(_fork(stage, placed), placed.head) == io.entries


def test_layers_may_change_places(tmp_path: Path) -> None:
    """No pull request is closed by a push that brings its head into its own base."""
    with github_stage(tmp_path) as (stage, _hub):
        first = stage.change("one", {"one/a.py": "A = 1\n"})
        stage.propose(first, stage.change("two", {"two/b.py": "B = 2\n"}, first))

        second = stage.change("two", {"two/b.py": "B = 2\n"})
        stage.propose(stage.change("one", {"one/a.py": "A = 1\n"}, second), second)

        assert [line for line in stage.picture().splitlines() if line.startswith("#")] == [
            "#2 one -> two: open",
            "#3 two -> main: open",
        ]


def _fork(stage: Stage, placed: Placed) -> Sha:
    base = stage.forge.heads(placed.base_branch)[placed.base_branch]
    return Sha(stage.git.text("merge-base", base, placed.head))
