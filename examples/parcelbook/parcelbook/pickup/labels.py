"""The label on a parcel, drawn with characters."""

from parcelbook.config.settings import Settings
from parcelbook.domain.parcel import Parcel
from parcelbook.tracking.numbers import group_digits

PARTS = ("sender", "recipient", "bars")
WIDTH = 38


class LabelSheet:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def draw(self, parcel: Parcel, parts: tuple[str, ...] = PARTS) -> str:
        rule = "+" + "-" * (WIDTH + 2) + "+"
        lines = [rule]
        for part in parts:
            content = getattr(self, f"draw_{part}")(parcel)
            lines += [f"| {line[:WIDTH]:<{WIDTH}} |" for line in content] + [rule]
        return "\n".join(lines)

    def draw_sender(self, parcel: Parcel) -> list[str]:
        return [self.settings.depot_name]

    def draw_recipient(self, parcel: Parcel) -> list[str]:
        return parcel.recipient.lines()

    def draw_bars(self, parcel: Parcel) -> list[str]:
        bars = "".join("|" * (1 + int(digit) % 3) + " " for digit in parcel.number[2:])
        return [bars.strip(), group_digits(parcel.number)]


class ThermalRoll:
    """A roll of labels, until the depot got a sheet printer."""

    def __init__(self, labels: int) -> None:
        self.labels = labels

    def tear_off(self, count: int = 1) -> int:
        self.labels = remaining_labels(self.labels, count)
        return self.labels


def remaining_labels(labels: int, used: int) -> int:
    return max(labels - used, 0)
