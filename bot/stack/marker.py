"""What pull requests and commits carry for the next run: a hidden marker and trailers.

Both are read back as foreign text: anybody who may edit a pull request may have written them.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.types.ids import Branch, LayerId, UnitId
from bot.types.stack import Pull

LONGEST = 1024
RE_MARKER = re.compile(r"<!-- gatecrew:(\{.{0,1024}\}) -->")
RE_UNIT = re.compile(r"^Gatecrew-Unit: (\S{1,120})$", re.MULTILINE)
RE_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,120}$")]


class Marker(BaseModel):
    """Which layer a pull request is. `units` is empty where they had no room: the commit names them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    workflow: Name
    layer: Name
    units: tuple[Name, ...] = ()

    def __str__(self) -> str:
        text = f"<!-- gatecrew:{self.model_dump_json()} -->"
        return text if len(text) <= LONGEST or not self.units else str(self.model_copy(update={"units": ()}))


def read_marker(body: str) -> Marker | None:
    """The last marker of a body: ours comes last."""
    for text in reversed(RE_MARKER.findall(body)):
        try:
            return Marker.model_validate_json(text)
        except ValidationError:
            continue
    return None


def campaign_marker(workflow: str) -> str:
    return f"<!-- gatecrew-campaign:{slug(workflow)} -->"


def slug(workflow: str) -> str:
    """A workflow's name as a part of a branch's."""
    return RE_UNSAFE.sub("-", workflow).strip("-") or "workflow"


def prefix(workflow: str) -> str:
    """How the branches of a workflow start."""
    return f"gatecrew/{slug(workflow)}/"


def branch(workflow: str, layer: LayerId) -> Branch:
    return Branch(prefix(workflow) + layer)


def layer_of(workflow: str, pull: Pull) -> LayerId:
    """The branch's name tells the layer; bodies may be edited."""
    return LayerId(pull.branch.removeprefix(prefix(workflow)))


def units_in(message: str) -> tuple[UnitId, ...]:
    """The units that a commit's trailers name."""
    return tuple(UnitId(unit) for unit in RE_UNIT.findall(message))
