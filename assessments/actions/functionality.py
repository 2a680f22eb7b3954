"""Functionality follows the event log: computed anew or locally, stored where it changed, told in one event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from assessments.actions.doubt import weigh_ranking_soon
from assessments.core.case import PlanningCase
from assessments.core.dependencies import least
from assessments.core.functionality import Functionality, Solution, present
from assessments.core.local import LocalState
from assessments.models import FunctionalityCursor, FunctionalityRun, FunctionalityScore
from assessments.selectors.case import Town, assemble
from assessments.selectors.facts import Facts, read_facts
from assessments.selectors.picture import NUMBERS, SAME, Picture, picture_of, stored_picture
from assessments.selectors.ranking import ranked
from crisis.lib.disclosure import Audience, is_withheld
from municipal_units.core.vocabulary import shown_hundredths
from municipal_units.models import Event, EventCounter, Municipality, Neighbourhood
from municipal_units.permissions import scope, system_actor

CHANGED = "functionality.changed"
MOST_REASONS_SHOWN = 50
MOST_MOVES_SHOWN = 100
BOUNDS = ("point", "lo", "hi")


class Overtaken(Exception):
    """Somebody else has computed this municipality meanwhile; read everything again."""


@dataclass(frozen=True)
class Computed:
    """What is known of a municipality after a computation: the facts it came from, the picture that is stored, and the
    fixed points at BOUNDS that later changes follow on from."""

    facts: Facts
    town: Town
    picture: Picture
    seq: int
    run_id: int | None
    states: tuple[LocalState, ...]


def recompute(municipality: Municipality, *, now: datetime) -> Computed:
    """Everything from the registers, up to the last event; what has changed is stored."""
    with scope(system_actor(municipality.pk)):
        cursor, _ = FunctionalityCursor.objects.get_or_create(municipality=municipality)
        seq = EventCounter.objects.get(municipality=municipality).seq
        because = _causes(municipality, cursor.seq, seq)
        facts = read_facts(municipality, as_of=now)
        town = assemble(facts)
        states = tuple(LocalState(town.case, bound=bound) for bound in BOUNDS)
        picture = picture_of(town, functionality_of(town.case, states), ranked(town.case, states))
        before = stored_picture(municipality, picture)
        run = store(municipality, picture, before, expected=cursor.seq, seq=seq, because=because, town=town)
        newest = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id")
        run_id = run.pk if run else newest.values_list("pk", flat=True).first()
    return Computed(facts, town, picture, seq, run_id, states)


def functionality_of(case: PlanningCase, states: tuple[LocalState, ...]) -> Functionality:
    point, lo, hi = states
    structure = point.structure
    return present(
        case,
        Solution(
            structure=structure,
            inputs=point.inputs,
            inputs_lo=lo.inputs,
            inputs_hi=hi.inputs,
            point=point.point,
            lo=lo.point,
            hi=hi.point,
            least=least(structure, point.inputs) if len(structure.loop_fac) else point.point,
        ),
    )


@transaction.atomic
def store(
    municipality: Municipality,
    picture: Picture,
    before: Picture | None,
    *,
    expected: int,
    seq: int,
    because: Sequence[str],
    town: Town,
) -> FunctionalityRun | None:
    """Changed scores, the cursor and one event together, or nothing. `expected`: where the cursor must still stand."""
    cursor = FunctionalityCursor.objects.select_for_update().get(municipality=municipality)
    if cursor.seq != expected:
        raise Overtaken
    cursor.seq, cursor.computed_at = seq, town.as_of
    cursor.save(update_fields=["seq", "computed_at"])
    cells = picture.changed_from(before)
    if not cells.any() and before is not None and picture.ranking == before.ranking and picture.city == before.city:
        return None
    run = FunctionalityRun.objects.create(
        municipality=municipality,
        seq=seq,
        as_of=town.as_of,
        parameters_version=town.norms.parameters_version,
        ranking=picture.ranking,
        warnings=picture.warnings,
        **{**picture.city, "coverage": picture.city["coverage"] or 0.0},
    )
    FunctionalityScore.objects.bulk_create(
        [FunctionalityScore(municipality=municipality, run=run, **row) for row in picture.rows(cells)],
        batch_size=5_000,
    )
    shows = _shows(picture, before, because, town)
    Event.objects.record(CHANGED, municipality_id=municipality.pk, subject=run, shows=shows)
    weigh_ranking_soon(municipality.pk)
    return run


def _causes(municipality: Municipality, after: int, upto: int) -> list[str]:
    """The events a computation answers, newest last."""
    events = Event.objects.filter(municipality=municipality, seq__gt=after, seq__lte=upto).exclude(kind=CHANGED)
    newest = events.order_by("-seq").values_list("uuid", flat=True)[:MOST_REASONS_SHOWN]
    return [str(uuid) for uuid in reversed(newest)]


def _shows(picture: Picture, before: Picture | None, because: Sequence[str], town: Town) -> dict[str, Any]:
    """What moved. Everyone who sees priorities reads it, so places with very few people are left out."""
    nothing = np.full(len(picture.places), np.nan)
    old = before.index if before is not None and before.places == picture.places else nothing
    same = np.isclose(picture.index, old, rtol=0, atol=SAME, equal_nan=True)
    moved = [
        {
            "id": picture.places[row],
            **{name: rounded(picture.numbers[row, -1, column]) for name, column in SHOWN.items()},
            "before": rounded(old[row]),
        }
        for row in np.flatnonzero(~same)
        if not is_withheld(picture.numbers[row, -1, PEOPLE], Audience.PARTNER)
    ]
    city = {name.removeprefix("city_").replace("city", "index"): picture.city[name] for name in CITY}
    return {
        "as_of": town.as_of.isoformat(),
        "city": city,
        "neighbourhoods": moved,
        "ranking": _moves(picture.ranking, before.ranking if before else []),
        "because": list(because)[-MOST_REASONS_SHOWN:],
        "text": _sentence(moved),
    }


def rounded(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), 6)


SHOWN = {"index": NUMBERS.index("value"), **{name: NUMBERS.index(name) for name in ("lo", "hi", "coverage")}}
PEOPLE = NUMBERS.index("demand")  # of the index: persons present
CITY = ("city", "city_lo", "city_hi", "coverage")


def _moves(now: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Works at the top of the list whose rank is another, with the one before."""
    old = {work["id"]: work["rank"] for work in before}
    return [
        {"id": work["id"], "rank": work["rank"], "before": old.get(work["id"])}
        for work in now[:MOST_MOVES_SHOWN]
        if old.get(work["id"]) != work["rank"]
    ]


def _sentence(moved: list[dict[str, Any]]) -> str:
    """One plain sentence on the place that moved most."""
    both = [place for place in moved if place["index"] is not None and place["before"] is not None]
    if not both:
        return f"{len(moved)} places have a new figure." if moved else "Details changed; no place moved."
    most = max(both, key=lambda place: abs(place["index"] - place["before"]))
    now, then = (shown_hundredths(most[name]) for name in ("index", "before"))
    name = Neighbourhood.objects.values_list("name", flat=True).get(pk=most["id"])
    if now == then:
        return f"{name} moved by less than one point."
    sentence = f"{name} {'rose' if now > then else 'fell'} from {then} to {now}."
    return sentence if len(both) == 1 else f"{sentence[:-1]}; {len(both) - 1} more places moved."
