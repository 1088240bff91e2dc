"""What became of every unit. The host writes every unit in before the script starts; what nobody takes
up is not-run, and the conclusion is computed from here, never told (promise P1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.types.ids import UnitId
from bot.types.unit import Conclusion, Fate, Shard, Status

NOT_TAKEN = Fate(Status.NOT_RUN, "the script did not take it up")
NOT_FINISHED = Fate(Status.NOT_RUN, "taken up, and the run ended before it was done")
DONE = frozenset({Status.FAILED, Status.NOT_RUN})


class Ledger:
    """The units of a run with their fates. A fate may be corrected as the run goes on, never lost."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards = {shard.id: shard for shard in shards}
        self._fates: dict[UnitId, Fate] = {}
        self._taken: set[UnitId] = set()

    def __iter__(self) -> Iterator[Shard]:
        return iter(self._shards.values())

    def __len__(self) -> int:
        return len(self._shards)

    def shard(self, unit: UnitId) -> Shard:
        return self._shards[unit]

    def owner(self, path: str) -> UnitId | None:
        """The unit whose shard holds a path."""
        for shard in self._shards.values():
            if path in shard.files:
                return shard.id
        return None

    def set(self, unit: UnitId, status: Status, cause: str | None = None) -> Fate:
        """Write a unit's fate; KeyError for a unit that the host did not make."""
        fate = Fate(status, cause)
        self._fates[self._shards[unit].id] = fate
        return fate

    def take(self, unit: UnitId) -> None:
        """The script has taken the unit up: until it has a fate, it was begun and not finished."""
        self._taken.add(self._shards[unit].id)

    def clear(self, unit: UnitId) -> None:
        """A later attempt went well: what an earlier one left here no longer holds."""
        self._fates.pop(unit, None)

    def settled(self, unit: UnitId) -> bool:
        return unit in self._fates

    def fate(self, unit: UnitId) -> Fate:
        return self._fates.get(unit, NOT_FINISHED if unit in self._taken else NOT_TAKEN)

    @property
    def fates(self) -> Mapping[UnitId, Fate]:
        return {unit: self.fate(unit) for unit in self._shards}

    @property
    def untaken(self) -> list[Shard]:
        return [shard for unit, shard in self._shards.items() if self.fate(unit) is NOT_TAKEN]


def conclude(fates: Iterable[Fate], *, script_failed: bool = False) -> Conclusion:
    """complete = nothing failed and nothing not-run; failed = no unit has any other status; partial = the
    rest. A script that failed is never complete: nobody knows what it would have done. An empty ledger is
    complete: the caller says that there was nothing to do."""
    statuses = [fate.status for fate in fates]
    unfinished = [status for status in statuses if status in DONE]
    if not unfinished:
        return Conclusion.PARTIAL if script_failed else Conclusion.COMPLETE
    return Conclusion.FAILED if len(unfinished) == len(statuses) else Conclusion.PARTIAL
