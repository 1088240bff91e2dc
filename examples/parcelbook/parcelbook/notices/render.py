"""Notices: a template has fields, and a field may name a filter, as in `{{ grams | kilos }}`."""

import html
import re
from importlib import resources

from parcelbook.config.settings import Settings
from parcelbook.domain.parcel import Parcel
from parcelbook.notices import filters

FIELD = re.compile(r"\{\{\s*(\w+)\s*(?:\|\s*(\w+)\s*)?\}\}")

SHORT_TEXTS = {
    "delivered": "Parcel {{ number }} was delivered in {{ city | in_capitals }}.",
    "damaged": "Parcel {{ number }} is with our inspectors. We call you within two days.",
}


class NoTemplate(LookupError):
    """There is no text of this name."""


def notice(parcel: Parcel, template: str, settings: Settings) -> str:
    return render(_template(template), _values(parcel, settings))


def short_notice(parcel: Parcel, settings: Settings) -> str:
    """A text message for the parcel's status."""
    if parcel.status not in SHORT_TEXTS:
        raise NoTemplate(f"there is no text message for the status {parcel.status}")
    return render(SHORT_TEXTS[parcel.status], _values(parcel, settings))


def render(text: str, values: dict[str, object]) -> str:
    def fill(match: re.Match[str]) -> str:
        name, filter_name = match.groups()
        value = values[name]
        return str(getattr(filters, filter_name)(value) if filter_name else value)

    return FIELD.sub(fill, text)


def strip_markup(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text))


def template_names() -> list[str]:
    folder = resources.files("parcelbook.notices").joinpath("templates")
    return sorted(entry.name.removesuffix(".txt") for entry in folder.iterdir())


def _template(name: str) -> str:
    if name not in template_names():
        raise NoTemplate(f"there is no template {name}, only {', '.join(template_names())}")
    folder = resources.files("parcelbook.notices").joinpath("templates")
    return folder.joinpath(name + ".txt").read_text("utf-8")


def _values(parcel: Parcel, settings: Settings) -> dict[str, object]:
    last = parcel.last_event()
    return {
        **parcel.as_row(),
        "depot": settings.depot_name,
        "price": (parcel.price, settings.currency),
        "day": last.at if last else None,
        "locker": parcel.locker or "our counter",
    }
