"""Arrival scenarios as pages and API show them, and as rows of a planning case."""

from collections.abc import Mapping, Sequence
from typing import Any

from assessments.core.arrivals import EVERYWHERE, Arrival
from assessments.core.case import NOWHERE, PlanningCase
from assessments.models import ArrivalScenario
from crisis.lib.errors import NotFound
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

DISPLACED, RETURNEE = "displaced", "returnee"


def arrivals_of(municipality: Municipality, *, actor: Actor) -> list[dict[str, Any]]:
    """The arrival scenarios of a town by name, with their rows."""
    require_somewhere(actor, Permission.EDIT_PLANS, municipality)
    found = ArrivalScenario.objects.filter(municipality=municipality).prefetch_related("rows").order_by("name")
    return [arrivals_item(one) for one in found]


def arrivals_here(municipality: Municipality, pk: int) -> ArrivalScenario:
    found = ArrivalScenario.objects.filter(municipality=municipality, pk=pk).select_related("municipality").first()
    if found is None:
        raise NotFound("There is no such arrival scenario here.")
    return found


def arrivals_item(scenario: ArrivalScenario) -> dict[str, Any]:
    return {
        "id": scenario.pk,
        "name": scenario.name,
        "source": scenario.source,
        "changed_at": scenario.changed_at,
        "rows": rows_of(scenario),
    }


def frozen_arrivals(scenario: ArrivalScenario) -> dict[str, Any]:
    """What a plan keeps of an arrival scenario, whatever becomes of it later."""
    return {"name": scenario.name, "rows": rows_of(scenario)}


def rows_of(scenario: ArrivalScenario) -> list[dict[str, Any]]:
    """The rows as plain values, as a plan freezes them."""
    return [
        {
            "neighbourhood": row.neighbourhood_id,
            "group": row.group,
            "share": row.share,
            "persons": row.persons,
            "leaving": row.leaving_id,
        }
        for row in scenario.rows.all()
    ]


def arrivals_in(case: PlanningCase, rows: Sequence[Mapping[str, Any]]) -> list[Arrival]:
    """Rows in the numbers of a case; rows about places or groups the case does not have are left out. Who returns was
    displaced until then."""
    found = []
    for row in rows:
        place = EVERYWHERE if row["neighbourhood"] is None else case.neighbourhood_number.get(str(row["neighbourhood"]))
        leaving = NOWHERE if row["leaving"] is None else case.neighbourhood_number.get(str(row["leaving"]), NOWHERE)
        left = DISPLACED if row["group"] == RETURNEE else row["group"]
        if place is None or row["group"] not in case.group_ids or left not in case.group_ids:
            continue
        found.append(
            Arrival(
                place=place,
                group=case.group_ids.index(row["group"]),
                share=row["share"] or 0.0,
                persons=row["persons"] or 0.0,
                leaving_place=leaving,
                leaving_group=case.group_ids.index(left),
            )
        )
    return found
