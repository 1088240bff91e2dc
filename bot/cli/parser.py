"""The command line: what can be typed, and which command it starts."""

from __future__ import annotations

import argparse
from importlib.metadata import PackageNotFoundError, version

EXAMPLES = """\
examples:
  gatecrew check dead-code                      what would run, and whether the spec is right
  gatecrew run dead-code                        run it; pull requests go to a forge in a folder
  gatecrew run dead-code --engine claude        the same with Claude as worker and reviewers
  gatecrew run dead-code --forge github         open the pull requests on GitHub
  gatecrew run dead-code --resume last --limit dollars=20
  gatecrew gate --base main --head HEAD --run "python -m pytest -q"
  gatecrew pulls 2                              one of the local forge's pull requests, with its diff

exit codes: 0 complete, 1 partial or red, 2 wrong input, 3 nothing to do, 4 a limit stopped it,
  5 a service failed, 6 git, 7 sandbox, 8 journal, 70 a bug, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """All commands with their options; `command` names the one that was typed."""
    top = argparse.ArgumentParser(
        prog="gatecrew",
        description="A crew of agents does the work; your test suite is the gate.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"gatecrew {_version()}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _run(commands.add_parser("run", help="run a workflow over a repository"))
    _gate(commands.add_parser("gate", help="judge one candidate by the base's test suite"))
    _check(commands.add_parser("check", help="check a spec and its script, and print what would run"))
    pulls = commands.add_parser("pulls", help="the local forge's pull requests and stacks; one with its diff")
    pulls.add_argument("number", metavar="NUMBER", nargs="?", type=int)
    show = commands.add_parser("show", help="one unit's story: attempts, verdicts, findings, gate, diff")
    show.add_argument("unit", metavar="UNIT")
    runs = commands.add_parser("runs", help="the runs in the state")
    for command in (pulls, show, runs):
        _repo(command)
        _out(command)
    return top


def _run(command: argparse.ArgumentParser) -> None:
    _workflow(command)
    _repo(command)
    _base(command)
    command.add_argument("--engine", metavar="NAME", help="for all roles: claude, recipe or scripted")
    command.add_argument("--forge", metavar="NAME", help="where pull requests go: local (default) or github")
    _out(command)
    command.add_argument(
        "--only", metavar="UNIT", action="append", default=[], help="leave all other units out"
    )
    command.add_argument(
        "--limit",
        metavar="NAME=N",
        action="append",
        default=[],
        help="override a limit of the spec: dollars, tokens, agents, minutes, concurrency",
    )
    command.add_argument("--resume", metavar="RUN", help="go on with a run, by its id or `last`")
    command.add_argument("--dry-run", action="store_true", help="everything but the forge's writes")
    command.add_argument("--yes", action="store_true", help="do not ask before a paid run")
    command.add_argument("--json", action="store_true", help="standard output is exactly result.json")
    _unsafe_plain(command)


def _gate(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Judges the head, or its merge into a base that has moved on, test by test against the base. "
        "0: green. 1: red, and every doubt. 2: the gate could not be asked."
    )
    command.add_argument("--base", metavar="REV", required=True, help="the commit to compare with")
    command.add_argument("--head", metavar="REV", default="HEAD", help="the candidate (default: HEAD)")
    _repo(command)
    command.add_argument("--spec", metavar="NAME", help="a spec of the base commit, or a path on disk")
    command.add_argument("--run", metavar="COMMAND", help="the suite's command, where there is no spec")
    command.add_argument("--report", metavar="PATH", help="the JUnit XML that it writes inside the tree")
    command.add_argument("--runs", metavar="R", type=int, help="runs of the suite at the base")
    command.add_argument("--timeout", metavar="SECONDS", type=float, help="time that one run may take")
    command.add_argument("--sandbox", metavar="MODE", help="auto, required (or refuse) or plain")
    command.add_argument("--json", action="store_true", help="standard output is exactly one JSON document")
    command.add_argument(
        "--status",
        action="store_true",
        help="set the head's commit status gatecrew/gate on GitHub (GITHUB_TOKEN, GITHUB_REPOSITORY)",
    )
    _out(command)
    _unsafe_plain(command)


def _check(command: argparse.ArgumentParser) -> None:
    _workflow(command)
    _repo(command)
    _base(command)
    command.add_argument("--engine", metavar="NAME", help="check it with this engine for all roles")


def _workflow(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "workflow",
        metavar="WORKFLOW",
        help="a name (.github/gatecrew/NAME.yml of the base commit), or a path on disk",
    )


def _repo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--repo", metavar="DIR", help="the repository (default: this folder's)")


def _base(command: argparse.ArgumentParser) -> None:
    command.add_argument("--base", metavar="REV", help="the commit to work on (default: HEAD)")


def _out(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", metavar="DIR", help="the state (default: gatecrew/ in the git folder)")


def _unsafe_plain(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--unsafe-plain",
        action="store_true",
        help="run project code beside a key or a write token even without an enforced sandbox",
    )


def _version() -> str:
    try:
        return version("gatecrew")
    except PackageNotFoundError:
        return "of a checkout"
