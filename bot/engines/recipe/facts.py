"""What one Python file says about names: what it defines, uses, imports and exports.

Facts depend on the bytes alone, never on the path, so that one blob is read once for all runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["function", "class", "method", "property", "import"]

FACTS_VERSION = 1
"""Part of the name of any stored cache: raise it whenever the same bytes give other facts."""

LOCALS = "<locals>"


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, class, method, property or one imported name."""

    kind: Kind
    name: str
    qualname: str
    """As Python spells it: `Class.method`, `outer.<locals>.inner`."""
    line: int
    """The first decorator's line where there is one."""
    last_line: int
    decorators: tuple[str, ...] = ()
    module: str = ""
    """Of an import, as written, with its leading dots."""
    imported: str = ""
    """The name taken out of the module; empty for `import module`."""
    guarded: bool = False
    """Inside `try:` or `suppress()`: the import itself is a test."""
    noqa: bool = False
    """The author tells linters to leave it alone, on the line or for the file."""

    @property
    def toplevel(self) -> bool:
        return "." not in self.qualname

    @property
    def in_class(self) -> bool:
        return not self.toplevel and not self.qualname.rpartition(".")[0].endswith(LOCALS)

    @property
    def source(self) -> str:
        """The dotted name that an import reaches: `..pkg.mod.name`."""
        return dotted_join(self.module, self.imported)

    def holds(self, other: Definition) -> bool:
        return self.kind != "import" and other.qualname.startswith(f"{self.qualname}.") and self._spans(other)

    def _spans(self, other: Definition) -> bool:
        return self.line <= other.line and other.last_line <= self.last_line


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file that cannot be parsed is `broken`: it defines nothing, and every word in it counts as used."""

    definitions: tuple[Definition, ...] = ()
    """In source order, outer before inner."""
    used: frozenset[str] = frozenset()
    """Vulture's `used_names` and the names in quoted annotations; an import is no use."""
    reached: frozenset[str] = frozenset()
    """Dotted names that start at an import, as written: `os.path`, `..mod.name`, `.mod.*`."""
    exports: frozenset[str] = frozenset()
    """The entries of `__all__`, however it is built."""
    generated: bool = False
    main: bool = False
    """Has an `if __name__ == "__main__"`."""
    shebang: bool = False
    effects: bool = False
    """Loading it does more than define: a call, a decorator, a subclass. Somebody may import it for that."""
    hollow: bool = False
    """Nothing is left but docstring, imports and `__all__`."""
    broken: bool = False


def dotted_join(module: str, name: str) -> str:
    if not name:
        return module
    return f"{module}{name}" if not module or module.endswith(".") else f"{module}.{name}"


def dump_facts(facts: FileFacts) -> dict[str, Any]:
    """The JSON form; equal facts give equal bytes."""
    return {name: _plain(value) for name, value in asdict(facts).items()}


def load_facts(data: Mapping[str, Any]) -> FileFacts:
    values: dict[str, Any] = dict(data)
    values["definitions"] = tuple(_definition(one) for one in data["definitions"])
    for name in ("used", "reached", "exports"):
        values[name] = frozenset(data[name])
    return FileFacts(**values)


def _definition(data: Mapping[str, Any]) -> Definition:
    return Definition(**{**data, "decorators": tuple(data["decorators"])})


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
