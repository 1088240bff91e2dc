"""Projects whose suite would silently test another tree: the gate says that it is blind, and why.

Each has a sound twin, with the right build or install, in which the same gate sees.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.gate.candidate import candidate, put
from bot.gate.sees import blindness
from bot.gate.unseen import lacks
from bot.git import Git, NewCommit
from bot.sandboxes.plain import Plain
from bot.submodules import GITLINK
from bot.suite.run import Suite
from bot.types.change import Entry
from bot.types.gate import Outcome, SuiteRun, TestId
from bot.types.ids import Blob, Sha
from tests.builders import commit_all, make_repo, write
from tests.scenarios.gate_story import QUICK, Story

PYTHON = f"{sys.executable} -S -E"
# As behind a `pytest` that is installed: the tree is on the path, but behind what is installed.
BEHIND = QUICK.replace(" -S -E", " -S")
PRICE = "def net(gross):\n    return gross - 1\n\n\ndef unused():\n    return 1\n"
CHANGE = {"app/price.py": PRICE}
# The project lies in a folder that only an install brings onto the path.
SOURCES: dict[str, str | bytes | None] = {
    "app/__init__.py": None,
    "app/price.py": None,
    "app/text.py": None,
    "app/spare.py": None,
    "app/alone.py": None,
    "tests/test_text.py": None,
    "src/app/__init__.py": "",
    "src/app/price.py": PRICE,
    "src/app/spare.py": "",
}
MOVED = {"src/app/price.py": PRICE.replace("1\n\n", "1  # the same\n\n")}


def said(story: Story, files: Mapping[str, str | bytes | None]) -> str | None:
    """What the gate says of a change before it judges it; None where it sees it."""
    return said_of(story, story.commit(files))


def said_of(story: Story, commit: Sha) -> str | None:
    paths = [entry.path for entry in story.git.entries(story.base, commit)]

    async def asked() -> str | None:
        first = await story.runs.run(story.base, "the base")
        assert first.doubt is None, (first.doubt, first.tail)
        restores = story.protection.restores
        told = await blindness(story.runs, story.git, commit, paths, passing(first.outcomes), restores)
        await story.places.aclose()
        return told

    return asyncio.run(asked())


def passing(outcomes: Mapping[TestId, object]) -> list[TestId]:
    return [test for test, outcome in outcomes.items() if outcome == "pass"]


def assert_blind(told: str | None, *parts: str) -> None:
    assert told is not None
    assert told.startswith("blind: "), told
    assert [part for part in parts if part not in told] == [], told


# -- setup and build --------------------------------------------------------------------------------


def test_a_build_that_fails_proves_nothing_of_what_the_suite_loads(tmp_path: Path) -> None:
    """The spoiled tree does not compile, and the suite is green all the same: it has a copy of its own."""
    story = Story(
        tmp_path,
        SOURCES,
        run=f"PYTHONPATH={{cache}} {BEHIND}",
        setup="cp -r src/app {cache}",
        build=f"{sys.executable} -m compileall -q src",
    )
    assert_blind(
        said(story, MOVED), "app is loaded from /", "/cache/", "/app/__init__.py", "src/app/price.py"
    )


@pytest.mark.parametrize(
    "build", [None, "mkdir lib && cp -r {cache}/app lib", "mkdir lib && cp -r src/app lib"]
)
def test_setup_that_installs_a_copy(tmp_path: Path, build: str | None) -> None:
    """gate.setup installs the base's code; a build that installs it once more does not help."""
    story = Story(
        tmp_path,
        SOURCES,
        run=f"PYTHONPATH=lib:{{cache}} {BEHIND}",
        setup="cp -r src/app {cache}",
        build=build,
    )
    told = said(story, MOVED)
    if build is None:
        assert_blind(told, "app is loaded from /", "let gate.build install this tree")
    elif "cache" in build:
        assert_blind(told, "app is loaded from lib/app/__init__.py")
    else:
        assert told is None


