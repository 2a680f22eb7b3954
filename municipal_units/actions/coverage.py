"""Somebody's word on how complete the household register is, place by place and group by group."""

from datetime import date

from django.db import transaction

from crisis.lib.errors import Invalid
from municipal_units.core.vocabulary import PopulationGroup
from municipal_units.models import Event, Neighbourhood, RegisterCoverage
from municipal_units.permissions import Actor, Permission, require


@transaction.atomic
def state_coverage(
    *, by: Actor, neighbourhood: Neighbourhood, group: str, complete: bool, stated_on: date
) -> RegisterCoverage:
    """From this day the register holds everybody of the group in the place, or no longer does. Only then may it stand
    for the people present (mechanics D8)."""
    town = neighbourhood.municipality_id
    require(by, Permission.EDIT_HOUSEHOLDS, town, neighbourhood_id=neighbourhood.pk)
    if group not in set(PopulationGroup):
        raise Invalid(f"'{group[:40]}' is no group. Known: {', '.join(PopulationGroup)}.")
    said = RegisterCoverage.objects.create(
        municipality_id=town,
        neighbourhood=neighbourhood,
        group=group,
        complete=complete,
        stated_on=stated_on,
        stated_by_id=by.user_id,
    )
    Event.objects.record(
        "register.coverage_stated",
        municipality_id=town,
        by_id=by.user_id,
        subject=said,
        neighbourhood_id=neighbourhood.pk,
        shows={"group": group, "complete": complete},
    )
    return said
