"""One audit of a small application that holds one of each trap, from the first unit to the pull requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories import Place

SHOP: dict[str, str | bytes] = {
    "pyproject.toml": (
        '[project]\nname = "shop"\nversion = "1"\n\n[project.scripts]\nshop = "shop.main:main"\n'
    ),
    "shop/__init__.py": "",
    "shop/main.py": "from shop.price import net\n\n\ndef main():\n    print(net(2))\n",
    # Dead, and what only the dead use: `_up` goes with `markup`.
    "shop/price.py": (
        "def net(gross):\n    return gross - 1\n\n\n"
        "def markup(amount):\n    return _up(amount)\n\n\ndef _up(amount):\n    return amount + 1\n"
    ),
    # A chain over two files: nothing uses `duty` but an import that nothing uses either.
    "shop/old.py": "from shop.tax import duty\n\n\nOLD = 1\n",
    "shop/tax.py": "def duty(amount):\n    return amount * 2\n\n\ndef rate():\n    return 3\n",
    # Looks dead to whoever reads Python, but a configuration names it; `bye` stands beside it and is dead.
    "shop/hooks.py": "def welcome():\n    return 'hi'\n\n\ndef bye():\n    return 'bye'\n\n\nHOOKS = 1\n",
    "hooks.ini": "[hooks]\nopen = shop.hooks:welcome\n",
    # Looks dead to every reader, but a test knows it by a name that it puts together.
    "shop/codes.py": "def rebate():\n    return 'r'\n\n\nCODES = 1\n",
    "tests/test_shop.py": (
        "from shop import hooks, main, old, price\n\n\n"
        "def test_net():\n    assert price.net(2) == 1\n\n\n"
        "def test_main():\n    assert main.main() is None\n\n\n"
        "def test_old():\n    assert old.OLD and hooks.HOOKS\n"
    ),
    "tests/test_tax.py": "from shop.tax import rate\n\n\ndef test_rate():\n    assert rate() == 3\n",
    "tests/test_codes.py": (
        "from shop import codes\n\n\ndef test_codes():\n    assert getattr(codes, 'etaber'[::-1])() == 'r'\n"
    ),
    # Fails at the base already: nobody's fault.
    "tests/test_broken.py": "def test_broken():\n    assert 1 == 2\n",
}

PICTURE = """
shop-codes-py: rejected (gate: breaks tests.test_codes::test_codes: it failed)
shop-hooks-py: proposed
shop-main-py: unchanged (nothing here is unused)
shop-old-py: proposed
shop-price-py: proposed
shop-tax-py: proposed

#2 shop-hooks-py-and-1-more -> main: Remove what nothing uses in shop
    shop/hooks.py
      - def bye():
      -     return 'bye'
    shop/old.py
      - from shop.tax import duty

#3 shop-price-py -> main: Remove what nothing uses in shop/price.py
    shop/price.py
      - def markup(amount):
      -     return _up(amount)
      - def _up(amount):
      -     return amount + 1

#4 shop-tax-py -> shop-hooks-py-and-1-more: Remove what nothing uses in shop/tax.py
    shop/tax.py
      - def duty(amount):
      -     return amount * 2
"""


@pytest.fixture
def shop(tmp_path: Path) -> Place:
    return Place(
        tmp_path,
        SHOP,
        script="audit",
        files={"include": ["shop/*.py", "!shop/__init__.py"]},
        stack={"max_lines": 8},
        gate={"runs": 2},
    )


def test_the_audit_of_a_small_application(shop: Place) -> None:
    played = shop.run()

    assert (played.code, played.there.conclusion) == (0, "complete")
    assert shop.picture(played.there) == PICTURE.strip("\n")
    gate = played.there.gate
    assert gate is not None
    assert (gate.pass_rate, gate.baseline.stable_pass, gate.baseline.stable_fail) == (1.0, 5, 1)
    assert gate.known_failures == ("tests.test_broken::test_broken",)
    assert [(one.unit.rpartition("-")[0], one.tests, one.confirmed) for one in gate.evicted] == [
        ("shop-codes-py", ("tests.test_codes::test_codes",), True)
    ]

    (finding,) = played.there.findings
    assert (finding.subject, finding.evidence[0].path) == ("shop/hooks.py::welcome", "hooks.ini")
    assert finding.evidence[0].text == "open = shop.hooks:welcome"


def test_a_second_audit_adds_nothing(shop: Place) -> None:
    first = shop.run()
    picture, heads = shop.picture(first.there), shop.heads()
    second = shop.run()
    assert (second.agents, second.suite_runs) == (0, [])
    assert (shop.picture(second.there), shop.heads()) == (picture, heads)


def test_the_next_audit_after_a_landing_goes_on_from_there(shop: Place) -> None:
    """Pull requests 2 and 3 land; what was above 2 now stands on main, and nobody works anew on it."""
    shop.run()
    forge = shop.forge()
    for number in (2, 3):
        forge.merge(number)
    shop.git.run("fetch", "--quiet", str(forge.bare.common_dir), "main")
    shop.git.run("reset", "--quiet", "--hard", "FETCH_HEAD")

    played = shop.run()

    assert (played.code, played.fates["shop-tax-py"]) == (0, "proposed")
    assert {
        name: fate for name, fate in played.fates.items() if name in ("shop-old-py", "shop-price-py")
    } == {
        "shop-old-py": "unchanged",
        "shop-price-py": "unchanged",
    }
    pulls = {pull.number: (pull.state, pull.base_branch) for pull in shop.forge().pulls("gatecrew/")}
    assert pulls == {2: ("merged", "main"), 3: ("merged", "main"), 4: ("open", "main")}