def test_build_of_another_folder(tmp_path: Path) -> None:
    """A vendored copy of an old release is what gets built."""
    old = {"old/app/__init__.py": "", "old/app/price.py": PRICE, "old/app/spare.py": ""}
    for folder, sees in (("old", False), ("src", True)):
        build = f"mkdir lib && cp -r {folder}/app lib"
        run = f"PYTHONPATH=lib {BEHIND}"
        story = Story(tmp_path / folder, {**SOURCES, **old}, run=run, build=build)
        told = said(story, MOVED)
        if sees:
            assert told is None
        else:
            assert_blind(told, "app is loaded from lib/app/__init__.py")


# -- monorepos --------------------------------------------------------------------------------------

MONOREPO: dict[str, str | bytes | None] = {
    **dict.fromkeys(SOURCES),
    "tests/test_price.py": None,
    "web/tests/test_web.py": "import core, web\n\ndef test_web():\n    assert core.ONE == web.ONE\n",
    "web/web.py": "ONE = 1\n",
    "core/core.py": "ONE = 1\n",
}


@pytest.mark.parametrize(("where", "sees"), [("{cache}", False), ("../core", True)])
def test_sibling_package_of_a_monorepo(tmp_path: Path, where: str, sees: bool) -> None:
    """The suite of one package imports another one: from where it was installed, or from this tree."""
    run, setup = f"PYTHONPATH={where} {BEHIND}", "cp ../core/core.py {cache}"
    story = Story(tmp_path, MONOREPO, run=run, setup=setup, cwd="web")
    alone = said(story, {"core/core.py": "ONE = 1  # more\n"})
    both = said(story, {"core/core.py": "ONE = 1  # more\n", "web/web.py": "ONE = 1  # more\n"})
    if sees:
        assert (alone, both) == (None, None)
    else:
        for told in (alone, both):
            assert_blind(told, "core/core.py cannot be loaded", "core is loaded from /", "/core.py")


# -- editable installs ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pth", "direct_url", "here"])
def test_editable_install_of_another_checkout(tmp_path: Path, kind: str) -> None:
    """As `pip install -e .` in the developer's own checkout leaves it behind, in the old way and the new."""
    checkout = tmp_path / "checkout" / "src"
    write(checkout, {"app/__init__.py": "", "app/price.py": PRICE, "app/spare.py": ""})
    venv = tmp_path / "venv"
    asyncio.run(made_venv(venv))
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)}))
    write(site, {"__editable__.app.pth": f"{checkout}\n"})
    if kind == "direct_url":
        told = {"url": f"file://{checkout.parent}", "dir_info": {"editable": True}}
        write(
            site,
            {"app-1.dist-info/METADATA": "Name: app\n", "app-1.dist-info/direct_url.json": json.dumps(told)},
        )
    front = "PYTHONPATH=src " if kind == "here" else ""
    run = f"{front}{venv}/bin/python {QUICK.partition(' -S -E ')[2]}"
    told_of = said(Story(tmp_path, SOURCES, run=run), MOVED)
    if kind == "here":
        assert told_of is None
    else:
        how = {"pth": f"by {site}/__editable__.app.pth", "direct_url": f"of {checkout.parent}"}[kind]
        assert_blind(told_of, f"app is loaded from {checkout}/app/__init__.py (an editable install {how})")


async def made_venv(folder: Path) -> None:
    argv = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    process = await asyncio.create_subprocess_exec(*argv)
    assert await process.wait() == 0


# -- node_modules -----------------------------------------------------------------------------------

