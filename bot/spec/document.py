"""One YAML document as plain data, and where in the text every value stands.

Built on PyYAML's events alone: scalars mean what YAML 1.2 says (`on`, `yes` and `12:30` are text, a key is
the text that was written), nothing is constructed, and depth and size are bounded before they cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.spec.problem import Path, Place, Problem, shown
from bot.spec.text import Unreadable, find_odd, syntax_explained, text_of

MAX_NODES = 20_000
MAX_DEPTH = 40

RE_INT = re.compile(r"[-+]?[0-9]{1,18}")
RE_BASED_INT = re.compile(r"0(?:o[0-7]{1,20}|x[0-9a-fA-F]{1,15})")
RE_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
RE_NOT_FINITE = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|nan|NaN|NAN)")

WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass
class Document:
    """`data` holds dicts, lists, text, numbers, booleans and None; `problems` are those of its form."""

    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place_of(self, path: Path) -> Place:
        """Where a value stands; for what is missing, where its parent's key stands."""
        for end in range(len(path), -1, -1):
            if place := self.values.get(path[:end]):
                return place if end == len(path) else self.keys.get(path[:end], place)
        return (1, 1)


@dataclass
class _Node:
    """`value`: a scalar, a list of nodes, or a list of (key or None, key's place, node)."""

    kind: str
    value: Any
    place: Place
    size: int = 1


class _Builder:
    """Events to nodes. An alias is the node that its anchor names; what it stands for is counted again."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._anchors: dict[str, _Node | None] = {}
        self._seen = 0
        self.problems: list[Problem] = []

    def root(self) -> _Node:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise Unreadable("the file is empty: a spec needs at least 'goal' and 'gate.run'")
        node = self._node(self._next(), 0)
        self._next()
        if isinstance(event := self._next(), yaml.DocumentStartEvent):
            raise Unreadable("holds several documents: one file is one spec, remove the '---'", _place(event))
        return node

    def _next(self) -> Any:
        return next(self._events)

    def _count(self, nodes: int, place: Place) -> None:
        self._seen += nodes
        if self._seen > MAX_NODES:
            raise Unreadable(f"holds more than {MAX_NODES} values once its aliases are written out", place)

    def _node(self, event: Any, depth: int) -> _Node:
        place = _place(event)
        if depth > MAX_DEPTH:
            raise Unreadable(f"is nested more than {MAX_DEPTH} levels deep", place)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, place)
        self._count(1, place)
        if event.anchor:
            self._anchors[event.anchor] = None
        if event.tag is not None:
            self.problems.append(
                Problem((), f"a spec uses no YAML tags, but here is {shown(event.tag)}", place)
            )
        node = self._built(event, depth, place)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, place: Place) -> _Node:
        if event.anchor not in self._anchors:
            raise Unreadable(
                f"the alias *{event.anchor} has no anchor; a value that begins with * needs quotes", place
            )
        node = self._anchors[event.anchor]
        if node is None:
            raise Unreadable(f"the alias *{event.anchor} stands inside of what it names", place)
        self._count(node.size, place)
        return _Node(node.kind, node.value, place, node.size)

    def _built(self, event: Any, depth: int, place: Place) -> _Node:
        if isinstance(event, yaml.ScalarEvent):
            text = self._checked(event.value, place)
            plain = event.implicit[0] and event.style is None
            return _Node("scalar", _scalar(text) if plain else text, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth, place)
        return self._mapping(depth, place)

    def _checked(self, text: str, place: Place) -> str:
        """What the text of the file may not hold may not come in by an escape either."""
        if odd := find_odd(text):
            self.problems.append(Problem((), f"holds the invisible character U+{ord(odd[0]):04X}", place))
        return text.encode("utf-8", "replace").decode()

    def _sequence(self, depth: int, place: Place) -> _Node:
        items: list[_Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return _Node("sequence", items, place, 1 + sum(item.size for item in items))

    def _mapping(self, depth: int, place: Place) -> _Node:
        pairs: list[tuple[str | None, Place, _Node]] = []
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            pairs.append((key, _place(event), self._node(self._next(), depth + 1)))
        return _Node("mapping", pairs, place, 1 + sum(1 + node.size for _, _, node in pairs))

    def _key(self, event: Any, depth: int) -> str | None:
        """The text as written. What cannot be a key is told, and read past."""
        place = _place(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, depth + 1)
            self.problems.append(
                Problem((), "a key must be plain text (an '{...}' or '*...' needs quotes?)", place)
            )
            return None
        self._count(1, place)
        key = self._checked(event.value, place)
        if event.value == "<<" and event.style is None:
            self.problems.append(Problem((), "merge keys (<<) are not read: write the values out", place))
            return None
        if not event.value:
            self.problems.append(Problem((), "a key is empty", place))
            return None
        return key


def _scalar(text: str) -> object:
    if text in WORDS:
        return WORDS[text]
    if RE_INT.fullmatch(text):
        return int(text)
    if RE_BASED_INT.fullmatch(text):
        return int(text, 0)
    if len(text) <= 40 and RE_FLOAT.fullmatch(text):
        return float(text)
    if odd := RE_NOT_FINITE.fullmatch(text):
        return float(f"{odd[1]}inf" if odd[2] else "nan")
    return text


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _laid_out(node: _Node, path: Path, document: Document) -> Any:
    """Plain data of a node; notes the places of all that it holds."""
    document.values[path] = node.place
    if node.kind == "scalar":
        return node.value
    if node.kind == "sequence":
        return [_laid_out(item, (*path, index), document) for index, item in enumerate(node.value)]
    data: dict[str, Any] = {}
    for key, place, value in node.value:
        if key is None:
            continue
        here = (*path, key)
        if key in data:
            first = document.keys[here][0]
            document.problems.append(Problem(here, f"stands here twice; the first is on line {first}", place))
            continue
        document.keys[here] = place
        data[key] = _laid_out(value, here, document)
    return data


def read(data: bytes) -> Document:
    """Raises Unreadable where there is nothing to go on with; all else is in `problems`."""
    text = text_of(data)
    builder = _Builder(text)
    try:
        root = builder.root()
    except yaml.YAMLError as err:
        raise syntax_explained(err, text) from err
    except (ValueError, OverflowError) as err:  # an escape such as "\\UFFFFFFFF"
        raise Unreadable("holds an escape (\\U...) that is no character") from err
    if root.kind != "mapping":
        raise Unreadable("must be a mapping: lines of 'key: value', beginning with 'goal:'", root.place)
    document = Document(problems=builder.problems)
    document.data = _laid_out(root, (), document)
    return document
