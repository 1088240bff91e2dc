"""The double against the real git: who may push what, and what becomes of the pull requests on top."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from github import GithubException
from github.Repository import Repository

from .github import GitHubDouble, PullState, Refused
from .github_client import pygithub
from .github_git import HERMETIC

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    **HERMETIC,
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHubDouble]:
    with GitHubDouble(tmp_path / "hub") as double:
        double.commit("main", {"a.py": "a = 1\n", "b.py": "b = 1\n"}, "Start")
        yield double


@pytest.fixture
def repo(hub: GitHubDouble) -> Iterator[Repository]:
    with pygithub(hub) as repository:
        yield repository


@pytest.fixture
def clone(hub: GitHubDouble, tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "-q", hub.push_url, str(folder))
    return folder


def git(folder: Path, *args: str) -> str:
    """Run git in a folder; on failure its message is the assertion's."""
    done = subprocess.run(["git", *args], cwd=folder, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def git_fails(folder: Path, *args: str) -> str:
    """Run git in a folder and return why it failed."""
    done = subprocess.run(["git", *args], cwd=folder, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    return done.stderr


def commit(folder: Path, branch: str, name: str, text: str, start: str = "origin/main") -> str:
    """Commit one file on a new branch of a clone."""
    git(folder, "checkout", "-q", "-B", branch, start)
    (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", f"Change {name}")
    return git(folder, "rev-parse", "HEAD")


def opened(
    hub: GitHubDouble, repo: Repository, head: str, base: str, files: dict[str, str | None]
) -> PullState:
    """Commit files on a new branch and open a pull request for it."""
    if head not in hub.branches():
        hub.move_branch(head, hub.branches()[base])
    hub.commit(head, files, f"Change for {head}", login="crew-bot")
    number = repo.create_pull(base=base, head=head, title=f"Pull {head}").number
    return hub.pulls()[number - 1]


def state(hub: GitHubDouble, number: int) -> str:
    return {issue.number: issue for issue in hub.pulls()}[number].state


def subjects(hub: GitHubDouble, branch: str) -> list[str]:
    return git(hub.bare, "log", "--first-parent", "--format=%s", branch).splitlines()


class TestTransport:
    def test_seeds_clones_and_pushes(self, hub: GitHubDouble, clone: Path, tmp_path: Path) -> None:
        sha = commit(clone, "work", "c.py", "c = 1\n")
        git(clone, "push", "-q", "origin", "work")

        assert hub.branches()["work"] == sha
        assert hub.seed(clone) == hub.branches()["main"] == sha
        git(tmp_path, "clone", "-q", "--depth=1", f"{hub.url}/{hub.full_name}", "plain")  # without ".git"
        assert git(tmp_path / "plain", "rev-parse", "HEAD") == sha

    def test_a_large_pack_arrives(self, hub: GitHubDouble, clone: Path) -> None:
        (clone / "noise").write_bytes(os.urandom(3_000_000))  # above http.postBuffer git sends it in chunks
        git(clone, "add", "noise")
        git(clone, "commit", "-q", "-m", "Noise")
        git(clone, "push", "-q", "origin", "HEAD:refs/heads/big")
        assert hub.branches()["big"] == git(clone, "rev-parse", "HEAD")

    def test_pushing_needs_the_token(self, hub: GitHubDouble, clone: Path) -> None:
        reader = hub.push_url.replace(hub.token, hub.read_token)
        stranger = hub.push_url.replace(hub.token, "wrong")

        assert "could not read Username" in git_fails(clone, "push", hub.git_url, "HEAD:refs/heads/x")
        assert "Authentication failed" in git_fails(clone, "push", stranger, "HEAD:refs/heads/x")
        assert "403" in git_fails(clone, "push", reader, "HEAD:refs/heads/x")
        git(clone, "fetch", "-q", reader)
        assert "not found" in git_fails(clone, "fetch", f"{hub.url}/octo/elsewhere.git")
        assert list(hub.branches()) == ["main"]

    def test_remembers_what_was_pushed(self, hub: GitHubDouble, clone: Path) -> None:
        first = commit(clone, "work", "c.py", "c = 1\n")
        git(clone, "push", "-q", "origin", "work", "work:other")
        second = commit(clone, "work", "c.py", "c = 2\n")
        git(clone, "push", "-q", "--force", "origin", "work", ":other")

        assert [[(p.ref, p.before, p.after, p.forced) for p in push] for push in hub.pushes] == [
            [("refs/heads/other", None, first, False), ("refs/heads/work", None, first, False)],
            [("refs/heads/other", first, None, False), ("refs/heads/work", first, second, True)],
        ]

    def test_protection_refuses_single_refs(self, hub: GitHubDouble, repo: Repository, clone: Path) -> None:
        hub.protect("refs/heads/release/*")
        sha = commit(clone, "work", "c.py", "c = 1\n")

        said = git_fails(clone, "push", "origin", "work", "work:refs/heads/release/v1/x")
        assert "Protected branch update failed" in said
        assert "[remote rejected] work -> release/v1/x" in said
        assert sorted(hub.branches()) == ["main", "work"]
        with pytest.raises(GithubException, match="Protected branch"):
            repo.create_git_ref("refs/heads/release/v2", sha)
        assert "atomic" in git_fails(
            clone, "push", "--atomic", "origin", "work:w2", "work:refs/heads/release/v1/x"
        )
        hub.unprotect("refs/heads/release/*")
        git(clone, "push", "-q", "origin", "work:refs/heads/release/v1/x")
        assert "hidden ref" in git_fails(clone, "push", "origin", "work:refs/pull/9/head")


class TestFollowing:
    def test_the_head_follows_pushes_while_open(
        self, hub: GitHubDouble, repo: Repository, clone: Path
    ) -> None:
        git(clone, "push", "-q", "origin", f"{commit(clone, 'work', 'c.py', 'c = 1')}:refs/heads/work")
        pull = repo.create_pull(base="main", head="work", title="T")
        second = commit(clone, "work", "c.py", "c = 2", start="work")
        git(clone, "push", "-q", "origin", "work")

        assert repo.get_pull(pull.number).head.sha == second
        assert git(clone, "ls-remote", "origin", "refs/pull/1/head").split()[0] == second
        hub.close(1)
        hub.commit("work", {"c.py": "c = 3"})
        assert hub.pulls()[0].head_sha == second

    def test_a_deleted_branch_closes_for_good(self, hub: GitHubDouble, repo: Repository) -> None:
        lower = opened(hub, repo, "lower", "main", {"a.py": "a = 2\n"})
        upper = opened(hub, repo, "upper", "lower", {"b.py": "b = 2\n"})
        hub.move_branch("lower", None)

        assert [pull.state for pull in hub.pulls()] == ["closed", "closed"]
        with pytest.raises(GithubException, match="lower branch has been deleted"):
            repo.get_pull(upper.number).edit(state="open")
        with pytest.raises(GithubException, match="base branch of a closed"):
            repo.get_pull(upper.number).edit(base="main")
        # The way back: push it again, reopen, retarget, and only then delete.
        hub.move_branch("lower", lower.head_sha)
        repo.get_pull(upper.number).edit(state="open")
        repo.get_pull(upper.number).edit(base="main")
        hub.move_branch("lower", None)
        assert [(pull.state, pull.base) for pull in hub.pulls()] == [("closed", "main"), ("open", "main")]

    def test_a_rewound_head_is_not_reopened(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = opened(hub, repo, "work", "main", {"a.py": "a = 2\n"})
        hub.close(pull.number)
        hub.move_branch("work", None)
        hub.commit("work", {"a.py": "a = 3\n"})

        with pytest.raises(Refused, match="force-pushed or recreated"):
            hub.reopen(pull.number)

    def test_a_head_pushed_into_its_base_counts_as_merged(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = opened(hub, repo, "work", "main", {"a.py": "a = 2\n"})
        hub.move_branch("main", pull.head_sha)
        assert repo.get_pull(pull.number).merged

    def test_a_head_reset_to_its_base_is_closed(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = opened(hub, repo, "work", "main", {"a.py": "a = 2\n"})
        hub.move_branch("work", hub.branches()["main"])
        assert state(hub, pull.number) == "closed"


class TestMerging:
    @pytest.mark.parametrize(
        ("method", "expected"),
        [
            ("merge", ["Merge pull request #1 from octo/work", "Start"]),
            ("squash", ["Pull work (#1)", "Start"]),
            ("rebase", ["Change for work", "Once more", "Start"]),
        ],
    )
    def test_merges_for_real(
        self, hub: GitHubDouble, repo: Repository, clone: Path, method: str, expected: list[str]
    ) -> None:
        hub.commit("work", {"b.py": "b = 2\n"}, "Once more")
        pull = opened(hub, repo, "work", "main", {"a.py": "a = 2\n"})

        sha = hub.merge(pull.number, method)

        assert hub.branches()["main"] == sha
        assert subjects(hub, "main") == expected
        git(clone, "pull", "-q")
        assert (clone / "a.py").read_text(encoding="utf-8") == "a = 2\n"
        merged = repo.get_pull(pull.number)
        assert (merged.merged, merged.state, merged.merge_commit_sha) == (True, "closed", sha)
        assert merged.merged_by.login == "alice"
        assert (merged.commits, merged.changed_files) == (2, 2)

    def test_a_squash_leaves_the_one_above_in_conflict(self, hub: GitHubDouble, repo: Repository) -> None:
        lower = opened(hub, repo, "lower", "main", {"a.py": "a = 2\n"})
        upper = opened(hub, repo, "upper", "lower", {"a.py": "a = 3\n"})
        hub.merge(lower.number, "squash", delete_branch=True)

        assert [(pull.state, pull.base) for pull in hub.pulls()] == [("merged", "main"), ("open", "main")]
        assert repo.get_pull(upper.number).mergeable is False
        with pytest.raises(Refused, match="not mergeable"):
            hub.merge(upper.number)

    def test_the_api_merges_too(self, hub: GitHubDouble, repo: Repository) -> None:
        opened(hub, repo, "work", "main", {"a.py": "a = 2\n"})
        pull = repo.get_pull(1)
        with pytest.raises(GithubException, match="Head branch was modified"):
            pull.merge(sha="0" * 40)
        pull.convert_to_draft()
        with pytest.raises(GithubException, match="still a draft"):
            pull.merge()
        pull.mark_ready_for_review()
        merged = pull.merge(
            commit_title="Title", commit_message="Body", merge_method="squash", sha=pull.head.sha
        )
        assert merged.merged
        assert git(hub.bare, "log", "-1", "--format=%B|%an|%cn", "main") == "Title\n\nBody\n|crew-bot|GitHub"

    def test_runs_are_alike_to_the_commit(self, tmp_path: Path) -> None:
        def story(folder: Path) -> str:
            with GitHubDouble(folder) as hub, pygithub(hub) as repo:
                hub.commit("main", {"a.py": "a = 1\n"})
                return hub.merge(opened(hub, repo, "work", "main", {"a.py": "a = 2\n"}).number)

        assert story(tmp_path / "one") == story(tmp_path / "two")
