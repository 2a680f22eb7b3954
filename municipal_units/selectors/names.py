"""How neighbourhoods are called: by P-code, local code, name in any language and other spellings."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from crisis.lib.cells import fold
from municipal_units.models import Neighbourhood

# What sources write where they have nothing to say.
NOTHING = frozenset({"", "unk", "unknown", "na", "n a", "none", "not applicable", "inconnu", "غير معروف"})


@dataclass(frozen=True)
class Heard:
    """What a file writes for places, folded once: numbers of the texts by spelling, and those that say nothing."""

    texts: tuple[str, ...]
    numbers: dict[str, list[int]]
    says_nothing: np.ndarray[Any, np.dtype[np.bool_]]


def heard(texts: tuple[str, ...]) -> Heard:
    numbers: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        numbers.setdefault(fold(text), []).append(number)
    says_nothing = np.zeros(len(texts), dtype=bool)
    for nothing in NOTHING:
        says_nothing[numbers.get(nothing, [])] = True
    return Heard(texts, numbers, says_nothing)


@dataclass
class PlaceNames:
    """The names of a municipality's neighbourhoods, compared without case, accents and punctuation.

    A spelling used by two neighbourhoods means neither.
    """

    names: dict[int, str]
    spellings: dict[int, frozenset[str]]
    by_code: dict[str, int]
    by_spelling: dict[str, int]
    ambiguous: dict[str, list[int]] = field(default_factory=dict)
    heard: "Heard | None" = None

    def name(self, neighbourhood_id: int) -> str:
        return self.names.get(int(neighbourhood_id), "")

    def find(self, text: str) -> int | None:
        """The neighbourhood that a code or a name means; None when it is unknown or not unique."""
        return self.by_code.get(text.strip().casefold()) or self.by_spelling.get(fold(text))

    def why_not(self, text: str) -> str:
        """The sentence for a text that means no neighbourhood, with the nearest spelling if there is one."""
        if others := self.ambiguous.get(fold(text)):
            listed = ", ".join(self.name(pk) for pk in others[:4])
            return f"Several places are called '{text[:60]}' ({listed}). Use the code."
        near = get_close_matches(fold(text), self.by_spelling, n=1, cutoff=0.7)
        if near:
            return f"No place is called '{text[:60]}'. The nearest spelling is {self.name(self.by_spelling[near[0]])}."
        return f"No place is called '{text[:60]}'. Write a name or code of a neighbourhood."

    def differ(
        self, written: np.ndarray[Any, Any], texts: tuple[str, ...], neighbourhood_ids: np.ndarray[Any, Any]
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Whether each written text (its number in `texts`) is no name of the neighbourhood the place lies in."""
        if not len(written):
            return np.zeros(0, dtype=bool)
        if self.heard is None or self.heard.texts is not texts:
            self.heard = heard(texts)
        fitting = [
            place * len(texts) + number
            for place in np.unique(neighbourhood_ids).tolist()
            for spelling in self.spellings.get(place, ())
            for number in self.heard.numbers.get(spelling, ())
        ]
        both = neighbourhood_ids.astype(np.int64) * len(texts) + written
        said: np.ndarray[Any, np.dtype[np.bool_]] = ~self.heard.says_nothing[written]
        return said & ~np.isin(both, np.array(fitting, dtype=np.int64))


def place_names(municipality_id: int) -> PlaceNames:
    """All names of all neighbourhoods, retired ones too."""
    names: dict[int, str] = {}
    spellings: dict[int, frozenset[str]] = {}
    by_code: dict[str, int] = {}
    by_spelling: dict[str, list[int]] = {}
    for place in Neighbourhood.objects.filter(municipality_id=municipality_id):
        names[place.pk] = place.name
        codes = [code for code in (place.pcode, place.local_code) if code]
        texts = {fold(text) for text in (place.name, place.name_fr, place.name_ar, *place.aliases, *codes) if text}
        spellings[place.pk] = frozenset(texts - {""})
        by_code |= {code.casefold(): place.pk for code in codes}
        for text in spellings[place.pk]:
            by_spelling.setdefault(text, []).append(place.pk)
    return PlaceNames(
        names,
        spellings,
        by_code,
        {text: places[0] for text, places in by_spelling.items() if len(places) == 1},
        {text: places for text, places in by_spelling.items() if len(places) > 1},
    )
