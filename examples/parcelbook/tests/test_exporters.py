import json

import pytest

from parcelbook.app import Depot
from parcelbook.exporters.loading import (
    UnknownExporter,
    export_text,
    exporter_names,
    load_exporter,
)


def test_the_formats_that_come_with_the_program() -> None:
    assert {"csv", "jsonl"} <= set(exporter_names())


@pytest.mark.parametrize(("name", "suffix"), [("csv", ".csv"), ("jsonl", ".jsonl")])
def test_an_exporter_knows_its_suffix(name: str, suffix: str) -> None:
    assert load_exporter(name).suffix == suffix


def test_csv(three: Depot) -> None:
    assert export_text("csv", three.parcels()).splitlines()[:2] == [
        "number,status,name,city,country,grams,price",
        "NL0000016,delivered,Ada Vos,Amsterdam,NL,2400,7.08",
    ]


def test_json_lines(three: Depot) -> None:
    records = [json.loads(line) for line in export_text("jsonl", three.parcels()).splitlines()]
    assert [record["city"] for record in records] == ["Amsterdam", "Den Burg", "Hamburg"]
    assert records[0]["price"] == "7.08"


@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_an_empty_book_is_an_empty_export(name: str) -> None:
    assert export_text(name, []) == ""


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UnknownExporter, match="there is no exporter xls, only csv, jsonl"):
        load_exporter("xls")
