"""What every sandbox must do, and what an enforced one must do besides."""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import SandboxError
from bot.ports.sandbox import Ended, Job, Sandbox, described
from bot.sandboxes.bubblewrap import arguments
from bot.sandboxes.plain import Plain
from bot.sandboxes.probe import Kind, choose
from bot.types.spec import GateLimits
from tests.sandboxes import works_here

RunIn = Callable[..., Ended]


@pytest.fixture(params=["plain", "bubblewrap", "sandlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return works_here(request.param)


@pytest.fixture
def enforced(sandbox: Sandbox) -> Sandbox:
    if not sandbox.enforced:
        pytest.skip(f"{sandbox.name} promises nothing of the kind")
    return sandbox


def job(tmp_path: Path, command: str, **changes: object) -> Job:
    tree = tmp_path / "tree"
    tree.mkdir(exist_ok=True)
    fields: dict[str, object] = {
        "command": command,
        "cwd": tree,
        "tree": tree,
        "env": {"PATH": os.environ["PATH"], "GREETING": "good day"},
        "timeout_s": 20.0,
        "output": tmp_path / "output",
    }
    return Job(**(fields | changes))  # type: ignore[arg-type]


def ran(sandbox: Sandbox, task: Job) -> tuple[int | None, str]:
    ended = asyncio.run(sandbox.run(task))
    return ended.exit_code, task.output.read_text("utf-8", "replace")


def python(source: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(source)}"


def test_exit_code_and_both_streams_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    status, said = ran(sandbox, job(tmp_path, "echo out; echo err >&2; exit 3"))
    assert (status, sorted(said.split())) == (3, ["err", "out"])


def test_command_that_does_not_exist_ends_with_127(sandbox: Sandbox, tmp_path: Path) -> None:
    status, said = ran(sandbox, job(tmp_path, "no-such-command-anywhere"))
    assert status == 127
    assert "no-such-command-anywhere" in said


def test_job_sees_only_its_own_environment(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret")
    status, said = ran(sandbox, job(tmp_path, "env"))
    assert status == 0
    assert "GREETING=good day" in said
    assert "ghp_secret" not in said


def test_tree_and_writable_folders_can_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    command = f"echo one > here && echo two > {shlex.quote(str(more))}/there"
    status, said = ran(sandbox, job(tmp_path, command, writable=(more,)))
    assert status == 0, said
    assert (tmp_path / "tree" / "here").read_text() == "one\n"
    assert (more / "there").read_text() == "two\n"


def test_our_interpreter_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    status, said = ran(sandbox, job(tmp_path, python("import pytest, json; print(json.dumps(1))")))
    assert (status, said) == (0, "1\n")


def test_job_out_of_time_is_killed_with_its_daemons(sandbox: Sandbox, tmp_path: Path) -> None:
    command = "(while true; do date +%s%N > beat; sleep 0.02; done) & setsid sleep 60 & sleep 60"
    began = time.monotonic()
    status, _ = ran(sandbox, job(tmp_path, command, timeout_s=3))
    assert status is None
    assert time.monotonic() - began < 30
    assert is_still(tmp_path / "tree" / "beat")


def test_daemon_does_not_outlive_a_job_that_ends_well(sandbox: Sandbox, tmp_path: Path) -> None:
    daemon = "while true; do date +%s%N > beat; sleep 0.02; done"
    status, said = ran(sandbox, job(tmp_path, f"setsid sh -c {shlex.quote(daemon)} & sleep 0.3; echo done"))
    # The daemon's own shell may still say that its `date` or `sleep` was killed: the job itself said this.
    assert (status, said.splitlines()[:1]) == (0, ["done"])
    assert is_still(tmp_path / "tree" / "beat")


def test_cancelled_job_is_gone(sandbox: Sandbox, tmp_path: Path) -> None:
    task = job(tmp_path, "while true; do date +%s%N > beat; sleep 0.02; done")

    async def cancelled() -> None:
        running = asyncio.ensure_future(sandbox.run(task))
        while not (tmp_path / "tree" / "beat").exists():
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancelled())
    assert is_still(tmp_path / "tree" / "beat")


def is_still(beat: Path) -> bool:
    before = beat.read_text()
    time.sleep(0.2)
    return beat.read_text() == before


def test_loopback_works_without_network(sandbox: Sandbox, tmp_path: Path) -> None:
    source = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        "c = socket.create_connection(s.getsockname()); print('met')"
    )
    assert ran(sandbox, job(tmp_path, python(source))) == (0, "met\n")


def test_service_of_this_machine_is_out_of_reach(enforced: Sandbox, tmp_path: Path) -> None:
    if any("loopback" in weakness for weakness in enforced.weaknesses):
        pytest.skip(f"{enforced.name} says that it does not keep loopback away")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        status, said = ran(enforced, job(tmp_path, python(source)))
        assert status == 1
        assert "ConnectionRefusedError" in said
        allowed = job(tmp_path, python(source), network=True)
        assert ran(enforced, allowed) == (0, "")


def test_machine_cannot_be_written(enforced: Sandbox, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    task = job(tmp_path, f"touch /etc/gatecrew-was-here {shlex.quote(str(outside))}/too; ls /etc/gatecrew*")
    status, _ = ran(enforced, task)
    assert status != 0
    assert not Path("/etc/gatecrew-was-here").exists()
    assert not list(outside.iterdir())


def test_folder_that_is_missing_is_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    task = job(tmp_path, "true", cwd=tmp_path / "nowhere")
    if sandbox.name != "bubblewrap":
        with pytest.raises(SandboxError, match="nowhere"):
            asyncio.run(sandbox.run(task))
    else:
        assert asyncio.run(sandbox.run(task)).exit_code != 0


def test_plain_can_be_asked_for() -> None:
    assert asyncio.run(choose("plain")).sandbox.name == "plain"


def test_required_is_refused_where_nothing_works() -> None:
    kinds = [Kind("bubblewrap", lambda: None, "apt-get install bubblewrap"), Kind("broken", Broken, "pray")]
    with pytest.raises(SandboxError) as caught:
        asyncio.run(choose("required", kinds))
    assert caught.value.exit_code == 7
    assert "bubblewrap is not installed; broken failed (1): no luck" in str(caught.value)
    assert "apt-get install bubblewrap" in str(caught.value.hint)
    chosen = asyncio.run(choose("auto", kinds))
    assert (chosen.sandbox.name, len(chosen.troubles)) == ("plain", 2)


class Broken:
    """Starts, and fails as sandboxes do where the machine forbids them."""

    name = "broken"
    enforced = True
    weaknesses = ()

    async def run(self, job: Job) -> Ended:
        job.output.write_text("no luck\n")
        return Ended(1, 0.0)


class Open(Broken):
    """Works, and keeps nothing away although it says so."""

    name = "open"
    run = Plain.run


def test_sandbox_that_keeps_nothing_away_is_not_believed() -> None:
    chosen = asyncio.run(choose("auto", [Kind("open", Open, "")]))
    assert chosen.troubles == ("open does not keep files away",)


def test_broken_sandbox_is_found_by_trying_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    chosen = asyncio.run(choose("auto"))
    assert "No permissions to create" in chosen.troubles[0]


def test_report_tells_what_holds_and_what_does_not(sandbox: Sandbox) -> None:
    limits = GateLimits(memory=512, processes=None, disk=64)
    told = described(sandbox, limits)
    assert told.startswith(f"{sandbox.name} (")
    assert "512 MiB of memory, 64 MiB of disk" in told
    assert ("no network, no home" in told) == sandbox.enforced
    assert all(weakness in told for weakness in sandbox.weaknesses)


def test_home_is_not_opened_by_a_program_folder_in_it(tmp_path: Path) -> None:
    home = tmp_path / "me"
    for name in ("bin", ".local/bin", "tools/python/bin"):
        (home / name).mkdir(parents=True)
    search = f"{home}/bin:{home}/.local/bin:{home}/tools/python/bin"
    args = arguments(job(tmp_path, "true", env={"PATH": search}), {"HOME": str(home)})
    bound = {args[at + 1] for at, word in enumerate(args) if word == "--ro-bind"}
    assert str(home) not in bound
    assert f"{home}/.local" not in bound
    assert f"{home}/tools/python" in bound
