"""Parcels as JSON text, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from parcelbook.domain.address import Address
from parcelbook.domain.parcel import Event, Parcel


class RecordEncoder(json.JSONEncoder):
    """Writes amounts and moments as text."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else str(o)


def dump_parcels(parcels: list[Parcel]) -> str:
    records = [asdict(parcel) for parcel in parcels]
    return json.dumps({"parcels": records}, cls=RecordEncoder, indent=2)


def load_parcels(text: str) -> list[Parcel]:
    return [_parcel(record) for record in json.loads(text)["parcels"]]


def split_fields(line: str) -> list[str]:
    """Fields of the old book, which doubled a bar that belonged to the text."""
    marked = line.replace("||", "\0")
    return [field.replace("\0", "|").strip() for field in marked.split("|")]


def _parcel(record: dict[str, Any]) -> Parcel:
    return Parcel(
        **{
            **record,
            "recipient": Address(**record["recipient"]),
            "price": Decimal(record["price"]),
            "events": [_event(event) for event in record["events"]],
        }
    )


def _event(record: dict[str, Any]) -> Event:
    return Event(**{**record, "at": datetime.fromisoformat(record["at"])})
