"""What every forge does, whichever it is. Runs against the local forge, and against GitHub's double by way of
real HTTP and real pushes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.errors import GitError, ServiceError
from bot.forges.local import LocalForge
from bot.git import Git, NewCommit
from bot.ports.forge import Forge
from bot.types.change import Entry
from bot.types.ids import Blob, Branch, Sha
from bot.types.stack import NewPull, RefUpdate
from tests.builders import make_repo
from tests.doubles.github import GitHubDouble
from tests.stage import forge_of

MAIN = Branch("main")
ONE = Branch("gatecrew/w/one-00000001")
TWO = Branch("gatecrew/w/two-00000002")
MARK = "<!-- gatecrew-campaign:w -->"


@dataclass
class Bed:
    """A forge with what people do there."""

    forge: Forge
    git: Git
    base: Sha
    close: Callable[[int], object]
    merge: Callable[[int], object]
    again: Callable[[], Forge]
    """The same forge, as the next process sees it."""

    def commit(self, path: str, text: str, parent: Sha | None = None) -> Sha:
        new = NewCommit(
            parent or self.base,
            (Entry(path, "100644", Blob("")),),
            f"Write {path}",
            (parent or self.base,),
            {path: text.encode()},
        )
        return self.git.make([new])[0]

    def opened(self, branch: Branch = ONE, base: Branch = MAIN) -> int:
        self.forge.push([RefUpdate(branch, self.commit(f"{branch[-8:]}.py", "1\n"), None)])
        return self.forge.open(NewPull(branch, base, "A title", "A body")).number


@pytest.fixture(params=["local", "github"])
def bed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bed]:
    git = make_repo(tmp_path / "repo", {"a.py": "1\n", "b.py": "2\n"})
    base = git.commit("HEAD")
    if request.param == "local":
        local = LocalForge(tmp_path / "state" / "forge", git, MAIN)
        yield Bed(
            local,
            git,
            base,
            local.close,
            local.merge,
            lambda: LocalForge(tmp_path / "state/forge", git, MAIN),
        )
        return
    with GitHubDouble(tmp_path / "hub") as hub:
        hub.seed(tmp_path / "repo")
        yield Bed(forge_of(hub, git), git, base, hub.close, hub.merge, lambda: forge_of(hub, git))


def test_the_default_branch_is_known_and_there(bed: Bed) -> None:
    assert bed.forge.default_branch() == MAIN
    assert bed.forge.heads("main") == {MAIN: bed.base}


def test_a_pushed_branch_is_there_for_the_next_process(bed: Bed) -> None:
    tip = bed.commit("c.py", "3\n")
    bed.forge.push([RefUpdate(ONE, tip, None)])

    assert bed.again().heads("gatecrew/w/") == {ONE: tip}


def test_the_commits_of_heads_are_here_afterwards(bed: Bed, tmp_path: Path) -> None:
    bed.forge.push([RefUpdate(ONE, bed.commit("c.py", "3\n"), None)])

    heads = bed.again().heads("gatecrew/w/")
    assert bed.git.message(heads[ONE]) == "Write c.py"


def test_a_branch_moves_forward_only(bed: Bed) -> None:
    tip = bed.commit("c.py", "3\n")
    bed.forge.push([RefUpdate(ONE, tip, None)])
    with pytest.raises(GitError, match="somebody moved the branch"):
        bed.forge.push([RefUpdate(ONE, bed.commit("d.py", "4\n"), tip)])

    bed.forge.push([RefUpdate(ONE, bed.commit("d.py", "4\n", tip), tip)])
    assert bed.forge.heads("gatecrew/w/")[ONE] != tip


def test_a_branch_that_somebody_moved_is_not_pushed_and_nothing_else_is(bed: Bed) -> None:
    tip = bed.commit("c.py", "3\n")
    moved = bed.commit("d.py", "4\n", tip)
    bed.forge.push([RefUpdate(ONE, moved, None)])

    other = RefUpdate(TWO, bed.commit("e.py", "5\n"), None)
    with pytest.raises(GitError, match="refused"):
        bed.forge.push([RefUpdate(ONE, bed.commit("f.py", "6\n", tip), tip), other])
    assert bed.forge.heads("gatecrew/w/") == {ONE: moved}


def test_a_branch_that_must_not_exist_is_not_overwritten(bed: Bed) -> None:
    bed.forge.push([RefUpdate(ONE, bed.commit("c.py", "3\n"), None)])

    with pytest.raises(GitError, match="refused"):
        bed.forge.push([RefUpdate(ONE, bed.commit("d.py", "4\n"), None)])


def test_an_opened_pull_request_is_listed_as_it_was_given(bed: Bed) -> None:
    tip = bed.commit("c.py", "3\n")
    bed.forge.push([RefUpdate(ONE, tip, None)])
    opened = bed.forge.open(NewPull(ONE, MAIN, "A title", "Two\n\nparagraphs\n", draft=True))

    (pull,) = bed.again().pulls("gatecrew/w/")
    assert pull == opened
    assert (pull.title, pull.body, pull.branch, pull.base_branch) == (
        "A title",
        "Two\n\nparagraphs\n",
        ONE,
        MAIN,
    )
    assert (pull.head, pull.state, pull.draft, pull.labels) == (tip, "open", True, ())


def test_opening_twice_adopts(bed: Bed) -> None:
    number = bed.opened()

    again = bed.again().open(NewPull(ONE, MAIN, "Another title", "A body"))
    assert (again.number, again.title) == (number, "A title")
    assert len(bed.forge.pulls("gatecrew/")) == 1


def test_only_branches_with_the_prefix_count(bed: Bed) -> None:
    bed.opened()
    bed.opened(Branch("gatecrew/wider/x-00000003"))

    assert [pull.branch for pull in bed.forge.pulls("gatecrew/w/")] == [ONE]
    assert list(bed.forge.heads("gatecrew/w/")) == [ONE]


def test_a_pull_request_needs_its_branches(bed: Bed) -> None:
    with pytest.raises(ServiceError) as caught:
        bed.forge.open(NewPull(ONE, MAIN, "A title", "A body"))
    assert caught.value.status == 422


def test_a_pull_request_needs_a_difference(bed: Bed) -> None:
    bed.forge.push([RefUpdate(ONE, bed.base, None)])
    with pytest.raises(ServiceError, match=r"(?i)no commits between"):
        bed.forge.open(NewPull(ONE, MAIN, "A title", "A body"))


def test_editing_changes_title_body_and_base(bed: Bed) -> None:
    number = bed.opened()
    bed.forge.push([RefUpdate(TWO, bed.commit("d.py", "4\n"), None)])

    bed.forge.edit(number, title="New", body="Newer", base_branch=TWO)
    (pull,) = bed.again().pulls("gatecrew/w/")
    assert (pull.title, pull.body, pull.base_branch) == ("New", "Newer", TWO)


def test_labels_are_added_to_those_that_are_there(bed: Bed) -> None:
    number = bed.opened()
    bed.forge.label(number, ["gatecrew"])
    bed.forge.label(number, ["gatecrew"])

    assert bed.again().pulls("gatecrew/w/")[0].labels == ("gatecrew",)


def test_a_pull_request_becomes_a_draft(bed: Bed) -> None:
    number = bed.opened()
    bed.forge.draft(number)

    assert bed.again().pulls("gatecrew/w/")[0].draft


def test_closed_and_merged_are_told_apart(bed: Bed) -> None:
    closed, merged = bed.opened(ONE), bed.opened(TWO)
    bed.close(closed)
    bed.merge(merged)

    assert [(p.number, p.state) for p in bed.again().pulls("gatecrew/w/")] == [
        (closed, "closed"),
        (merged, "merged"),
    ]


def test_a_closed_branch_may_get_another_pull_request(bed: Bed) -> None:
    first = bed.opened()
    bed.close(first)

    second = bed.forge.open(NewPull(ONE, MAIN, "Again", "A body")).number
    assert [p.number for p in bed.forge.pulls("gatecrew/w/")] == [first, second]


def test_there_is_one_campaign_and_it_is_rewritten(bed: Bed) -> None:
    number = bed.forge.campaign(MARK, "Campaign", f"First\n\n{MARK}\n")
    assert bed.again().campaign(MARK, "Campaign", f"Second\n\n{MARK}\n") == number
    assert bed.forge.campaign(MARK, "Campaign", f"Second\n\n{MARK}\n") == number
    assert bed.forge.campaign("<!-- other -->", "Other", "<!-- other -->") != number


def test_comments_and_statuses_may_be_written_again(bed: Bed) -> None:
    number = bed.opened()
    tip = bed.forge.heads(ONE)[ONE]
    for text in ("one", "one", "two"):
        bed.again().comment(number, "<!-- c -->", f"{text} <!-- c -->")
        bed.again().status(
            tip, context="gatecrew/gate", state="success" if text == "two" else "failure", text=text * 100
        )
