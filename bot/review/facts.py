"""What one Python file says: definitions, imports, uses, strings, exports and computed names.

Facts depend on the bytes alone, never on the path, so that they may be kept by content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What can be removed and still be named."""

    MODULE = "module"
    FUNCTION = "function"
    CLASS = "class"
    METHOD = "method"
    IMPORT = "import"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True)
class Decorator:
    name: str
    """Dotted, as written and without its arguments; empty where it is more than a name."""
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Definition:
    """Anything that a module or a class binds by `def`, `class` or, in a module, by assignment."""

    kind: Kind
    qualname: str
    line: int
    end: int
    decorators: tuple[Decorator, ...] = ()
    bases: tuple[str, ...] = ()
    """Dotted, as written; empty where a base is more than a name."""
    metaclass: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name; `name` is empty for `import module` and `*` for all of it."""

    line: int
    module: str
    level: int
    name: str
    bound: str
    toplevel: bool
    """In the module itself or in a block of it, not in a function or a class."""
    explicit: bool = False
    """`import x as x` says that the name is meant for others."""
    statement: int = 0
    """The line where the whole statement begins."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """`base.name` is read; `base` is empty where it is more than names and dots."""

    base: str
    line: int
    inside: str
    """The class around it, so that `self` has a meaning."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string that is no docstring."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name that is put together at run time; a hole is None. `direct`: `getattr` itself is asked for it."""

    parts: tuple[str | None, ...]
    line: int
    direct: bool = False
    folded: bool = False
    """Changed in case afterwards."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One file's facts; `broken` where it cannot be parsed, and then there are none but its lines."""

    lines: tuple[str, ...] = ()
    broken: bool = False
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    imports: tuple[Import, ...] = ()
    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Names that are read and that no function around them binds."""
    attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    stored: frozenset[str] = frozenset()
    """`Class.name` where a method sets the name on `self`."""
    class_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """`Class.name` where a class body itself reads the name."""
    texts: tuple[Text, ...] = ()
    exports: Mapping[str, int] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    """Only those of a file that looks names up at run time."""
    lists_modules: int = 0
    """The line where the file lists the modules around it (`pkgutil.iter_modules`)."""
    acts: int = 0
    """The line of the first call that loading the file makes for its effect."""

    def quote(self, line: int) -> str:
        return self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""

    def quote_all(self, line: int, end: int) -> str:
        """Several lines as one."""
        return " ".join(self.quote(at) for at in range(line, end + 1))

    @property
    def bound(self) -> frozenset[str]:
        """What the module itself binds, in whatever way."""
        imported = {one.bound for one in self.imports if one.toplevel}
        return frozenset(imported | self.definitions.keys())
