"""Comparing very many persons at once says exactly what comparing two says."""

import random

import numpy as np
import pytest

from municipal_units.actions.duplicates import compare
from municipal_units.core.name_pairs import (
    household_likenesses,
    likenesses,
    people_in_columns,
    sharing_most,
)
from municipal_units.core.person_names import Person, Weights, likeness

SYLLABLES = ("ba", "ka", "do", "mi", "sa", "ra", "ou", "ta", "zi", "dja", "wen")
FIRST = ("Mohamed", "Mahamat", "Awa", "Hawa", "Fatimata", "Issa", "محمد", "فاطمة", "A", "El Hadj", "Abdou-Karim", "")


def somebody(chance: random.Random) -> Person:
    parts = [
        chance.choice(FIRST) if chance.random() < 0.6 else "".join(chance.choices(SYLLABLES, k=2)).title()
        for _ in range(chance.randint(0, 6))
    ]
    return Person(
        name=" ".join(parts),
        sex=chance.choice(("", "f", "m")),
        birth_year=chance.choice((None, *range(1975, 1990))),
        phone=chance.choice(("", "70112233", "+226 70 11 22 33", "7011")),
        origin=chance.choice(("", "Djibo", "Djbo", "Dori")),
    )


@pytest.mark.parametrize("seed", range(3))
def test_arrays_and_one_by_one_agree(seed: int) -> None:
    chance = random.Random(seed)
    people = [somebody(chance) for _ in range(150)]
    first = np.array([chance.randrange(150) for _ in range(1_000)])
    second = np.array([chance.randrange(150) for _ in range(1_000)])
    got = likenesses(people_in_columns(people), first, second, Weights())
    expected = [likeness(people[a], people[b], Weights()).score for a, b in zip(first, second, strict=True)]
    assert got == pytest.approx(expected, abs=1e-12)
    assert max(expected) > 0.9


def test_households_as_well() -> None:
    chance = random.Random(7)
    homes = [[somebody(chance) for _ in range(chance.randint(1, 4))] for _ in range(60)]
    starts = np.cumsum([0, *(len(home) for home in homes)])
    first = np.array([chance.randrange(60) for _ in range(400)])
    second = np.array([chance.randrange(60) for _ in range(400)])
    columns = people_in_columns([person for home in homes for person in home])
    got = household_likenesses(columns, starts, first, second, Weights())
    told = [compare(homes[a], homes[b]) for a, b in zip(first, second, strict=True)]
    assert got == pytest.approx([one.score if one else 0.0 for one in told], abs=1e-12)


def test_those_who_share_most_come_and_of_equals_the_later() -> None:
    there = [["a"], ["a", "b"], ["c"], ["a"], ["b"]]
    mine, theirs = sharing_most([["a", "b"], ["z"], []], iter(there), most=3)
    assert mine.tolist() == [0, 0, 0]
    assert set(theirs.tolist()) == {1, 4, 3}