WIDGET: dict[str, str | bytes | None] = {
    **dict.fromkeys([*SOURCES, "pyproject.toml"]),
    "tests/test_price.py": None,
    "package.json": '{"name": "root", "private": true}\n',
    "packages/widget/package.json": '{"name": "@acme/widget", "main": "index.js"}\n',
    "packages/widget/index.js": "exports.one = 1;\n",
    "test/widget.test.js": (
        "const {one} = require('@acme/widget');\n"
        "require('node:test')('one', () => require('node:assert').equal(one, 1));\n"
    ),
}
NODE = "node --test --test-reporter=junit --test-reporter-destination={report} test"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which is not installed here")
@pytest.mark.parametrize("installed", ["copy", "link", "here"])
def test_node_modules_that_hold_another_copy(tmp_path: Path, installed: str) -> None:
    """An installed copy, or a link to another checkout, as `npm link` makes it. A workspace's is sound."""
    elsewhere = tmp_path / "checkout"
    write(elsewhere, {name: WIDGET[f"packages/widget/{name}"] for name in ("package.json", "index.js")})
    place = "mkdir -p node_modules/@acme && {} node_modules/@acme/widget"
    build = {
        "copy": place.format(f"cp -r {elsewhere}"),
        "link": place.format(f"ln -s {elsewhere}"),
        "here": place.format("ln -s ../../packages/widget"),
    }[installed]
    story = Story(tmp_path, WIDGET, run=NODE, build=build)
    told = said(story, {"packages/widget/index.js": "exports.one = 1; // more\n"})
    if installed == "here":
        assert told is None
    elif installed == "link":
        assert_blind(told, f"@acme/widget is loaded from {elsewhere} (a link at node_modules/@acme/widget)")
    else:
        assert_blind(told, "@acme/widget is loaded from node_modules/@acme/widget")


# -- built extensions -------------------------------------------------------------------------------

FAST: dict[str, str | bytes | None] = {
    "app/fast.c": "int net(int gross) { return gross - 1; }\n",
    "app/price.py": (
        "import ctypes, os\n\n\ndef net(gross):\n"
        "    return ctypes.CDLL(os.environ.get('FAST') or os.path.abspath('app/fast.so')).net(gross)\n"
    ),
}
COMPILE = "gcc -shared -fPIC -o {} app/fast.c"
FASTER = {"app/fast.c": "int net(int gross) { return gross + -1; }\n"}


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc, which is not installed here")
@pytest.mark.parametrize(
    "change", [FASTER, {**FASTER, "app/text.py": "def greet(n):\n    return f'hi {n}'\n"}]
)
def test_extension_that_is_not_compiled_again(
    tmp_path: Path, change: Mapping[str, str | bytes | None]
) -> None:
    """The library was made from the base's source: alone, and beside a file that is loaded."""
    run, setup = f"FAST={{cache}}/fast.so {QUICK}", COMPILE.format("{cache}/fast.so")
    told = said(Story(tmp_path / "1", FAST, run=run, setup=setup), change)
    assert_blind(told, "app/fast.c cannot be loaded", "nothing compiles app/fast.c: set gate.build")
    build = COMPILE.format("app/other.so")
    told = said(Story(tmp_path / "2", FAST, run=run, setup=setup, build=build), change)
    assert_blind(told, f"what gate.build ({build!r}) makes of app/fast.c is not what the suite loads")
    assert said(Story(tmp_path / "3", FAST, build=COMPILE.format("app/fast.so")), change) is None


# -- submodules and git-lfs -------------------------------------------------------------------------

USES = "import lib\n\ndef test_lib():\n    assert lib.ONE == 1\n"
MODULES = '[submodule "lib"]\n\tpath = vendored\n\turl = ../lib\n'


def with_link(git: Git, start: Sha, commit: Sha) -> Sha:
    entry = Entry("vendored", GITLINK, Blob(commit))
    return git.make([NewCommit(start, (entry,), "link", (start,), {})])[0]


