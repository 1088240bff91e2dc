"""`parcelbook-import`: registers every line of a manifest."""

import argparse
import csv
from pathlib import Path

from parcelbook.app import Depot
from parcelbook.config.settings import load_settings
from parcelbook.domain.address import Address
from parcelbook.storage.backends import JsonFileStorage


def import_manifest(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="parcelbook-import")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--book", type=Path, default=Path("parcels.json"))
    args = parser.parse_args(argv)
    depot = Depot(JsonFileStorage(args.book), load_settings())
    with args.manifest.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        depot.register(_address(row), int(row["grams"]))
    print(f"{len(rows)} parcels registered")
    return 0


def _address(row: dict[str, str]) -> Address:
    return Address(row["name"], row["street"], row["postcode"], row["city"], row["country"])
