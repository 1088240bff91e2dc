"""Exporters are plug-ins: classes that distributions name in an entry-point group."""

import codecs
import io
import tomllib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, TextIO

from parcelbook.domain.parcel import Parcel

GROUP = "parcelbook.exporters"
CHECKOUT = Path(__file__).parents[2] / "pyproject.toml"


class UnknownExporter(LookupError):
    """No plug-in has this name."""


class Exporter(Protocol):
    suffix: str

    def write(self, parcels: list[Parcel], stream: TextIO) -> None: ...


class NullExporter:
    """Writes nothing; it stood in for formats that were planned."""

    suffix = ""

    def write(self, parcels: list[Parcel], stream: TextIO) -> None:
        stream.write("")


def exporter_names() -> list[str]:
    return sorted(_plugins())


def load_exporter(name: str) -> Exporter:
    plugins = _plugins()
    if name not in plugins:
        raise UnknownExporter(f"there is no exporter {name}, only {', '.join(sorted(plugins))}")
    exporter: Exporter = plugins[name].load()()
    return exporter


def export_text(name: str, parcels: list[Parcel]) -> str:
    stream = io.StringIO()
    load_exporter(name).write(parcels, stream)
    return stream.getvalue()


def describe_plugins() -> list[str]:
    return [f"{name}: {plugin.value}" for name, plugin in sorted(_plugins().items())]


def _plugins() -> dict[str, EntryPoint]:
    installed = entry_points(group=GROUP)
    return {plugin.name: plugin for plugin in [*_of_checkout(), *installed]}


def _of_checkout() -> list[EntryPoint]:
    """Our own plug-ins, where the package runs from a checkout and is not installed."""
    if not CHECKOUT.exists():
        return []
    project = tomllib.loads(CHECKOUT.read_text("utf-8"))["project"]
    own = project["entry-points"][GROUP]
    return [EntryPoint(name, value, GROUP) for name, value in own.items()]
