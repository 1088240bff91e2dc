"""The formats that come with Parcelbook."""

import csv
import json
from typing import TextIO

from parcelbook.domain.parcel import Parcel


class CsvExporter:
    suffix = ".csv"

    def write(self, parcels: list[Parcel], stream: TextIO) -> None:
        rows = [parcel.as_row() for parcel in parcels]
        if rows:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


class JsonLinesExporter:
    suffix = ".jsonl"

    def write(self, parcels: list[Parcel], stream: TextIO) -> None:
        for parcel in parcels:
            stream.write(json.dumps(parcel.as_row(), default=str) + "\n")
