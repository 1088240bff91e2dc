"""Attacks of a candidate on the machine that judges it. Each is red, and the doubt says what was seen, or it
changes nothing: not the next run, not a file, not a process. Where plain processes cannot promise that, they
say so.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.ports.sandbox import Sandbox
from bot.types.gate import Outcome, SuiteRun
from tests.sandboxes import works_here
from tests.scenarios.gate_story import Story

RUNNER = Path(__file__).parents[1] / "scenarios" / "quick_suite.py"
# Of the project's own: a sandbox does not see ours, where it lies in a home folder.
RUN = f"{shlex.quote(sys.executable)} -S -E runner.py {{report}}"
GREET = "\n\ndef greet(name):\n    return 'hi ' + name\n"
LIES = "\n\ndef greet(name):\n    return name\n"
GREEN = (
    "<testsuites><testsuite><testcase classname='tests.test_price' name='test_net'/>"
    "<testcase classname='tests.test_text' name='test_greet'/></testsuite></testsuites>"
)
SECRET = "hunter2hunter2"
NEVER = {"memory": None, "processes": None, "disk": None}


@pytest.fixture(params=["plain", "bubblewrap", "sandlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return works_here(request.param)


def story_in(tmp_path: Path, sandbox: Sandbox, **gate: Any) -> Story:
    files = {"runner.py": RUNNER.read_text()}
    settings: dict[str, Any] = {"run": RUN, "runs": 1, "limits": NEVER, **gate}
    return Story(tmp_path, files, sandbox=sandbox, **settings)


def attacked(story: Story, source: str) -> SuiteRun:
    """The suite with this at the beginning of a module that its tests import."""
    return asyncio.run(story.run({"app/text.py": source}))


def ensure_untouched(story: Story) -> None:
    """The next run, of an honest tree, is what it always was."""
    run = asyncio.run(story.run())
    assert run.doubt is None, run.tail
    assert set(run.outcomes.values()) == {Outcome.PASS}


BOMB = """
import os, time
for _ in range(8):
    os.fork()
time.sleep(40)
"""
HOG = """
held = []
while True:
    held.append(bytearray(b'x' * 5_000_000))
"""
FILLS = """
import time
for number in range(6):
    with open(f'big-{number}', 'wb') as file:
        file.write(b'x' * 9_000_000)
time.sleep(40)
"""
MANY_FILES = """
import os, time
for number in range(9000):
    os.close(os.open(f'small-{number}', os.O_CREAT | os.O_WRONLY))
time.sleep(40)
"""
TALKS = """
while True:
    print('x' * 100_000)
"""

HOGS: dict[str, tuple[str, dict[str, Any], str]] = {
    "fork bomb": (BOMB, {"limits": {**NEVER, "processes": 60}}, "used more than 60 processes and threads"),
    "memory hog": (HOG, {"limits": {**NEVER, "memory": 200}}, "used more than 200 MiB of memory"),
    "disk hog": (FILLS, {"limits": {**NEVER, "disk": 30}}, "used more than 30 MiB of disk"),
    "many files": (MANY_FILES, {"limits": {**NEVER, "disk": 30}}, "used more than 30 MiB of disk"),
    "endless output": (TALKS, {"timeout": 4}, "did not end within 4 s and was killed"),
}


@pytest.mark.parametrize("what", HOGS)
def test_what_takes_too_much_is_red_and_says_how_much(sandbox: Sandbox, tmp_path: Path, what: str) -> None:
    source, gate, seen = HOGS[what]
    story = story_in(tmp_path, sandbox, **gate)
    run = attacked(story, source)
    assert seen in str(run.doubt), run.tail
    assert len(run.tail) < 100_000
    ensure_untouched(story)


KILLS_ITS_PARENT = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
KILLS_ITS_GROUP = "import os, signal\nos.kill(0, signal.SIGKILL)\n"
STOPS_ITS_PARENT = "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\n"


@pytest.mark.parametrize("source", [KILLS_ITS_PARENT, KILLS_ITS_GROUP, STOPS_ITS_PARENT])
def test_killing_what_stands_above_it_turns_no_red_suite_green(
    sandbox: Sandbox, tmp_path: Path, source: str
) -> None:
    story = story_in(tmp_path, sandbox, timeout=6)
    run = attacked(story, source + LIES)
    assert run.doubt is not None or Outcome.FAIL in run.outcomes.values()
    ensure_untouched(story)


# Waits until there is a report, then for as long as we may take to read it.
REWRITES_LATER = f"""
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        os.environ.clear()
        while not os.path.exists(sys.argv[1]):
            time.sleep(0.001)
        while True:
            time.sleep(0.005)
            with open(sys.argv[1] + '.new', 'w') as file:
                file.write({GREEN!r})
            os.replace(sys.argv[1] + '.new', sys.argv[1])
    os._exit(0)
