"""Works that may still be chosen, as the planning case takes them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from assessments.core.works import SIDE_EXITS, WorkStatus
from assessments.models import Intervention, InterventionAction, InterventionRequirement
from municipal_units.models import Municipality

FINISHED = (WorkStatus.COMPLETED, WorkStatus.VERIFIED)
# Fields of the model, and what the case calls them; days are its periods.
WORK_FIELDS = {
    "id": "id",
    "code": "code",
    "status": "status",
    "cost": "cost",
    "duration_days": "duration",
    "crew": "crew",
    "crew_units": "crew_units",
    "fund": "fund",
    "exclusive_group": "group",
}


@dataclass(frozen=True)
class Works:
    """The register of works as tables: works (id, code, status, cost, duration, crew, crew_units, fund, group), actions
    (intervention, type, facility as text, neighbourhood, service, add), requirements (intervention, requires)."""

    works: pd.DataFrame
    actions: pd.DataFrame
    requirements: pd.DataFrame


def registered_works(municipality: Municipality) -> Works:
    rows = Intervention.objects.filter(municipality=municipality).order_by("id")
    actions = InterventionAction.objects.filter(municipality=municipality).order_by("id")
    links = InterventionRequirement.objects.filter(municipality=municipality).order_by("intervention", "required")
    return Works(
        pd.DataFrame.from_records(list(rows.values_list(*WORK_FIELDS)), columns=list(WORK_FIELDS.values())),
        pd.DataFrame.from_records(
            [
                (work, kind, str(facility) if facility else None, place, service or None, add)
                for work, kind, facility, place, service, add in actions.values_list(
                    "intervention", "kind", "facility", "neighbourhood", "service", "add"
                )
            ],
            columns=["intervention", "type", "facility", "neighbourhood", "service", "add"],
        ),
        pd.DataFrame.from_records(
            list(links.values_list("intervention", "required")), columns=["intervention", "requires"]
        ),
    )


def candidate_works(
    registered: Works, *, facilities: set[str], places: set[int], warnings: list[dict[str, Any]]
) -> Works:
    """Works neither finished nor given up. A finished requirement is met. A work that needs one that was given up
    cannot be chosen: it is left out, with a warning. Effects on what the case does not hold (a facility without
    capacity, a retired neighbourhood) are left out too."""
    works, required, actions = registered.works, registered.requirements, registered.actions
    finished = set(works["id"][works["status"].isin(FINISHED)])
    out = set(works["id"][works["status"].isin(SIDE_EXITS)])
    while blocked := set(required["intervention"][required["requires"].isin(out)]) - out - finished:
        codes = works["code"][works["id"].isin(blocked)]
        warnings += [{"code": "requirement_given_up", "work": str(code)} for code in codes]
        out |= blocked
    works = works[~works["id"].isin(finished | out)].reset_index(drop=True)
    ids = set(works["id"])
    here = np.where(
        actions["type"] == "local", actions["neighbourhood"].isin(places), actions["facility"].isin(facilities)
    )
    return Works(
        works.drop(columns=["code", "status"]),
        actions[actions["intervention"].isin(ids) & here.astype(bool)].reset_index(drop=True),
        required[required["intervention"].isin(ids) & required["requires"].isin(ids)].reset_index(drop=True),
    )