def test_submodule_that_is_not_here(tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other", {"lib.py": "ONE = 1\n"})
    story = Story(tmp_path, {".gitmodules": MODULES})
    told = said_of(story, with_link(story.git, story.base, other.commit("HEAD")))
    assert_blind(told, "'vendored'", "not in this repository", "git submodule update --init vendored")


@pytest.mark.parametrize("sees", [True, False])
def test_submodule_that_moves_is_seen_only_where_it_is_loaded(tmp_path: Path, sees: bool) -> None:
    """The tests import what stands in the submodule's folder, or a copy that was installed."""
    other = make_repo(tmp_path / "other", {"lib.py": "ONE = 1\n"})
    old = other.commit("HEAD")
    write(other.root, {"lib.py": "ONE = 1  # more\n"})
    new = commit_all(other.root)
    write(tmp_path / "installed", {"lib.py": "ONE = 1\n"})
    place = "vendored" if sees else tmp_path / "installed"
    run = f"PYTHONPATH={place} {BEHIND}"
    story = Story(tmp_path, {".gitmodules": MODULES, "tests/test_lib.py": USES}, run=run)
    shutil.copytree(other.root / ".git", story.git.common_dir / "modules" / "lib")
    story.base = with_link(story.git, story.base, old)
    told = said_of(story, with_link(story.git, story.base, new))
    if sees:
        assert told is None
    else:
        loaded = f"lib is loaded from {tmp_path}/installed/lib.py"
        assert_blind(told, "vendored/lib.py cannot be loaded", loaded)


def test_changed_pointer_of_git_lfs(tmp_path: Path) -> None:
    data = b"weights"
    oid = hashlib.sha256(data).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"
    files = {".gitattributes": "*.bin filter=lfs\n"}
    story = Story(tmp_path, files)
    change = {**CHANGE, "app/model.bin": pointer}
    assert_blind(said(story, change), "'app/model.bin' is a git-lfs pointer", "7 bytes", "git lfs pull")
    write(story.git.common_dir, {f"lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}": data})
    assert said(story, change) is None


def test_asking_again_runs_nothing_again(tmp_path: Path) -> None:
    run = f"PYTHONPATH={{cache}} {BEHIND}"
    story = Story(tmp_path, SOURCES, run=run, setup="cp -r src/app {cache}")
    told = said(story, MOVED)
    made = story.runs.count
    assert said(story, MOVED) == told
    assert story.runs.count == made


def test_script_that_is_named_like_a_module_of_python_is_no_other_copy(tmp_path: Path) -> None:
    """Not loaded by any test, and nothing is said of Python's own `json`; beside loaded files it passes."""
    story = Story(tmp_path)
    script = {"scripts/json.py": "ONE = 1\n"}
    assert said(story, script) == (
        "not under test: the suite stays green when scripts/json.py cannot be loaded"
    )
    assert said(story, {**script, **CHANGE}) is None


# -- what happens by accident, or in another folder -------------------------------------------------

# As `pip install -e .` leaves it in `{cache}`: a path to the folder that it was run in.
IN_PLACE: dict[str, Any] = {
    "setup": "echo $PWD/src > {cache}/place",
    "run": f"PYTHONPATH=$(cat {{cache}}/place) {BEHIND}",
}


def test_no_run_lies_where_setup_installed_the_project_in_place(tmp_path: Path) -> None:
    """Else one run at a time would see its own tree by luck, and of two at once one would see the other's."""
    story = Story(tmp_path, SOURCES, **IN_PLACE)
    broken = story.commit({"src/app/price.py": "def net(gross):\n    return gross\n"})

    async def both() -> list[SuiteRun]:
        found = await asyncio.gather(story.suite.run(story.base), story.suite.run(broken))
        await story.places.aclose()
        return list(found)

    for run in asyncio.run(both()):
        # Nothing is found there by either: the base is red, and the gate says that it cannot be asked.
        assert set(run.outcomes.values()) == {Outcome.ERROR}
        assert "No module named 'app'" in " ".join(run.messages.values())


NOW_AND_THEN = (
    "import os, app.price\n\n\ndef test_often():\n    seen = os.environ['GC_SEEN']\n"
    "    size = os.path.getsize(seen) if os.path.exists(seen) else 0\n"
    "    open(seen, 'a').write('x')\n    assert size != 1\n\n\n"
    "def test_one():\n    pass\n\n\ndef test_two():\n    pass\n"
)


@pytest.mark.parametrize("selects", [True, False])
def test_a_test_that_fails_by_accident_is_no_proof(tmp_path: Path, selects: bool) -> None:
    """It passes at the base, fails in the first run on the spoiled tree, and passes in the next one."""
    tests = {**SOURCES, "tests/test_price.py": NOW_AND_THEN}
    run = f"GC_SEEN={tmp_path}/seen PYTHONPATH={{cache}} {BEHIND}"
    select: dict[str, Any] = {"select": f"{run} {{tests}}"} if selects else {}
    story = Story(tmp_path, tests, setup="cp -r src/app {cache}", run=run, **select)
    assert_blind(said(story, MOVED), "src/app/price.py cannot be loaded", "app is loaded from")


def test_a_test_that_loads_late_is_a_proof_that_came_twice(tmp_path: Path) -> None:
    late = "\n\ndef test_net():\n    from app import price\n    assert price.net(3) == 2\n"
    story = Story(tmp_path, {"tests/test_price.py": "def test_one():\n    pass\n" + late})
    assert said(story, CHANGE) is None


def pointer_to(data: bytes) -> tuple[str, str]:
    """A pointer, and where git-lfs keeps what it points to."""
    oid = hashlib.sha256(data).hexdigest()
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(data)}\n"
    return text, f"lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"