"""


def test_daemon_that_rewrites_the_report_makes_nothing_green(sandbox: Sandbox, tmp_path: Path) -> None:
    story = story_in(tmp_path, sandbox)
    run = attacked(story, REWRITES_LATER + LIES)
    assert run.doubt is not None or Outcome.FAIL in run.outcomes.values()
    ensure_untouched(story)


OUTLIVES = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.execve('/bin/sleep', ['gatecrew-outlives-{mark}', '300'], {})
    os._exit(0)
time.sleep(0.2)
"""


def test_background_process_is_gone_after_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = f"{os.getpid()}-{sandbox.name}"
    run = attacked(story_in(tmp_path, sandbox), OUTLIVES.replace("{mark}", mark) + GREET)
    assert run.doubt is None, run.tail
    listed = subprocess.run(["ps", "axww", "-o", "args"], check=True, capture_output=True).stdout.decode()
    assert f"gatecrew-outlives-{mark}" not in listed


def test_write_outside_of_the_tree(sandbox: Sandbox, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    source = (
        f"import pathlib, shutil\nplace = pathlib.Path({str(precious)!r})\n"
        "for step in (lambda: place.write_text('theirs'), lambda: place.unlink(),\n"
        "             lambda: shutil.rmtree(place.parent / 'repo' / '.git')):\n"
        "    try:\n        step()\n    except OSError:\n        pass\n"
    )
    story = story_in(tmp_path, sandbox)
    if not sandbox.enforced:
        assert any("files of this user" in weakness for weakness in sandbox.weaknesses)
        pytest.skip("plain processes keep no file away, and the report says so")
    attacked(story, source + GREET)
    assert precious.read_text() == "mine"
    ensure_untouched(story)


CACHED = {
    "setup": "mkdir -p {cache}/lib && echo one > {cache}/lib/answer",
    "run": f"CACHE={{cache}} {RUN}",
}
WRITES_TO_CACHE = """
import os
try:
    with open(os.environ['CACHE'] + '/lib/answer', 'r+') as file:
        before = os.stat(file.fileno())
        file.write('two')
    os.utime(os.environ['CACHE'] + '/lib/answer', ns=(before.st_atime_ns, before.st_mtime_ns))
except OSError as err:
    print('refused:', err)
"""


def test_write_to_the_cache(sandbox: Sandbox, tmp_path: Path) -> None:
    story = story_in(tmp_path, sandbox, **CACHED)
    run = attacked(story, WRITES_TO_CACHE + GREET)
    if sandbox.enforced:
        assert run.doubt is None
        assert "refused:" in run.tail
    else:
        assert run.doubt == "the suite wrote into {cache}, which all runs share"
    ensure_untouched(story)
    assert [path.read_text() for path in (tmp_path / "cache").rglob("answer")] == ["one\n"]


POISONS_GIT = """
import os, pathlib, subprocess
own = pathlib.Path(pathlib.Path('.git').read_text().removeprefix('gitdir:').strip())
common = own.parents[1]
def attempt(place, text):
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o755)
    except OSError as err:
        print('refused:', err)
attempt(own / 'config.worktree', '[core]\\n\\tworktree = /\\n')
attempt(own / 'index', 'no index')
attempt(own / 'commondir', '/nowhere')
attempt(pathlib.Path('.git'), 'gitdir: /nowhere')
attempt(pathlib.Path.cwd().parent / 'tree-2' / 'app' / 'text.py', 'raise SystemExit')
"""
FOR_GOOD = {
    "hook": "attempt(common / 'hooks' / 'post-checkout', '#!/bin/sh\\nfalse\\n')\n",
    "alternates": "attempt(common / 'objects' / 'info' / 'alternates', '/nowhere\\n')\n",
    "attributes": "attempt(common / 'info' / 'attributes', '*.py filter=theirs\\n')\n",
}


def test_what_is_left_in_a_worktree_and_its_git_folder_does_not_reach_the_next_run(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    story = story_in(tmp_path, sandbox)

    async def both() -> tuple[SuiteRun, SuiteRun]:
        """The same worktree, one after the other."""
        evil = story.commit({"app/text.py": POISONS_GIT + GREET})
        try:
            return await story.suite.run(evil), await story.suite.run(story.base)
        finally:
            await story.places.aclose()

    _, after = asyncio.run(both())
    assert after.doubt is None, after.tail
    assert set(after.outcomes.values()) == {Outcome.PASS}
    ensure_untouched(story)


@pytest.mark.parametrize("what", FOR_GOOD)
def test_settings_of_git_that_all_worktrees_share(sandbox: Sandbox, tmp_path: Path, what: str) -> None:
    story = story_in(tmp_path, sandbox)

    async def both() -> tuple[SuiteRun, SuiteRun]:
        evil = story.commit({"app/text.py": POISONS_GIT + FOR_GOOD[what] + GREET})
        try:
            return await story.suite.run(evil), await story.suite.run(story.base)
        finally:
            await story.places.aclose()

    first, second = asyncio.run(both())
    if sandbox.enforced:
        assert (first.doubt, second.doubt) == (None, None)
    else:
        # For good: what git was told cannot be untold by a later run.
        assert "changed git's settings" in str(first.doubt)
        assert "changed git's settings" in str(second.doubt)


def test_tokens_in_the_environment(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    run = attacked(story_in(tmp_path, sandbox), "import os\nprint('SAW', dict(os.environ))\n" + GREET)
    assert "SAW" in run.tail
    assert SECRET not in run.tail


READS_PROC = """
import glob
print('LOOKED')
for place in glob.glob('/proc/[0-9]*/environ') + glob.glob('/proc/[0-9]*/task/*/environ'):
    try:
        print([part for part in open(place, 'rb').read().split(b'\\0') if b'TOKEN' in part])
    except OSError:
        pass
"""
ASKS = """
import asyncio, sys
from pathlib import Path
from tests.redteam.test_machine import GREET, READS_PROC, attacked, story_in
from tests.sandboxes import works_here
print(attacked(story_in(Path(sys.argv[2]), works_here(sys.argv[1])), READS_PROC + GREET).tail)
"""


def test_tokens_of_our_own_process(sandbox: Sandbox, tmp_path: Path) -> None:
    """A process as ours is in Actions: it was started with the token that it holds."""
    argv = [sys.executable, "-c", ASKS, sandbox.name, str(tmp_path)]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GITHUB_TOKEN": SECRET}
    done = subprocess.run(
        argv, cwd=Path(__file__).parents[2], env=env, check=True, capture_output=True, timeout=100
    )
    said = done.stdout.decode()
    assert "LOOKED" in said
    assert (SECRET in said) is not sandbox.enforced


LEAVES = {
    "a link to a green report": "os.symlink('green.xml', sys.argv[1])",
    "a link to a device": "os.symlink('/dev/zero', sys.argv[1])",
    "a pipe that nobody writes to": "os.mkfifo(sys.argv[1])",
    "a folder": "os.mkdir(sys.argv[1])",
    "a socket": "import socket; os.chdir(os.path.dirname(sys.argv[1])); "
    "socket.socket(socket.AF_UNIX).bind('report.xml')",
    "a file without end": "open(sys.argv[1], 'w').truncate(1 << 40)",
}


@pytest.mark.parametrize("what", LEAVES)
def test_what_lies_in_the_reports_place_is_not_read(sandbox: Sandbox, tmp_path: Path, what: str) -> None:
    story = story_in(tmp_path, sandbox)
    run = attacked(
        story,
        f"import os, sys\nopen('green.xml', 'w').write({GREEN!r})\n{LEAVES[what]}\nos._exit(0)\n",
    )
    assert "report cannot be read" in str(run.doubt) or "wrote no report" in str(run.doubt), run
    ensure_untouched(story)


def test_hard_link_to_a_file_outside_leaves_that_as_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    precious.chmod(0o640)
    source = (
        f"import os\ntry:\n    os.link({str(precious)!r}, 'mine')\n    os.mkdir('below')\n"
        f"    os.link({str(precious)!r}, 'below/mine')\n    os.chmod('below', 0)\n"
        "except OSError as err:\n    print('refused:', err)\n"
    )
    story = story_in(tmp_path, sandbox)
    run = attacked(story, source + GREET)
    assert ("refused:" in run.tail) is sandbox.enforced
    ensure_untouched(story)
    assert (precious.read_text(), precious.stat().st_mode & 0o777, precious.stat().st_nlink) == (
        "mine",
        0o640,
        1,
    )


DEEP = """
import os
for name in ('locked', os.environ['TMPDIR'] + '/locked'):
    os.makedirs(name + '/below')
    open(name + '/below/file', 'w').close()
    os.chmod(name + '/below', 0)
    os.chmod(name, 0)
here = os.open('.', os.O_RDONLY)
for place in ('.', os.environ['TMPDIR']):
    os.chdir(place)
    for _ in range(3000):
        os.mkdir('d' * 50)
        os.chdir('d' * 50)
    os.chdir(here)
"""


def test_trees_that_cannot_be_walked_are_removed_all_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    story = story_in(tmp_path, sandbox)
    run = attacked(story, DEEP + GREET)
    assert run.doubt is None, run.tail
    ensure_untouched(story)
    assert not list((tmp_path / "work").iterdir())
