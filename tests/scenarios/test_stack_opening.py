"""A first run opens pull requests; a second one, on the same base with the same result, writes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.stage import github_stage, three

OPENED = """\
#2 cli -> main: open
    Remove code that nothing uses in cli/main.py [~cli/main.py] on main
#3 web -> main: open
    Remove code that nothing uses in web/views.py [~web/views.py] on main
#4 io -> web: open
    Remove code that nothing uses in app/io.py [~app/io.py] on web"""

CAMPAIGN = """\
Remove code that nothing uses. Keep public names.

| pull request | what | stands on | state |
| --- | --- | --- | --- |
| #2 | Remove code that nothing uses in cli/main.py | `main` | open |
| #3 | Remove code that nothing uses in web/views.py | `main` | open |
| #4 | Remove code that nothing uses in app/io.py | #3 | open |

<!-- gatecrew-campaign:dead-code -->
"""

BODY = """\
Remove code that nothing uses. Keep public names.

- `io-000000d8`: Drop dead\\(\\) (`app/io.py`)

**The gate**

```text
12 of 12 stable tests pass (100 %)

baseline: 12 stable, 0 flaky
```

Part of #1.

<!-- gatecrew:{"v":1,"workflow":"dead-code","layer":"LAYER","units":["io-000000d8"]} -->
"""


def test_users_land_first_and_the_unrelated_stands_alone(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        made = stage.propose(*three(stage))

        assert stage.picture() == OPENED
        assert [placed.note for placed in made.placed] == ["opened"] * 3
        assert made.campaign == 1
        (issue,) = hub.issues()
        assert issue.body == CAMPAIGN
        io = hub.pulls()[-1]
        assert io.body == BODY.replace("LAYER", io.head.rpartition("/")[2])
        assert io.labels == ("gatecrew",)
        (status,) = hub.statuses(io.head_sha).values()
        assert (status.context, status.state) == ("gatecrew/gate", "success")
        assert status.description == "12 of 12 stable tests pass (100 %)"


def test_n_layers_cost_one_push_and_n_plus_two_writes(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage.propose(*three(stage))

        assert len(hub.pushes) == 1
        assert not any(ref.forced for push in hub.pushes for ref in push)
        ornaments = ("/labels", "/statuses/")
        writes = [request for request in hub.writes() if not any(o in request.path for o in ornaments)]
        assert len(writes) == 3 + 2


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage.propose(*three(stage))
        before = len(hub.writes())

        again = replace(stage, run="another run")
        made = again.propose(*three(again))

        assert hub.writes()[before:] == []
        assert len(hub.pushes) == 1
        assert [(placed.pull, placed.note) for placed in made.placed] == [
            (2, "as it was"),
            (3, "as it was"),
            (4, "as it was"),
        ]


def test_commits_tell_run_unit_and_gate(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, _hub):
        made = stage.propose(*three(stage))
        io = made.placed[-1]

        assert stage.git.message(io.head) == (
            "Remove code that nothing uses in app/io.py\n\n"
            "Gatecrew-Run: r1\nGatecrew-Unit: io-000000d8\nGatecrew-Gate: 12 of 12 stable tests pass (100 %)"
        )


def test_a_layer_for_a_person_is_a_draft(tmp_path: Path) -> None:
    with github_stage(tmp_path) as (stage, hub):
        stage.propose(three(stage)[0], draft=True)

        (pull,) = hub.pulls()
        assert pull.draft
        assert "**Please look:**\n\n- It is a draft." in pull.body