def test_pointer_among_the_tests_of_a_candidate(tmp_path: Path) -> None:
    """The judge run has the base's copy; the own run would have a pointer in place of the data."""
    text, place = pointer_to(b"the data")
    story = Story(tmp_path, {".gitattributes": "*.bin filter=lfs\n"})
    change = story.commit({**CHANGE, "tests/data.bin": text})

    async def doubt() -> str | None:
        asked = candidate(story.git, story.base, change)
        found = await put(await story.judge(), asked)
        await story.places.aclose()
        return found.trees[-1].verdict.doubt

    assert_blind(asyncio.run(doubt()), "'tests/data.bin' is a git-lfs pointer", "git lfs pull")
    write(story.git.common_dir, {place: b"the data"})
    assert asyncio.run(doubt()) is None


def test_text_like_a_pointer_is_a_text_where_nothing_uses_git_lfs(tmp_path: Path) -> None:
    assert said(Story(tmp_path), {**CHANGE, "app/model.bin": pointer_to(b"x")[0]}) is None


def test_baseline_knows_what_was_not_here(tmp_path: Path) -> None:
    """Else a test that failed for want of a submodule would stay nobody's fault after it is fetched."""
    other = make_repo(tmp_path / "other", {"lib.py": "ONE = 1\n"})
    text, place = pointer_to(b"weights")
    story = Story(tmp_path, {".gitmodules": MODULES, ".gitattributes": "*.bin filter=lfs\n", "m.bin": text})
    base = with_link(story.git, story.base, other.commit("HEAD"))

    def digest() -> str:
        suite = Suite(
            git=story.git,
            trees=story.places,
            sandbox=Plain(),
            gate=story.spec.gate,
            base=base,
            cache=tmp_path / "cache",
        )
        return suite.digest

    nothing = digest()
    assert lacks(story.git, base) == [
        "without vendored in every run (not fetched): git submodule update --init",
        "without the contents of m.bin in every run: git lfs pull",
    ]
    shutil.copytree(other.root / ".git", story.git.common_dir / "modules" / "lib")
    one = digest()
    write(story.git.common_dir, {place: b"weights"})
    assert len({nothing, one, digest()}) == 3
    assert lacks(story.git, base) == []
