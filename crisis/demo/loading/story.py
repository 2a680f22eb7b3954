"""Loads both towns of the demonstration, all or nothing; a second time it only looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from assessments.actions.arrivals import Expected, write_arrivals
from assessments.actions.functionality import recompute
from assessments.actions.plans import freeze_run, make_scenario
from assessments.actions.plans_solving import run_plan
from crisis.demo.barsalo import BARSALO_ROUND, BARSALO_SERVICES, barsalo_figures
from crisis.demo.buildings import buildings
from crisis.demo.facilities import REACHES, facilities
from crisis.demo.loading import damage, facts
from crisis.demo.loading.accounts import Cast, assign_roles, make_accounts
from crisis.demo.loading.facts import Happening
from crisis.demo.loading.households import register_some
from crisis.demo.loading.registers import draw_places, found_town, propose, register
from crisis.demo.loading.unit import seat_unit
from crisis.demo.people import HOUSEHOLD_SIZE
from crisis.demo.places import BARSALO, TENKORO
from crisis.demo.plans import ARRIVALS, BUDGET, CREWS, PERIOD_DAYS, PERIODS, SCENARIOS
from crisis.demo.story import (
    CRISIS_NAME,
    DISPLACEMENT_BEGAN,
    FLOOD,
    POWER_LOST,
    STORY_NOW,
    WORKS_PROPOSED,
    StoryClock,
    moment,
)
from crisis.demo.works import works
from municipal_units.models import Crisis, Municipality, Neighbourhood
from municipal_units.permissions import Actor, scope, system_actor


@dataclass(frozen=True)
class Loaded:
    """What a run did: whether the towns are new, and where the passwords are."""

    is_new: bool
    passwords: Path


@transaction.atomic
def load_story(*, now: datetime, today: datetime, passwords: Path) -> Loaded:
    """Both towns and their accounts. `now` is the story's now; `today` the day on which roles are in force."""
    cast = make_accounts(kept_in=passwords, today=today.date())
    if cast.knows(TENKORO.code):
        return Loaded(False, passwords)
    clock = StoryClock(now)
    crisis = Crisis.objects.create(name=CRISIS_NAME, kind="displacement", started_on=clock.day(DISPLACEMENT_BEGAN))
    load_tenkoro(crisis, cast=cast, clock=clock)
    load_barsalo(crisis, cast=cast, clock=clock)
    return Loaded(True, passwords)


def load_tenkoro(crisis: Crisis, *, cast: Cast, clock: StoryClock) -> Municipality:
    """The town of the story: registers first, then everything that was counted and seen, in its order."""
    town = found_town(TENKORO, crisis=crisis, household_size=HOUSEHOLD_SIZE)
    with scope(system_actor(town.pk)):
        places = draw_places(TENKORO, town, by=system_actor(town.pk))
        assign_roles(cast, town, places)
        by = cast.actor("coordinator")
        here = register(TENKORO, town, facilities(), places, by=by, clock=clock)
        damage.count_dwellings(town, buildings(), places, clock=clock)
        proposer, recorder = (cast.users[name].pk for name in ("coordinator", "unit_lead"))
        seat_unit(town, clock=clock, proposer=proposer, recorder=recorder, users=cast.users)
        happenings = [
            *pictures(town, clock=clock),
            *facts.counts(town, places, cast=cast, clock=clock),
            *facts.states(town, facilities(), here, cast=cast, clock=clock),
            *facts.reaches(town, REACHES, places, cast=cast, clock=clock),
            *damage.deliveries(TENKORO, town, buildings(), cast=cast, clock=clock),
            Happening(
                moment(WORKS_PROPOSED, 10),
                lambda: propose(town, works(), here, places, by=by, day=clock.day(WORKS_PROPOSED)),
            ),
            Happening(
                moment(WORKS_PROPOSED, 11),
                lambda: register_some(town, places, by=system_actor(town.pk), clock=clock),
            ),
        ]
        for happening in sorted(happenings, key=lambda happening: happening.at):
            happening.record()
        plan_ahead(town, places, by=cast.actor("unit_lead"))
    return town


def plan_ahead(town: Municipality, places: Mapping[str, Neighbourhood], *, by: Actor) -> None:
    """Who may come, the unit's scenarios, and the first of them solved, so that a finished plan is there at once."""
    for expected in ARRIVALS:
        rows = [
            Expected(
                group=group,
                neighbourhood_id=places[pcode].pk if pcode else None,
                share=share,
                persons=persons,
                leaving_id=places[leaving].pk if leaving else None,
            )
            for group, pcode, share, persons, leaving in expected.rows
        ]
        write_arrivals(by=by, municipality=town, name=expected.name, source=expected.source, rows=rows)
    scenarios = [
        make_scenario(
            by=by,
            municipality=town,
            budget_total=BUDGET,
            crews=CREWS,
            periods=PERIODS,
            period_days=PERIOD_DAYS,
            **scenario,
        )
        for scenario in SCENARIOS
    ]
    number_events()
    run = freeze_run(by=by, scenario=scenarios[0])
    run_plan(municipality_id=town.pk, run_id=run.pk)


def pictures(town: Municipality, *, clock: StoryClock) -> list[Happening]:
    """The town computed week by week with what was known then, so that it has a past to look back on."""
    days = (STORY_NOW - moment(DISPLACEMENT_BEGAN, 20)).days
    weekly = [moment(DISPLACEMENT_BEGAN, 20) + timedelta(days=day) for day in range(0, days, 7)]
    told = [moment(FLOOD + timedelta(days=3), 20), moment(POWER_LOST - timedelta(days=1), 20), STORY_NOW]

    def compute(at: datetime) -> Callable[[], object]:
        def now() -> object:
            number_events()
            return recompute(town, now=clock.at(at))

        return now

    return [Happening(at, compute(at)) for at in sorted({*weekly, *told})]


def number_events() -> None:
    """Numbers the events written so far, as COMMIT will do with the rest."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refresh_statistics() -> None:
    """Tells the planner how large the tables are now; the owner only. Without it the first pages choose bad plans."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def load_barsalo(crisis: Crisis, *, cast: Cast, clock: StoryClock) -> Municipality:
    """The other town: small, with its own coordinator, so that one sees who does not see what."""
    town = found_town(BARSALO, crisis=crisis, household_size=HOUSEHOLD_SIZE)
    with scope(system_actor(town.pk)):
        places = draw_places(BARSALO, town, by=system_actor(town.pk))
        assign_roles(cast, town, places)
        here = register(BARSALO, town, BARSALO_SERVICES, places, by=cast.actor("barsalo"), clock=clock)
        for happening in (
            facts.count(BARSALO_ROUND, barsalo_figures(), town, places, cast=cast, author="barsalo", clock=clock),
            *facts.states(
                town, BARSALO_SERVICES, here, cast=cast, clock=clock, author="barsalo", field_author="barsalo"
            ),
        ):
            happening.record()
        number_events()
        recompute(town, now=clock.at(STORY_NOW))
    return town
