"""What holds credentials is out of reach in every enforced sandbox; plain processes reach all of it."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ports.sandbox import Sandbox
from bot.sandboxes.private import hidden, is_innocent
from tests.conformance.test_sandboxes import job, python, ran
from tests.sandboxes import works_here

SECRET = "hunter2hunter2"
IN_HOME = (
    *(".netrc", ".npmrc", ".pypirc", ".git-credentials", ".config/git/credentials", ".config/gh/hosts.yml"),
    *(".aws/credentials", ".docker/config.json", ".ssh/id_ed25519", ".kube/config", ".azure/token.json"),
    *(".config/gcloud/credentials.db", ".gnupg/private-keys-v1.d/key", ".cargo/credentials.toml"),
)
COMMAND_FILES = {
    "GITHUB_ENV": "_work/_temp/_runner_file_commands/set_env_1",
    "GITHUB_OUTPUT": "_work/_temp/_runner_file_commands/set_output_1",
    "GITHUB_PATH": "_work/_temp/_runner_file_commands/add_path_1",
    "GITHUB_STATE": "_work/_temp/_runner_file_commands/save_state_1",
    "GITHUB_STEP_SUMMARY": "_work/_temp/_runner_file_commands/step_summary_1",
    "GITHUB_EVENT_PATH": "_work/_temp/_github_workflow/event.json",
}
OF_THE_RUNNER = (
    *COMMAND_FILES.values(),
    *("_work/_temp/git-credentials-1234.config", ".credentials", ".credentials_rsaparams", ".runner", ".env"),
    *("_diag/Runner.log", "_work/repo/repo/.git/config"),
)
IN_GIT = (
    *("config", "config.worktree", "modules/lib/config", "modules/lib/modules/deep/config"),
    "worktrees/other/config.worktree",
)


@pytest.fixture(params=["plain", "bubblewrap", "sandlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return works_here(request.param)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Path]:
    """A folder that is hidden because of what it is, not because it lies among temporary files."""
    for folder in (Path("/srv"), Path("/opt"), Path.home(), tmp_path):
        place = folder / f"gatecrew-test-{os.getpid()}"
        try:
            place.mkdir()
        except OSError:
            continue
        yield place
        subprocess.run(["rm", "-rf", str(place)], check=True)
        return


def lay(path: Path, text: str = SECRET) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def reads(sandbox: Sandbox, tmp_path: Path, path: Path, **more: object) -> bool:
    """Whether a job gets at the secret there. Where it does not, it cannot overwrite it either."""
    where = shlex.quote(str(path))
    command = f"cat {where}; grep -r {SECRET} {shlex.quote(str(path.parent))}; : > {where}"
    _, said = ran(sandbox, job(tmp_path, command, **more))
    assert SECRET in path.read_text() or not sandbox.enforced
    return SECRET in said


@pytest.mark.parametrize("name", IN_HOME)
def test_home_folder(
    sandbox: Sandbox, tmp_path: Path, apart: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(apart / "home of somebody"))
    path = lay(apart / "home of somebody" / name)
    assert reads(sandbox, tmp_path, path) is not sandbox.enforced


@pytest.mark.parametrize("name", OF_THE_RUNNER)
def test_files_of_the_runner(
    sandbox: Sandbox, tmp_path: Path, apart: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_TEMP", str(apart / "_work/_temp"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(apart / "_work/repo/repo"))
    (apart / "_work/_temp").mkdir(parents=True)
    (apart / "_work/repo/repo").mkdir(parents=True)
    for variable, place in COMMAND_FILES.items():
        monkeypatch.setenv(variable, str(lay(apart / place, "")))
    path = lay(apart / name)
    assert reads(sandbox, tmp_path, path) is not sandbox.enforced


@pytest.mark.parametrize("name", IN_GIT)
def test_git_folder(sandbox: Sandbox, tmp_path: Path, apart: Path, name: str) -> None:
    folder = apart / "repo.git"
    lay(folder / "HEAD", "ref: refs/heads/main\n")
    lay(folder / "objects" / "there", "")
    path = lay(folder / name, f'[http "https://github.com/"]\n\textraheader = basic {SECRET}\n')
    assert reads(sandbox, tmp_path, path, readable=(folder,)) is not sandbox.enforced
    status, said = ran(sandbox, job(tmp_path, f"cat {folder}/HEAD", readable=(folder,)))
    assert (status, said) == (0, "ref: refs/heads/main\n")


@pytest.mark.parametrize("name", ["bin/../credentials.toml", "bin/../.npmrc"])
def test_logins_beside_the_tools(sandbox: Sandbox, tmp_path: Path, apart: Path, name: str) -> None:
    """A folder of programs opens its parent, where cargo and npm keep theirs."""
    home = tmp_path / "home"
    program = lay(home / "tool" / "bin" / "greet", "#!/bin/sh\necho greetings\n")
    program.chmod(0o755)
    path = lay(home / "tool" / name).resolve()
    env = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    assert ran(sandbox, job(tmp_path, "greet", env=env)) == (0, "greetings\n")
    assert reads(sandbox, tmp_path, path, env=env) is not sandbox.enforced


def test_environment_of_other_processes(sandbox: Sandbox, tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"], env={"PATH": os.environ["PATH"], "TOKEN": SECRET})
    try:
        command = f"cat /proc/{sleeper.pid}/environ; cat /proc/[0-9]*/environ | tr '\\0' ' '"
        _, said = ran(sandbox, job(tmp_path, command))
    finally:
        sleeper.kill()
        sleeper.wait()
    assert (SECRET in said) is not sandbox.enforced


def test_other_processes_cannot_be_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        ran(sandbox, job(tmp_path, f"kill -9 {sleeper.pid}; sleep 0.2"))
        assert (sleeper.poll() is None) is sandbox.enforced
    finally:
        sleeper.kill()
        sleeper.wait()


def test_socket_of_a_service(
    sandbox: Sandbox, tmp_path: Path, apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As docker's, or an ssh agent's: whoever talks to it needs no file of ours."""
    path = apart / "agent.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        source = f"import socket\nsocket.socket(socket.AF_UNIX).connect({str(path)!r})\nprint('met')"
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
        _, said = ran(sandbox, job(tmp_path, python(source)))
    assert (said == "met\n") is not sandbox.enforced


