import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ADA, BEN
from shell import Shell

from parcelbook import __version__
from parcelbook.cli.main import main


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "book.json", capsys)


def test_register_prints_number_and_price(shell: Shell) -> None:
    assert shell("register", ADA, "--grams", "2400") == "NL0000016 7.08 EUR\n"


def test_quote_shows_every_line_and_registers_nothing(shell: Shell) -> None:
    assert shell("quote", BEN, "--grams", "2400").splitlines() == [
        "base                 6.65 EUR",
        "fuel share           0.43 EUR",
        "island ferry         3.50 EUR",
        "total               10.58 EUR",
    ]
    assert shell("list") == "\n"


def test_scan_and_show(shell: Shell) -> None:
    number = shell.register()
    assert shell("scan", number, "damaged", "--note", "wet") == f"{number} damaged\n"
    shown = shell("show", number).splitlines()
    assert shown[0] == "Ada Vos"
    assert shown[-2].endswith("damaged  wet")
    assert shown[-1] == "held: True"


def test_list_takes_a_status(shell: Shell) -> None:
    delivered, _ = shell.register(), shell.register(BEN)
    shell("scan", delivered, "delivered")
    assert len(shell("list").splitlines()) == 2
    assert shell("list", "--status", "delivered") == "NL 000 001 6  delivered         Amsterdam\n"


def test_report(shell: Shell) -> None:
    shell.register()
    assert shell("report") == "parcels in book  1\ntotal price      7.08\naverage price    7.08\n"
    assert len(shell("report", "--extended").splitlines()) == 6


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_export(shell: Shell, name: str) -> None:
    number = shell.register()
    assert number in shell("export", name)


def test_notice_by_template_and_by_text_message(shell: Shell) -> None:
    number = shell.register()
    shell("scan", number, "delivered")
    assert shell("notice", number, "--template", "delivered").startswith("Dear Ada Vos,")
    assert shell("notice", number) == f"Parcel {number} was delivered in AMSTERDAM.\n"


def test_label(shell: Shell) -> None:
    assert "Harbour depot" in shell("label", shell.register())


def test_place(shell: Shell) -> None:
    assert shell("place", shell.register()).strip() in {"A1", "A2", "B1", "B2"}


def test_customs(shell: Shell) -> None:
    assert shell("customs", "US", "100") == "3.50 EUR\n"


def test_tidy(shell: Shell) -> None:
    shell.register()
    shell.register(BEN)
    assert shell("tidy") == "backups deleted: 1\n"


def test_a_dry_run_changes_nothing(shell: Shell) -> None:
    shell.register()
    before = shell.book.read_bytes()
    assert shell("--dry-run", "register", BEN, "--grams", "500").startswith("NL0000021")
    assert shell.book.read_bytes() == before


def test_own_settings(shell: Shell, own_settings: Callable[[str], Path]) -> None:
    path = own_settings('[depot]\ncurrency = "CHF"\n[tariff]\nsurcharges = []\n')
    text = shell("--settings", str(path), "register", ADA, "--grams", "2400")
    assert text == "NL0000016 6.65 CHF\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["show", "NL0000016"], "no parcel has the number NL0000016"),
        (["show", "NL1"], "NL1 is not a parcel number"),
        (["register", "Ada", "--grams", "5"], "expected name; street"),
        (["register", ADA, "--grams", "99999"], "a parcel weighs 1 to 31500 grams"),
        (["customs", "DE", "100"], "there is no duty for DE"),
        (["--settings", "none.toml", "list"], "none.toml cannot be read"),
    ],
)
def test_errors_are_one_line(shell: Shell, argv: list[str], message: str) -> None:
    assert shell(*argv, code=1) == ""
    assert message in shell.err
    assert len(shell.err.splitlines()) == 1


@pytest.mark.parametrize("argv", [[], ["fly"], ["scan", "NL0000016", "eaten"], ["export", "xls"]])
def test_bad_arguments(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"    {name} " in text for name in ("register", "quote", "customs", "tidy"))


def test_the_package_can_be_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "parcelbook", "--version"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == __version__
