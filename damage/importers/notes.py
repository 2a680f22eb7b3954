"""What a sender should know about rows of damage: refused for their place, or taken with something to look at."""

from typing import Any

import numpy as np

from damage.actions.receiving import OUTSIDE_LIMIT_M
from damage.actions.rows import DamageReceipt
from damage.importers.reading import Sheet
from municipal_units.importing.contract import NOTED, REFUSED, ImportContext, RowNote
from municipal_units.selectors.names import PlaceNames


def notes_of(
    sheet: Sheet,
    row: np.ndarray[Any, Any],
    receipt: DamageReceipt,
    names: PlaceNames,
    context: ImportContext,
    near_m: float,
) -> list[RowNote]:
    """One note per row and reason; `row` gives the sheet's row of each observation of the receipt."""
    notes: list[RowNote] = []

    def note(
        places: np.ndarray[Any, Any], status: str, code: str, reason: Any, field: str = "", written: Any = None
    ) -> None:
        said: set[int] = set()
        for place in places:
            where = int(row[place])
            if where in said:
                continue
            said.add(where)
            text = written(place) if written else ""
            number, layer = int(sheet.number[where]), sheet.layers[sheet.layer[where]]
            notes.append(RowNote(number, status, code, reason(place), field, text, layer))

    town = context.municipality.name
    taken = ~receipt.refused & ~receipt.conflicting
    note(
        np.flatnonzero(receipt.refused),
        REFUSED,
        "outside_municipality",
        lambda place: (
            f"The place lies {distance(float(receipt.metres_outside[place]))} outside {town}, farther than "
            f"{OUTSIDE_LIMIT_M:.0f} m. Check the coordinates and their order."
        ),
        written=lambda place: f"{sheet.xy[row[place], 0]:.6f}, {sheet.xy[row[place], 1]:.6f}",
    )
    note(
        np.flatnonzero(taken & (receipt.neighbourhood_id == 0)),
        NOTED,
        "no_neighbourhood",
        lambda place: f"The place lies in no neighbourhood; it counts for {town} as a whole only.",
        context.column("written_place"),
        lambda place: sheet.written_places[sheet.written[row[place]]],
    )
    differs = taken & (receipt.neighbourhood_id > 0) & ~sheet.network[row]
    differs[differs] = names.differ(
        sheet.written[row[differs]], sheet.written_places, receipt.neighbourhood_id[differs]
    )
    note(
        np.flatnonzero(differs),
        NOTED,
        "place_differs",
        lambda place: (
            f"The place lies in {names.name(int(receipt.neighbourhood_id[place]))}. Both are kept; the place decides."
        ),
        context.column("written_place"),
        lambda place: sheet.written_places[sheet.written[row[place]]],
    )
    note(
        np.flatnonzero(receipt.written & (receipt.near_m >= near_m)),
        NOTED,
        "near_match",
        lambda place: f"Taken for structure {receipt.structure_id[place]}, {receipt.near_m[place]:.1f} m away.",
    )
    note(
        np.flatnonzero(receipt.to_review & receipt.written),
        NOTED,
        "to_review",
        lambda place: "It says less damage than was seen more closely before. It is kept and waits for review.",
    )
    return notes


def distance(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1_000 else f"{metres / 1_000:.1f} km"
