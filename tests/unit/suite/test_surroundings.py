"""A baseline of other surroundings is another baseline."""

from __future__ import annotations

from pathlib import Path

from bot.suite.surroundings import surroundings


def tool(folder: Path, text: str = "#!/bin/sh\n") -> dict[str, str]:
    """An environment with a tool of its own."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "tool"
    program.write_text(text)
    program.chmod(0o755)
    return {"PATH": str(folder / "bin")}


def test_equal_surroundings_are_told_equally(tmp_path: Path) -> None:
    machine = tool(tmp_path)
    assert surroundings(machine, ["tool --run", None]) == surroundings(machine, ["tool --run", None])


def test_tool_that_was_upgraded_tells(tmp_path: Path) -> None:
    before = surroundings(tool(tmp_path), ["env X=1 tool"])
    assert surroundings(tool(tmp_path, "#!/bin/sh\n# 2.0\n"), ["env X=1 tool"]) != before


def test_package_that_was_upgraded_tells(tmp_path: Path) -> None:
    machine = tool(tmp_path)
    packages = tmp_path / "lib" / "python3.12" / "site-packages"
    (packages / "pytest-8.0.dist-info").mkdir(parents=True)
    before = surroundings(machine, ["tool"])
    (packages / "pytest-8.0.dist-info").rename(packages / "pytest-9.0.dist-info")
    assert surroundings(machine, ["tool"]) != before


def test_runner_image_tells(tmp_path: Path) -> None:
    machine = tool(tmp_path)
    assert surroundings(machine | {"ImageVersion": "2"}, ["tool"]) != surroundings(machine, ["tool"])


def test_command_that_does_not_exist_is_no_error(tmp_path: Path) -> None:
    assert surroundings({"PATH": str(tmp_path)}, ["'nope' | (grep x)", ""])
