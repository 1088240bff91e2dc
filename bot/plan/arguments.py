"""What a script hands to a verb, checked once more: the type-check lets `Any` through, and what a model
answered is `Any`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError, validate_call

from bot.plan.drive import VerbError

F = TypeVar("F", bound=Callable[..., Any])

STRICT = ConfigDict(strict=True, arbitrary_types_allowed=True)


def checked(verb: F) -> F:
    """The verb, which tells the script where an argument is not of its type."""
    validated: Callable[..., Any] = validate_call(config=STRICT)(verb)

    @wraps(verb)
    def at_once(*args: Any, **kwargs: Any) -> Any:
        try:
            return validated(*args, **kwargs)
        except ValidationError as err:
            raise _wrong(verb.__name__, err) from err

    @wraps(verb)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        try:
            return await validated(*args, **kwargs)
        except ValidationError as err:
            raise _wrong(verb.__name__, err) from err

    return awaited if inspect.iscoroutinefunction(verb) else at_once  # type: ignore[return-value]


def _wrong(name: str, err: ValidationError) -> VerbError:
    told = "; ".join(
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in err.errors(include_url=False)[:3]
    )
    return VerbError(f"{name}: {told}")
