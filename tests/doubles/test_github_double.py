"""The double against the real PyGithub: its state, and GitHub's refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github import GithubException, UnknownObjectException
from github.Repository import Repository

from .github import GitHubDouble
from .github_client import call, pygithub


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GitHubDouble]:
    with GitHubDouble(tmp_path) as double:
        double.commit("main", {"README.md": "parcel\n", "old.py": "x = 1\n"}, "Start")
        double.commit("feature", {"new.py": "y = 2\n"}, "Add y\n\nBecause.")
        yield double


@pytest.fixture
def repo(hub: GitHubDouble) -> Iterator[Repository]:
    with pygithub(hub) as repository:
        yield repository


def refusal(error: GithubException) -> list[dict[str, str]]:
    assert error.status == 422
    assert error.data["message"] == "Validation Failed"
    errors: list[dict[str, str]] = error.data["errors"]
    return errors


class TestPulls:
    def test_opens_a_pull_request(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = repo.create_pull(base="main", head="feature", title="Add y", body="Needed.", draft=True)

        assert pull.number == 1
        assert pull.head.sha == hub.branches()["feature"]
        assert pull.raw_data["mergeable"] is None  # GitHub has not judged it yet
        assert (pull.commits, pull.additions, pull.deletions, pull.changed_files) == (1, 1, 0, 1)
        assert repo.get_pull(1).mergeable
        state = hub.pulls()[0]
        assert (state.title, state.body, state.state, state.draft) == ("Add y", "Needed.", "open", True)

    @pytest.mark.parametrize(
        ("head", "base", "problem"),
        [
            ("nowhere", "main", {"resource": "PullRequest", "code": "invalid", "field": "head"}),
            ("feature", "nowhere", {"resource": "PullRequest", "code": "invalid", "field": "base"}),
            ("somebody:feature", "main", {"resource": "PullRequest", "code": "invalid", "field": "head"}),
            (
                "empty",
                "main",
                {
                    "resource": "PullRequest",
                    "code": "custom",
                    "message": "No commits between main and empty",
                },
            ),
            (
                "opened",
                "main",
                {
                    "resource": "PullRequest",
                    "code": "custom",
                    "message": "A pull request already exists for octo:opened.",
                },
            ),
        ],
    )
    def test_refuses_in_githubs_words(
        self, hub: GitHubDouble, repo: Repository, head: str, base: str, problem: dict[str, str]
    ) -> None:
        hub.commit("opened", {"z.py": "z = 3\n"})
        repo.create_pull(base="main", head="opened", title="Add z")
        hub.move_branch("empty", hub.branches()["main"])

        with pytest.raises(GithubException) as refused:
            repo.create_pull(base=base, head=head, title="T")

        assert refusal(refused.value) == [problem]
        assert len(hub.pulls()) == 1

    def test_lists_by_state_head_and_base(self, hub: GitHubDouble, repo: Repository) -> None:
        hub.commit("other", {"o.py": "o = 1\n"})
        for head in ("feature", "other"):
            repo.create_pull(base="main", head=head, title=head)
        hub.close(1)

        def numbers(**filters: str) -> list[int]:
            return [pull.number for pull in repo.get_pulls(**filters)]

        assert numbers() == [2]
        assert numbers(state="closed") == [1]
        assert numbers(state="all") == [2, 1]
        assert numbers(state="all", direction="asc") == [1, 2]
        assert numbers(state="all", head="octo:feature") == [1]
        assert numbers(head="octo:nowhere") == []
        assert numbers(base="feature") == []

    def test_pages_have_links(self, hub: GitHubDouble, repo: Repository) -> None:
        for n in range(7):
            hub.open_issue(f"Issue {n}", labels=("bug",))

        with pygithub(hub, per_page=3) as paged:
            assert [issue.number for issue in paged.get_issues(labels=["bug"])] == [7, 6, 5, 4, 3, 2, 1]
            assert paged.get_issues().totalCount == 7
            assert [issue.number for issue in reversed(paged.get_issues())] == [1, 2, 3, 4, 5, 6, 7]
        assert [request.query["page"] for request in hub.requests if "page" in request.query][:2] == [
            "2",
            "3",
        ]

    def test_edits_title_body_base_and_state(self, hub: GitHubDouble, repo: Repository) -> None:
        hub.commit("release", {"r.py": "r = 1\n"})
        pull = repo.create_pull(base="main", head="feature", title="Old")

        pull.edit(title="New", body="More", base="release")
        pull.edit(state="closed")

        state = hub.pulls()[0]
        assert (state.title, state.body, state.base, state.state) == ("New", "More", "release", "closed")
        with pytest.raises(GithubException) as refused:
            pull.edit(base="main")
        assert refusal(refused.value)[0]["message"].startswith("Cannot change the base branch of a closed")
        pull.edit(state="open")
        assert hub.pulls()[0].state == "open"

    @pytest.mark.parametrize("gone", [False, True])
    def test_a_fork_may_use_any_branch_name(self, hub: GitHubDouble, repo: Repository, gone: bool) -> None:
        hub.open_from_fork("mallory", "feature", {"evil.py": "e = 1\n"}, gone=gone)
        ours = repo.create_pull(base="main", head="feature", title="T")

        assert [pull.number for pull in repo.get_pulls(head="octo:feature")] == [ours.number]
        (theirs,) = repo.get_pulls(head="mallory:feature")
        assert theirs.head.ref == "feature"
        assert getattr(theirs.head.repo, "full_name", None) == (None if gone else "mallory/parcel")
        assert theirs.head.sha != ours.head.sha
        assert [file.filename for file in theirs.get_files()] == ["evil.py"]
        assert [pull.fork for pull in hub.pulls()] == ["mallory", None]

    def test_turns_into_a_draft_and_back(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = repo.create_pull(base="main", head="feature", title="T")

        pull.convert_to_draft()
        assert hub.pulls()[0].draft
        pull.mark_ready_for_review()
        assert not hub.pulls()[0].draft

    def test_shows_files_and_commits(self, hub: GitHubDouble, repo: Repository) -> None:
        hub.commit("feature", {"old.py": None, "README.md": "parcel\nmore\n"}, "Remove old")
        pull = repo.create_pull(base="main", head="feature", title="T")

        files = {file.filename: (file.status, file.additions, file.deletions) for file in pull.get_files()}
        assert files == {
            "README.md": ("modified", 1, 0),
            "new.py": ("added", 1, 0),
            "old.py": ("removed", 0, 1),
        }
        assert [commit.commit.message for commit in pull.get_commits()] == ["Add y\n\nBecause.", "Remove old"]
        assert next(f for f in pull.get_files() if f.filename == "README.md").patch.endswith("parcel\n+more")

    def test_a_branch_is_deleted_through_its_pull_request(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = repo.create_pull(base="main", head="feature", title="T")

        pull.delete_branch(force=True)  # without, PyGithub refuses while a pull request is open

        assert "feature" not in hub.branches()
        assert hub.pulls()[0].state == "closed"


class TestIssues:
    def test_an_issue_lives(self, hub: GitHubDouble, repo: Repository) -> None:
        issue = repo.create_issue("Campaign", body="- [ ] one", labels=["gatecrew"])
        issue.edit(body="- [x] one", state="closed", state_reason="not_planned")

        assert [(i.title, i.body, i.state, i.labels) for i in hub.issues()] == [
            ("Campaign", "- [x] one", "closed", ("gatecrew",))
        ]
        assert list(repo.get_issues()) == []
        assert repo.get_issue(1).state_reason == "not_planned"
        with pytest.raises(UnknownObjectException):
            repo.get_issue(2)

    def test_pull_requests_are_issues_too(self, hub: GitHubDouble, repo: Repository) -> None:
        hub.open_issue("First")
        pull = repo.create_pull(base="main", head="feature", title="Second")
        pull.add_to_labels("bug")

        assert [(i.number, i.pull_request is not None) for i in repo.get_issues()] == [(2, True), (1, False)]
        assert [i.number for i in repo.get_issues(labels=["BUG"])] == [2]
        assert [label.name for label in next(iter(repo.get_pulls())).labels] == ["bug"]
        assert repo.get_issue(2).as_pull_request().head.ref == "feature"

    def test_comments_are_made_edited_and_deleted(self, hub: GitHubDouble, repo: Repository) -> None:
        pull = repo.create_pull(base="main", head="feature", title="T")
        hub.comment(1, "looks odd", login="bob")

        mine = pull.create_issue_comment("finding")
        mine.edit("finding, again")
        assert [(c.user.login, c.body) for c in pull.get_issue_comments()] == [
            ("bob", "looks odd"),
            ("crew-bot", "finding, again"),
        ]
        mine.delete()
        assert [c.body for c in hub.comments(1)] == ["looks odd"]

    def test_labels_come_into_being_when_they_are_used(self, hub: GitHubDouble, repo: Repository) -> None:
        issue = repo.get_issue(hub.open_issue("I"))
        repo.create_label("gate: red", "b60205", "The suite fails")
        issue.add_to_labels("Gate: Red", "fresh")
        issue.remove_from_labels("fresh")

        assert hub.issues()[0].labels == ("gate: red",)
        assert {label.name: label.color for label in repo.get_labels()} == {
            "gate: red": "b60205",
            "fresh": "ededed",
        }
        issue.set_labels()
        assert list(issue.get_labels()) == []
        with pytest.raises(GithubException) as refused:
            repo.create_label("fresh", "ffffff")
        assert refusal(refused.value)[0]["code"] == "already_exists"

    def test_a_body_has_a_greatest_length(self, hub: GitHubDouble, repo: Repository) -> None:
        issue = repo.get_issue(hub.open_issue("I"))
        issue.create_comment("x" * 65536)
        with pytest.raises(GithubException) as refused:
            issue.create_comment("x" * 65537)
        assert "maximum is 65536 characters" in refusal(refused.value)[0]["message"]


class TestRepository:
    def test_statuses_are_combined(self, hub: GitHubDouble, repo: Repository) -> None:
        commit = repo.get_commit(hub.branches()["feature"])
        commit.create_status("pending", context="gatecrew/gate", description="runs")
        commit.create_status("success", context="gatecrew/gate", description="812/812", target_url=hub.url)
        commit.create_status("failure", context="ci")

        combined = repo.get_branch("feature").commit.get_combined_status()
        assert combined.state == "failure"
        assert {s.context: s.state for s in combined.statuses} == {
            "gatecrew/gate": "success",
            "ci": "failure",
        }
        assert hub.statuses(commit.sha)["gatecrew/gate"].description == "812/812"
        with pytest.raises(GithubException) as refused:
            commit.create_status("success", description="x" * 141)
        assert "140" in refusal(refused.value)[0]["message"]

    def test_refs_are_real(self, hub: GitHubDouble, repo: Repository) -> None:
        main, feature = hub.branches()["main"], hub.branches()["feature"]
        ref = repo.create_git_ref("refs/heads/gatecrew/dead-code/a", main)
        assert repo.get_branch("gatecrew/dead-code/a").commit.sha == main
        ref.edit(feature)
        with pytest.raises(GithubException, match="not a fast forward"):
            ref.edit(main)
        ref.edit(main, force=True)
        assert hub.branches()["gatecrew/dead-code/a"] == main
        assert [r.ref for r in repo.get_git_matching_refs("heads/gatecrew/")] == [ref.ref]
        repo.get_git_ref("heads/gatecrew/dead-code/a").delete()
        assert sorted(branch.name for branch in repo.get_branches()) == ["feature", "main"]
        with pytest.raises(GithubException, match="Branch not found"):
            repo.get_branch("gatecrew/dead-code/a")

    def test_tells_who_may_what(self, hub: GitHubDouble, repo: Repository) -> None:
        hub.permit("alice", "admin")
        assert repo.get_collaborator_permission("alice") == "admin"
        assert repo.get_collaborator_permission("stranger") == "read"
        assert call(hub, "GET", "/user").json()["login"] == "crew-bot"
        assert call(hub, "GET", "/rate_limit").json()["rate"]["limit"] == 5000

    def test_a_workflows_token_belongs_to_no_user(self, tmp_path: Path) -> None:
        with GitHubDouble(tmp_path / "other", login="github-actions[bot]") as hub:
            assert call(hub, "GET", "/user").status_code == 403
