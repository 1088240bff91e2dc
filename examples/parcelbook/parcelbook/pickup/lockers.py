"""A wall of locker doors."""

import heapq
import secrets
from collections.abc import Iterable


class WallFull(RuntimeError):
    """Every door has a parcel behind it."""


class LockerWall:
    def __init__(self, doors: Iterable[str]) -> None:
        self._behind: dict[str, str | None] = dict.fromkeys(doors)

    def free_doors(self) -> list[str]:
        return [door for door, number in self._behind.items() if number is None]

    def occupy(self, door: str, number: str) -> None:
        self._behind[door] = number

    def place(self, number: str) -> str:
        """Put a parcel behind some free door, so that all doors wear alike."""
        free = self.free_doors()
        if not free:
            raise WallFull("there is no free door")
        door = secrets.choice(free)
        self.occupy(door, number)
        return door

    def doors_by_row(self) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = {}
        for door in self._behind:
            rows.setdefault(door[0], []).append(door)
        return rows
