"""The commands of `parcelbook`."""

import shlex
from argparse import Namespace
from decimal import Decimal

from parcelbook.app import Depot
from parcelbook.cli.registry import COMMANDS, Command, argument, command
from parcelbook.customs.declaration import duty_for
from parcelbook.domain.address import parse_address
from parcelbook.domain.money import show_amount
from parcelbook.exporters.loading import export_text, exporter_names
from parcelbook.notices.render import notice, short_notice, template_names
from parcelbook.pickup.labels import LabelSheet
from parcelbook.reports.summary import list_lines, summary_lines
from parcelbook.tariffs.rates import quote
from parcelbook.tracking.journal import KINDS

NUMBER = argument("number", help="the number of a parcel")
ADDRESS = argument("address", help="name; street; postcode town; country")
GRAMS = argument("--grams", type=int, required=True)


@command("register", "take a parcel in", ADDRESS, GRAMS)
def cmd_register(depot: Depot, args: Namespace) -> int:
    parcel = depot.register(parse_address(args.address), args.grams)
    print(parcel.number, show_amount(parcel.price, depot.settings.currency))
    return 0


@command("quote", "say what a parcel would cost", ADDRESS, GRAMS)
def cmd_quote(depot: Depot, args: Namespace) -> int:
    price = quote(parse_address(args.address), args.grams, depot.settings)
    for title, amount in {"base": price.base, **price.extras, "total": price.total}.items():
        print(f"{title:<16} {show_amount(amount, depot.settings.currency):>12}")
    return 0


@command(
    "scan",
    "say what happened to a parcel",
    NUMBER,
    argument("kind", choices=KINDS),
    argument("--note", default=""),
)
def cmd_scan(depot: Depot, args: Namespace) -> int:
    parcel = depot.scan(args.number, args.kind, args.note)
    print(parcel.number, parcel.status)
    return 0


@command("show", "show a parcel and its events", NUMBER)
def cmd_show(depot: Depot, args: Namespace) -> int:
    parcel = depot.find(args.number)
    print("\n".join([*parcel.recipient.lines(), *(event.line() for event in parcel.events)]))
    marks = {"held": parcel.held, "claim": parcel.claim, "locker": parcel.locker}
    for mark, value in marks.items():
        if value:
            print(f"{mark}: {value}")
    return 0


@command("list", "list the parcels", argument("--status", choices=KINDS))
def cmd_list(depot: Depot, args: Namespace) -> int:
    print("\n".join(list_lines(depot.parcels(args.status))))
    return 0


@command("report", "print the depot's figures", argument("--extended", action="store_true"))
def cmd_report(depot: Depot, args: Namespace) -> int:
    print("\n".join(summary_lines(depot.parcels(), args.extended)))
    return 0


@command("export", "write the book in another format", argument("format", choices=exporter_names()))
def cmd_export(depot: Depot, args: Namespace) -> int:
    print(export_text(args.format, depot.parcels()), end="")
    return 0


@command(
    "notice",
    "write to the recipient",
    NUMBER,
    argument("--template", choices=template_names()),
)
def cmd_notice(depot: Depot, args: Namespace) -> int:
    parcel = depot.find(args.number)
    if args.template:
        print(notice(parcel, args.template, depot.settings), end="")
    else:
        print(short_notice(parcel, depot.settings))
    return 0


@command("label", "print a label", NUMBER)
def cmd_label(depot: Depot, args: Namespace) -> int:
    print(LabelSheet(depot.settings).draw(depot.find(args.number)))
    return 0


@command("place", "put a parcel into a locker", NUMBER)
def cmd_place(depot: Depot, args: Namespace) -> int:
    print(depot.place_in_locker(args.number))
    return 0


@command(
    "customs",
    "work out a duty",
    argument("country"),
    argument("value", type=Decimal),
)
def cmd_customs(depot: Depot, args: Namespace) -> int:
    print(show_amount(duty_for(args.country, args.value), depot.settings.currency))
    return 0


@command("tidy", "delete what is no longer needed")
def cmd_tidy(depot: Depot, args: Namespace) -> int:
    print("backups deleted:", depot.tidy())
    return 0


def all_commands() -> list[Command]:
    return list(COMMANDS.values())


def confirm_overwrite(path: str) -> bool:
    return _read_yes(f"{path} exists, overwrite it? [y/N] ")


def _read_yes(question: str) -> bool:
    return input(question).strip().lower() in {"y", "yes"}
