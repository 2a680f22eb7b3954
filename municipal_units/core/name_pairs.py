"""Very many pairs of persons compared at once: the same likeness as `person_names.likeness`, in arrays.

Names repeat, so each name is taken apart once, each pair of parts and each pair of whole names is compared once, and
what is left are look-ups. Also: which members of a register share most blocking tokens, as a sparse product.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler
from scipy import sparse

from municipal_units.core.person_names import (
    ALSO_ALIKE,
    MORE_FOR_EACH,
    MOST_PARTS,
    WHOLE_COUNTS,
    Person,
    Weights,
    digits,
    latin,
    parts_of,
    phonetic,
    skeleton,
)

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
PAIRS_AT_ONCE = 100_000
PERSONS_AT_ONCE = 1_000_000
SAME_PHONE = 0.97


class Numbered:
    """Different texts, each with a number; "" has none (-1)."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def add(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers)) if text else -1

    @property
    def texts(self) -> list[str]:
        return list(self.numbers)


@dataclass(frozen=True)
class People:
    """Persons as columns. Numbers stand for texts; -1 says that nothing is known."""

    names: Ints  # number of the name, by its parts in order
    births: Floats  # year, NaN where not known
    origins: Ints
    phones: Ints
    sexes: Ints
    parts: Ints  # (names, 5) number of each part, -1 beyond the last
    sorted_names: list[str]
    part_texts: list[str]
    bones: Ints  # number of the skeleton by part, -1 where it is a single letter
    sounds: Ints
    origin_texts: list[str]


def people_in_columns(people: Sequence[Person]) -> People:
    names, parts, bones, sounds = Numbered(), Numbered(), Numbered(), Numbered()
    origins, phones, sexes = Numbered(), Numbered(), Numbered()
    told: dict[str, int] = {}
    of_name: list[list[int]] = []
    sorted_names: list[str] = []
    name_of: list[int] = []
    for person in people:
        if (known := told.get(person.name)) is None:
            split = parts_of(person.name)
            number = names.add("\x00".join(split))
            if number == len(of_name):
                of_name.append([parts.add(part) for part in split])
                sorted_names.append(" ".join(sorted(split)))
            known = told[person.name] = number
        name_of.append(known)
    padded = np.full((len(of_name) + 1, MOST_PARTS), -1, dtype=np.int64)  # the last row: a name without parts
    for row, numbers in enumerate(of_name):
        padded[row, : len(numbers)] = numbers
    skeletons = [skeleton(text) for text in parts.texts]
    return People(
        names=np.array(name_of, dtype=np.int64),
        births=np.array([np.nan if p.birth_year is None else p.birth_year for p in people], dtype=float),
        origins=np.array([origins.add(latin(person.origin)) for person in people], dtype=np.int64),
        phones=np.array([phones.add(digits(person.phone)) for person in people], dtype=np.int64),
        sexes=np.array([sexes.add(person.sex) for person in people], dtype=np.int64),
        parts=padded,
        sorted_names=[*sorted_names, ""],
        part_texts=parts.texts,
        bones=np.array([bones.add(text) if len(text) > 1 else -1 for text in skeletons], dtype=np.int64),
        sounds=np.array([sounds.add(phonetic(text)) for text in parts.texts], dtype=np.int64),
        origin_texts=origins.texts,
    )


def likenesses(people: People, first: Ints, second: Ints, weights: Weights) -> Floats:
    """The likeness, 0-1, of person `first[i]` and person `second[i]`; both are positions in `people`."""
    scores = np.zeros(len(first))
    names = by_different_pairs(
        people.names[first], people.names[second], lambda a, b: name_pairs(people, a, b, least=weights.least_name)
    )
    near = np.flatnonzero(names >= weights.least_name)
    if not len(near):
        return scores
    one, other, total = first[near], second[near], weights.name * names[near]
    counted = np.full(len(near), weights.name)
    apart = np.abs(people.births[one] - people.births[other])
    known = ~np.isnan(apart)
    counted += weights.age * known
    total += weights.age * np.where(known, np.maximum(0.0, 1 - np.nan_to_num(apart) / weights.years_apart), 0.0)
    known = (people.origins[one] >= 0) & (people.origins[other] >= 0)
    same = np.zeros(len(near))
    same[known] = by_different_pairs(
        people.origins[one[known]], people.origins[other[known]], lambda a, b: ratios(people.origin_texts, a, b)
    )
    counted += weights.origin * known
    total += weights.origin * same
    known = (people.sexes[one] >= 0) & (people.sexes[other] >= 0)
    counted += weights.sex * known
    total += weights.sex * (known & (people.sexes[one] == people.sexes[other]))
    score = total / counted
    phone = (people.phones[one] >= 0) & (people.phones[one] == people.phones[other])
    scores[near] = np.where(phone, np.maximum(score, SAME_PHONE), score)
    return scores


