"""What a sender should know about rows of damage: refused for their place, or taken with something to look at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from damage.actions.receiving import OUTSIDE_LIMIT_M
from damage.actions.rows import Booleans, DamageReceipt, Integers
from damage.core.structures import NEAR_M
from damage.importers.reading import Sheet
from municipal_units.importing.contract import MOST_LISTED, NOTED, REFUSED, Counted, ImportContext, RowNote
from municipal_units.selectors.names import PlaceNames

Text = Callable[[int], str]


@dataclass
class Notes:
    """Writes the notes of one import, portion by portion. Very common remarks are listed MOST_LISTED times and then
    only counted."""

    context: ImportContext
    sheet: Sheet
    names: PlaceNames
    listed: Counter[str] = field(default_factory=Counter)

    def add(self, counted: Counted, row: Integers, receipt: DamageReceipt) -> None:
        """`row`: the sheet's row of each observation of the receipt. One note per row and reason."""
        sheet, names, town = self.sheet, self.names, self.context.municipality.name
        column = self.context.column("written_place")
        taken = ~receipt.refused & ~receipt.conflicting

        def written(place: int) -> str:
            return sheet.written_places[sheet.written[row[place]]]

        def note(
            flags: Booleans, status: str, code: str, reason: Text, field: str = "", text: Text | None = None
        ) -> None:
            places = first_of_rows(row, np.flatnonzero(flags))
            room = len(places) if status == REFUSED else max(0, MOST_LISTED - self.listed[code])
            self.listed[code] += len(places)
            counted.unlisted[code] += max(0, len(places) - room)
            for place in places[:room].tolist():
                where = row[place]
                number, layer = int(sheet.number[where]), sheet.layers[sheet.layer[where]]
                said = text(place) if text else ""
                counted.notes.append(RowNote(number, status, code, reason(place), field, said, layer))

        note(
            receipt.refused,
            REFUSED,
            "outside_municipality",
            lambda place: (
                f"The place lies {distance(float(receipt.metres_outside[place]))} outside {town}, farther than "
                f"{OUTSIDE_LIMIT_M:.0f} m. Check the coordinates and their order."
            ),
            text=lambda place: f"{sheet.xy[row[place], 0]:.6f}, {sheet.xy[row[place], 1]:.6f}",
        )
        note(
            taken & (receipt.neighbourhood_id == 0),
            NOTED,
            "no_neighbourhood",
            lambda place: f"The place lies in no neighbourhood; it counts for {town} as a whole only.",
            column,
            written,
        )
        note(
            self.differs(row, receipt, taken),
            NOTED,
            "place_differs",
            lambda place: (
                f"The place lies in {names.name(int(receipt.neighbourhood_id[place]))}. "
                "Both are kept; the place decides."
            ),
            column,
            written,
        )
        note(
            receipt.written & (receipt.near_m >= NEAR_M),
            NOTED,
            "near_match",
            lambda place: f"Taken for structure {receipt.structure_id[place]}, {receipt.near_m[place]:.1f} m away.",
        )
        note(
            receipt.to_review & receipt.written,
            NOTED,
            "to_review",
            lambda place: "It says less damage than was seen more closely before. It is kept and waits for review.",
        )
        counted.unlisted = +counted.unlisted

    def differs(self, row: Integers, receipt: DamageReceipt, taken: Booleans) -> Booleans:
        """Rows whose written place is no name of the neighbourhood they lie in; roads have names of their own."""
        asked = taken & (receipt.neighbourhood_id > 0) & ~self.sheet.network[row]
        written = self.sheet.written[row[asked]]
        asked[asked] = self.names.differ(written, self.sheet.written_places, receipt.neighbourhood_id[asked])
        return asked


def first_of_rows(row: Integers, places: Integers) -> Integers:
    """One place per row: several dates of a row give one note."""
    if len(places) < 2:
        return places
    new = np.diff(row[places], prepend=-1) != 0
    chosen: Integers = places[new]
    return chosen


def distance(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1_000 else f"{metres / 1_000:.1f} km"
