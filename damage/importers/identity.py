"""How a file names its structures: by its own ids, else by the place and which of the equals there (mechanics)."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from damage.actions.rows import Floats, Integers, Objects
from damage.core.structures import feature_keys, ground_codes, ordinals, point_keys, shape_keys

LONGEST_ID = 90
LOWEST = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Names:
    """Rows of one structure share a number in `group`; texts are only made for the rows that are being sent."""

    group: Integers
    ordinal: Integers
    own_id: Objects | None
    shape_key: Objects | None

    def keys(self, xy: Floats, rows: Any) -> Objects:
        """The texts kept in structure references, for some rows."""
        keys = point_keys(xy[rows])
        if self.shape_key is not None:
            shaped = self.shape_key[rows]
            keys = np.where(shaped != "", shaped, keys)
        keys = feature_keys(keys, self.ordinal[rows])
        if self.own_id is None:
            return keys
        own = self.own_id[rows]
        return np.where(own != "", np.array([own_key(text) for text in own], dtype=object), keys)


def own_key(text: str) -> str:
    """The file's id as a key; one that is too long to store is replaced by its hash."""
    return f"id:{text}" if len(text) <= LONGEST_ID else f"idh:{hashlib.blake2b(text.encode()).hexdigest()[:64]}"


def names_of(xy: Floats, wkb: Objects | None, own_id: Objects | None, moment: Integers) -> Names:
    """Numbers the structures of a file: one place on different days is one of them, twice on one day it is two."""
    place = cells(xy)
    shape_key = None
    if wkb is not None:
        shaped = np.array([shape is not None for shape in wkb], dtype=bool)
        shape_key = np.full(len(xy), "", dtype=object)
        shape_key[shaped] = shape_keys(wkb[shaped])
        place[shaped] = LOWEST + pd.factorize(shape_key[shaped])[0]
    ordinal = np.zeros(len(xy), dtype=np.int32)
    again = pd.Series(place).duplicated(keep=False).to_numpy()
    ordinal[again] = ordinals(place[again], moment[again])
    group = pd.factorize(place)[0].astype(np.int64)
    if ordinal.any():
        group = pd.factorize(group * (int(ordinal.max()) + 1) + ordinal)[0].astype(np.int64)
    if own_id is not None:
        named = own_id != ""
        group[named] = len(group) + pd.factorize(own_id[named])[0]
    return Names(group, ordinal, own_id, shape_key)


def cells(xy: Floats) -> Integers:
    """The cell of `point_keys` as one whole number; rows without a place share one that no place has."""
    return ground_codes(xy).astype(np.int64)