def by_different_pairs(a: Ints, b: Ints, compared: Callable[[Ints, Ints], Floats]) -> Floats:
    """Compares each different pair of numbers once; what `compared` gives for it stands for all its repetitions."""
    if not len(a):
        return np.zeros(0)
    high = int(b.max()) + 2
    where, keys = pd.factorize((a + 1) * high + (b + 1))
    found = np.concatenate(
        [
            compared(keys[start : start + PAIRS_AT_ONCE] // high - 1, keys[start : start + PAIRS_AT_ONCE] % high - 1)
            for start in range(0, len(keys), PAIRS_AT_ONCE)
        ]
    )
    answer: Floats = found[where]
    return answer


def ratios(texts: list[str], a: Ints, b: Ints) -> Floats:
    told = np.array(texts, dtype=object)
    return np.asarray(process.cpdist(told[a], told[b], scorer=fuzz.ratio, dtype=np.float64)) / 100


def name_pairs(people: People, a: Ints, b: Ints, *, least: float) -> Floats:
    """`name_likeness` of pairs of names: each part of the shorter one against its best counterpart that is left. Exact
    from `least` on; below it, only that it is below."""
    cutoff = 100 * least / WHOLE_COUNTS
    lengths = (people.parts >= 0).sum(axis=1)
    swap = lengths[a] > lengths[b]
    mine, theirs = np.where(swap, b, a), np.where(swap, a, b)
    alike = part_pairs(people, people.parts[mine], people.parts[theirs])
    rows, short, long = np.arange(len(a)), lengths[mine], lengths[theirs]
    total, weakest = np.zeros(len(a)), np.ones(len(a))
    for place in range(MOST_PARTS):
        there = place < short
        if not there.any():
            break
        chosen = alike[:, place, :].argmax(axis=1)
        best = alike[rows, place, chosen]
        total += np.where(there, best, 0.0)
        weakest = np.where(there, np.minimum(weakest, best), weakest)
        taken = rows[there]
        alike[taken, :, chosen[there]] = -1.0
    agreed = (total / np.maximum(short, 1) + weakest) / 2
    left = long - short
    missing = left / np.maximum(long, 1)
    agreed *= 1 - np.where(short > 1, 0.25, 0.4) * missing
    told = np.array(people.sorted_names, dtype=object)
    # Where the whole is too little alike to count beside the least likeness of a name, it need not be known exactly.
    compared = process.cpdist(told[mine], told[theirs], scorer=fuzz.ratio, score_cutoff=cutoff, dtype=np.float64)
    whole = np.asarray(compared) / 100
    return np.where((short > 0) & (long > 0), np.maximum(whole * WHOLE_COUNTS, agreed), 0.0)


def part_pairs(people: People, mine: Ints, theirs: Ints) -> Floats:
    """(pairs, 5, 5) likeness of each part of one name with each of the other; -1 where there is no part."""
    one = np.repeat(mine[:, :, None], MOST_PARTS, axis=2).ravel()
    other = np.repeat(theirs[:, None, :], MOST_PARTS, axis=1).ravel()
    there = np.flatnonzero((one >= 0) & (other >= 0))
    alike = np.full(len(one), -1.0)
    alike[there] = by_different_pairs(one[there], other[there], lambda a, b: sounded_pairs(people, a, b))
    shaped: Floats = alike.reshape(len(mine), MOST_PARTS, MOST_PARTS)
    return shaped


def sounded_pairs(people: People, a: Ints, b: Ints) -> Floats:
    """`part_likeness` of pairs of parts, in letters and in sounds."""
    told = np.array(people.part_texts, dtype=object)
    letters = np.asarray(process.cpdist(told[a], told[b], scorer=JaroWinkler.similarity, dtype=np.float64))
    bones = (people.bones[a] >= 0) & (people.bones[a] == people.bones[b])
    sounds = (people.sounds[a] == people.sounds[b]) & ((people.bones[a] >= 0) | (letters > 0.6))
    alike = np.where(sounds, np.maximum(letters, 0.88), letters * 0.9)
    alike = np.where(bones, np.maximum(letters, 0.95), alike)
    return np.where(a == b, 1.0, alike)


def sharing_most(
    wanted: Sequence[Sequence[str]], there: Iterable[Sequence[str]], *, most: int, rows_at_once: int = 250
) -> tuple[Ints, Ints]:
    """Who shares tokens with whom: positions in `wanted` and in `there`, per wanted one the `most` that share most (of
    equal ones the later). One who shares nothing is not there. `there` is read once, a row at a time."""
    columns: dict[str, int] = {}
    for tokens in wanted:
        for token in tokens:
            columns.setdefault(token, len(columns))
    asked, known = in_matrix(wanted, columns), in_matrix(there, columns).T.tocsc()
    mine: list[Ints] = []
    theirs: list[Ints] = []
    for start in range(0, len(wanted), rows_at_once):
        shared = (asked[start : start + rows_at_once] @ known).tocsr()
        for row in range(shared.shape[0]):
            inside = slice(shared.indptr[row], shared.indptr[row + 1])
            found, counts = shared.indices[inside].astype(np.int64), shared.data[inside]
            if len(found) > most:
                # counts first, then the later ones: both in one number, so that a part of the order is enough
                order = np.argpartition(-(counts.astype(np.int64) * known.shape[1] + found), most)[:most]
                found = found[order]
            mine.append(np.full(len(found), start + row, dtype=np.int64))
            theirs.append(found)
    if not mine:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate(mine), np.concatenate(theirs)


def in_matrix(rows: Iterable[Sequence[str]], columns: dict[str, int]) -> Any:
    """A sparse matrix of ones: a row per member, a column per token."""
    starts, found = array("q", [0]), array("q")
    for tokens in rows:
        found.extend(number for token in tokens if (number := columns.get(token)) is not None)
        starts.append(len(found))
    ones = np.ones(len(found), dtype=np.int32)
    return sparse.csr_matrix((ones, np.asarray(found), np.asarray(starts)), shape=(len(starts) - 1, len(columns)))


def household_likenesses(people: People, starts: Ints, first: Ints, second: Ints, weights: Weights) -> Floats:
    """The likeness of households `first[i]` and `second[i]` as `person_names.together` has it: every person of the one
    with every one of the other, best counterpart first. `starts`: where the persons of each household begin in
    `people`, and at the end how many there are."""
    scores = np.zeros(len(first))
    sizes = np.diff(starts)
    pairs = sizes[first] * sizes[second]
    begun = 0
    while begun < len(first):
        ended = begun + max(1, int(np.searchsorted(np.cumsum(pairs[begun:]), PERSONS_AT_ONCE)))
        part = slice(begun, ended)
        scores[part] = household_block(people, starts, sizes, first[part], second[part], weights)
        begun = ended
    return scores


def household_block(people: People, starts: Ints, sizes: Ints, first: Ints, second: Ints, weights: Weights) -> Floats:
    count = sizes[first] * sizes[second]
    where = np.repeat(np.arange(len(first)), count)
    inside = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    other = sizes[second][where]
    mine = starts[first][where] + inside // np.maximum(other, 1)
    found = likenesses(people, mine, starts[second][where] + inside % np.maximum(other, 1), weights)
    scores = np.zeros(len(first))
    if not len(found):
        return scores
    begins = np.flatnonzero(inside % np.maximum(other, 1) == 0)  # a row of one person with everybody of the other
    best, of = np.maximum.reduceat(found, begins), where[begins]
    np.maximum.at(scores, of, best)
    agreeing = np.bincount(of, weights=best >= ALSO_ALIKE, minlength=len(first))
    more = np.where(scores >= ALSO_ALIKE, agreeing - 1, agreeing)
    told: Floats = np.minimum(1.0, scores + MORE_FOR_EACH * np.maximum(more, 0))
    return told
