"""Settings: the defaults, and a depot's own file over them."""

import configparser
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module, resources
from pathlib import Path
from typing import Any


class BadSettings(ValueError):
    """A settings file that cannot be used."""


@dataclass(frozen=True)
class Settings:
    depot_name: str
    home_country: str
    currency: str
    lockers: tuple[str, ...]
    base_price: Decimal
    price_per_kilo: Decimal
    surcharges: tuple[str, ...]


def load_settings(path: Path | None = None) -> Settings:
    """The defaults, with the tables of `path` over them."""
    tables = _defaults()
    if path is not None:
        tables = _merged(tables, _read(path))
    return _settings(tables)


def resolve(dotted: str) -> Callable[..., Any]:
    """The function that a settings file names, as `package.module.function`."""
    module, _, name = dotted.rpartition(".")
    try:
        found: Callable[..., Any] = getattr(import_module(module), name)
    except (AttributeError, ImportError, ValueError) as error:
        raise BadSettings(f"the settings name {dotted}, which does not exist") from error
    return found


def settings_from_environment(prefix: str) -> dict[str, str]:
    """The variables of the environment that start with the prefix, without it."""
    found = {key: value for key, value in os.environ.items() if key.startswith(prefix)}
    return {key.removeprefix(prefix).lower(): value for key, value in found.items()}


def _defaults() -> dict[str, Any]:
    text = resources.files("parcelbook.config").joinpath("defaults.toml").read_text("utf-8")
    return tomllib.loads(text)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{path} cannot be read: {error}") from error


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(own) - set(base))
    if unknown:
        raise BadSettings(f"unknown table in the settings: {', '.join(unknown)}")
    return {name: {**table, **own.get(name, {})} for name, table in base.items()}


def _settings(tables: dict[str, Any]) -> Settings:
    depot, tariff = tables["depot"], tables["tariff"]
    return Settings(
        depot_name=depot["name"],
        home_country=depot["home_country"],
        currency=depot["currency"],
        lockers=tuple(depot["lockers"]),
        base_price=Decimal(tariff["base"]),
        price_per_kilo=Decimal(tariff["per_kilo"]),
        surcharges=tuple(tariff["surcharges"]),
    )
