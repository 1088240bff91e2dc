"""Fed before every script: what a script may use without importing it."""

import asyncio
from typing import Any

from gatecrew import log


async def _one(fn: Any, item: Any, index: int, kept: dict[int, Any]) -> None:
    try:
        kept[index] = await fn(item)
    except RuntimeError as err:
        log(f"{err}")


async def each(items: Any, fn: Any) -> list[Any]:
    """Run an async function on all items at once; the results in the items' order. What fails is logged
    and left out: the ledger holds it."""
    kept: dict[int, Any] = {}
    await asyncio.gather(*[_one(fn, item, index, kept) for index, item in enumerate(items)])
    return [kept[index] for index in sorted(kept)]
