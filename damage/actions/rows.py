"""What the damage actions take: columns of observations, one entry per observation, whoever sends them."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

Integers = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
Booleans = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Objects = np.ndarray[Any, np.dtype[np.object_]]


class ObservedAs(NamedTuple):
    """What was written and what it means; a million rows share a few of these."""

    source_scale: str
    source_value: str
    grade: str
    grade_high: str
    method: str
    confidence: str


@dataclass(frozen=True, kw_only=True)
class DamageRows:
    """Observations of damage as columns of equal length.

    `xy`: lon and lat in degrees, of a point inside where the row is a shape. `wkb`: the shape in two-dimensional WKB,
    None where the row is that point; the whole column may be None. `observed_at`: microseconds since 1970, UTC.
    `value` and `written` are places in `values` and `written_places`. `keys`: how the product names the structure, or
    None. `structure_id`: the structure the sender names, 0 if none. `site`: a place in `occupancies`. `details`: what
    else a file says about the building.
    """

    xy: Floats
    observed_at: Integers
    value: Integers
    values: tuple[ObservedAs, ...]
    row_number: Integers
    written: Integers
    written_places: tuple[str, ...] = ("",)
    network: Booleans
    site: Integers | None = None
    occupancies: tuple[str, ...] = ("",)
    wkb: Objects | None = None
    keys: Objects | None = None
    fact_id: Objects | None = None
    structure_id: Integers | None = None
    habitability: Objects | None = None
    occupied_now: Objects | None = None
    details: Objects | None = None

    def __len__(self) -> int:
        return len(self.xy)

    def take(self, chosen: Any) -> "DamageRows":
        """The same columns for some of the rows (an index array, mask or slice)."""
        columns = {
            column.name: getattr(self, column.name)[chosen]
            for column in fields(self)
            if isinstance(getattr(self, column.name), np.ndarray)
        }
        return replace(self, **columns)

    def of_value(self, name: str) -> Objects:
        """One text of ObservedAs for every row."""
        texts = np.array([getattr(value, name) for value in self.values], dtype=object)
        return texts[self.value]


@dataclass(frozen=True)
class DamageReceipt:
    """What became of each row of one call; all arrays as long as the rows.

    `metres_outside` > 0: refused, so far outside the municipality. `near_m`: the structure was recognised at that
    distance in metres, 0 when by name or by footprint. `neighbourhood_id` 0: outside every neighbourhood.
    """

    refused: Booleans
    conflicting: Booleans
    unchanged: Booleans
    new_structure: Booleans
    to_review: Booleans
    metres_outside: Floats
    near_m: Floats
    neighbourhood_id: Integers
    structure_id: Integers
    assessment_id: Integers
    event_uuid: UUID | None = None

    @property
    def written(self) -> Booleans:
        """Rows that became (or, in a dry run, would become) an assessment."""
        return ~(self.refused | self.unchanged | self.conflicting)


@dataclass
class Ahead:
    """What the sender of many chunks knows in advance, so that it need not be looked up again for each chunk.

    `product_is_new`: nothing of this product was recorded before, and no two chunks name one structure.
    `nothing_near`: no structure stood in the area before, so there is none to recognise.
    `claimed`: structures recognised by earlier chunks of a dry run, where nothing is written.
    `others_wrote`: whether somebody else wrote since; asked when nobody else can write any more.
    """

    product_is_new: bool = False
    nothing_near: bool = False
    claimed: set[int] = field(default_factory=set)
    others_wrote: Callable[[], bool] | None = None

    def look_again(self) -> None:
        """On locked ground: what others wrote meanwhile has to be looked up."""
        if self.nothing_near and self.others_wrote is not None:
            self.nothing_near = not self.others_wrote()


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """An aware moment as whole microseconds since 1970, UTC."""
    since = moment.astimezone(UTC) - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
