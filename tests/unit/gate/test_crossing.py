"""A test that has to do with a change is not excused by its reruns alone."""

from __future__ import annotations

import pytest

from bot.gate.crossing import crosses

TRACE = "tests/test_a.py:3: in test_x\napp/price.py:12: ValueError"


@pytest.mark.parametrize(
    ("changed", "message", "text", "expected"),
    [
        ("app/price.py", TRACE, "", True),
        ("app/tax.py", TRACE, "", False),
        ("app/price.py", "", "from app import price, text\n", True),
        ("app/price.py", "", "from app.price import net\n", True),
        ("app/price.py", "", "from app.prices import net\n", False),
        ("app/price.py", "", "reprice = 1\n", False),
        ("app/__init__.py", "", "import app\n", True),
        ("src/cart.ts", "", "import { add } from './cart';\n", True),
        ("src/cart/index.ts", "", "import { add } from '../src/cart';\n", True),
        ("src/cart.test-data.ts", "", "import { add } from './cart';\n", True),
        ("README.md", "", "", False),
        ("__init__.py", "", "anything", False),
    ],
)
def test_what_crosses(changed: str, message: str, text: str, expected: bool) -> None:
    assert crosses([changed], message, text) is expected
