"""Works that may still be chosen, as the planning case takes them."""

from typing import Any

import pandas as pd

from assessments.core.works import SIDE_EXITS, WorkStatus
from assessments.models import Intervention, InterventionAction, InterventionRequirement
from municipal_units.models import Municipality

FINISHED = (WorkStatus.COMPLETED, WorkStatus.VERIFIED)


def works_frames(
    municipality: Municipality, facilities: set[str], places: set[int], warnings: list[dict[str, Any]]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Works neither finished nor given up, their effects, and what must be finished first.

    interventions: id, cost, duration (days), crew, crew_units, fund, group; actions: intervention, type, facility,
    neighbourhood, service, add; requirements: intervention, requires. A finished requirement is met. A work that needs
    one that was given up cannot be chosen: it is left out, with a warning. Effects on what the case does not hold
    (a facility without capacity, a retired neighbourhood) are left out too.
    """
    names = ["id", "code", "status", "cost", "duration_days", "crew", "crew_units", "fund", "exclusive_group"]
    rows = Intervention.objects.filter(municipality=municipality).order_by("id")
    works = pd.DataFrame.from_records(list(rows.values_list(*names)), columns=names)
    links = InterventionRequirement.objects.filter(municipality=municipality).order_by("intervention", "required")
    required = pd.DataFrame.from_records(
        list(links.values_list("intervention", "required")), columns=["intervention", "requires"]
    )
    finished = set(works["id"][works["status"].isin(FINISHED)])
    out = set(works["id"][works["status"].isin(SIDE_EXITS)])
    while blocked := set(required["intervention"][required["requires"].isin(out)]) - out - finished:
        codes = works["code"][works["id"].isin(blocked)]
        warnings += [{"code": "requirement_given_up", "work": str(code)} for code in codes]
        out |= blocked
    works = works[~works["id"].isin(finished | out)].reset_index(drop=True)
    required = required[required["intervention"].isin(works["id"]) & required["requires"].isin(works["id"])]
    interventions = works.drop(columns=["code", "status"]).rename(
        columns={"duration_days": "duration", "exclusive_group": "group"}
    )
    return interventions, _actions(municipality, set(works["id"]), facilities, places), required


def _actions(municipality: Municipality, works: set[int], facilities: set[str], places: set[int]) -> pd.DataFrame:
    rows = [
        (work, kind, str(facility) if facility else None, place, service or None, add)
        for work, kind, facility, place, service, add in InterventionAction.objects.filter(municipality=municipality)
        .order_by("id")
        .values_list("intervention", "kind", "facility", "neighbourhood", "service", "add")
        if work in works and (place in places if kind == "local" else str(facility) in facilities)
    ]
    columns = ["intervention", "type", "facility", "neighbourhood", "service", "add"]
    return pd.DataFrame.from_records(rows, columns=columns).astype({"facility": object, "neighbourhood": object})