def test_network_beyond_loopback(sandbox: Sandbox, tmp_path: Path) -> None:
    address = _own_address()
    with socket.create_server((address, 0)) as server:
        source = f"import socket; socket.create_connection({server.getsockname()!r}, 2); print('met')"
        _, said = ran(sandbox, job(tmp_path, python(source)))
        assert (said == "met\n") is not sandbox.enforced
        assert ran(sandbox, job(tmp_path, python(source), network=True)) == (0, "met\n")


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has loopback only: the network beyond it is NOT tested")
        address = str(probe.getsockname()[0])
    if address.startswith("127."):
        pytest.skip("this machine has loopback only: the network beyond it is NOT tested")
    return address


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices: NOT tested")
def test_root_gets_at_no_disk_by_a_device_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    if not sandbox.enforced:
        pytest.skip("plain processes of root may do what root may")
    number = tmp_path.stat().st_dev
    command = f"mknod disk b {os.major(number)} {os.minor(number)}; head -c 1 disk && echo READ"
    _, said = ran(sandbox, job(tmp_path, command))
    assert "READ" not in said


def test_git_works_in_a_tree(sandbox: Sandbox, tmp_path: Path) -> None:
    """Without what it logs in with, where it is kept away."""
    main, tree = tmp_path / "main", tmp_path / "tree"
    for argv in (
        ["git", "init", "-q", str(main)],
        ["git", "-C", str(main), "commit", "-q", "--allow-empty", "-m", "first"],
        ["git", "-C", str(main), "worktree", "add", "-q", str(tree)],
    ):
        subprocess.run(argv, check=True, env={**os.environ, "GIT_CONFIG_COUNT": "0"})
    status, said = ran(sandbox, job(tmp_path, "git log --format=%s", readable=(main / ".git",)))
    assert (status, said) == (0, "first\n")


@pytest.mark.parametrize(
    ("text", "innocent"),
    [
        ('[core]\n\tbare = false\n[remote "origin"]\n\turl = https://github.com/o/r\n', True),
        ('[remote "origin"]\n\turl = https://me:secret@github.com/o/r\n', False),
        ('[http "https://github.com/"]\n\tx = y\n', False),
        ('[includeIf "gitdir:/x"]\n\tpath = /y\n', False),
        ("[credential]\n\thelper = store\n", False),
        ("[core]\n\tsshCommand = ssh -i key\n", False),
        ("[what is this\n", False),
    ],
)
def test_configuration_of_git_that_holds_nothing(tmp_path: Path, text: str, innocent: bool) -> None:
    assert is_innocent(lay(tmp_path / "config", text)) is innocent


def test_only_what_is_there_is_hidden(tmp_path: Path) -> None:
    machine = {"HOME": str(tmp_path / "nowhere"), "GIT_CONFIG_GLOBAL": "/dev/null", "KUBECONFIG": ""}
    found = hidden(machine)
    assert tmp_path / "nowhere" not in found
    assert Path("/dev/null") not in found
    assert Path(sys.prefix) not in found
