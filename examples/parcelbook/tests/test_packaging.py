"""What `pyproject.toml` promises is there."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))[
    "project"
]
PLUGINS = PROJECT["entry-points"]["parcelbook.exporters"]

MANIFEST = """\
name,street,postcode,city,country,grams
Ada Vos,Kade 12,1011 AB,Amsterdam,NL,2400
Eva Klein,Hafenallee 7,20457,Hamburg,DE,800
"""


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "book.json", capsys)


def loaded(name: str, value: str) -> Any:
    return EntryPoint(name, value, "").load()


@pytest.mark.parametrize("name", sorted(PROJECT["scripts"]))
def test_every_script_has_a_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        loaded(name, PROJECT["scripts"][name])(["--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: {name} ")


@pytest.mark.parametrize("name", sorted(PLUGINS))
def test_every_plugin_is_an_exporter(name: str) -> None:
    exporter = loaded(name, PLUGINS[name])()
    assert exporter.suffix.startswith(".")
    assert callable(exporter.write)


def test_a_manifest_is_imported(
    tmp_path: Path, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(MANIFEST, "utf-8")
    script = loaded("import", PROJECT["scripts"]["parcelbook-import"])
    assert script([str(manifest), "--book", str(shell.book)]) == 0
    assert capsys.readouterr().out == "2 parcels registered\n"
    assert len(shell("list").splitlines()) == 2
