"""A facility planned on the map is kept: it enters the register as not yet open, and the works list as a new work."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from assessments.actions.planning import propose_work
from assessments.actions.work_rows import WorkAction, WorkRow
from assessments.core.works import EffectKind, WorkPhase, WorkType
from assessments.models import Intervention
from assessments.selectors.expansion import Question, asked_town
from assessments.selectors.new_facility import Placed, Site, placed_in
from municipal_units.actions.facilities import register_facility, set_dependencies, state_catchment_share
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow, StatusRow
from municipal_units.actions.facts import record_status
from municipal_units.core.vocabulary import DataOrigin, OperationalStatus
from municipal_units.models import Facility, Municipality
from municipal_units.permissions import Actor, Permission, require, system_actor

SOURCE = "service expansion"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the works list needs to know of the work: money in the municipality's currency, days, crew."""

    code: str
    name: str
    cost: float
    duration_days: int
    crew: str = ""
    crew_units: int = 1
    fund: str = ""
    requires: tuple[str, ...] = ()


@transaction.atomic
def propose_expansion(
    *, by: Actor, municipality: Municipality, question: Question, site: Site, proposal: Proposal
) -> Intervention:
    """The facility with C = 0 until somebody has seen it work, and the work that builds it (+K). Both carry the code.

    What its kind needs from other services by the municipality's norms is registered with it, so that a plan knows that
    a pump without power gives nothing."""
    asked = asked_town(municipality, question)
    placed = placed_in(municipality, asked, question, site)
    for right in (Permission.EDIT_FACILITIES, Permission.EDIT_WORKS):
        require(by, right, municipality.pk, neighbourhood_id=placed.neighbourhood, service=question.service)
    facility = planned_facility(by, municipality, question, site, placed, proposal)
    return propose_work(
        by=by,
        municipality=municipality,
        row=WorkRow(
            code=proposal.code.strip(),
            name=proposal.name.strip(),
            intervention_type=WorkType.NEW_BUILD.value,
            phase=WorkPhase.RECOVERY.value,
            cost=proposal.cost,
            duration_days=proposal.duration_days,
            crew=proposal.crew.strip(),
            crew_units=proposal.crew_units,
            fund=proposal.fund.strip(),
            neighbourhood_id=placed.neighbourhood,
            requires=proposal.requires,
            source=SOURCE,
            observed_on=timezone.localdate(),
            actions=(WorkAction(kind=EffectKind.CAPACITY.value, facility_id=facility.pk, add=placed.capacity),),
        ),
    )


def planned_facility(
    by: Actor, municipality: Municipality, question: Question, site: Site, placed: Placed, proposal: Proposal
) -> Facility:
    """The facility in the register: opens when the work should be done, and stands still until it is seen working."""
    today = timezone.localdate()
    facility = register_facility(
        by=by,
        municipality=municipality,
        row=FacilityRow(
            code=proposal.code.strip(),
            name=proposal.name.strip(),
            service=question.service,
            asset_type=site.asset_type,
            lon=placed.lon,
            lat=placed.lat,
            capacity=site.capacity,
            unit=site.unit,
            capacity_status=DataOrigin.ESTIMATED.value,
            capacity_source=SOURCE,
            opened_on=today + timedelta(days=max(1, proposal.duration_days)),
            source=SOURCE,
        ),
    )
    record_status(
        by=by,
        municipality=municipality,
        row=StatusRow(
            facility_id=facility.pk,
            status=OperationalStatus.NOT_FUNCTIONAL.value,
            observed_at=timezone.now(),
            source=SOURCE,
            note="planned, not built yet",
        ),
    )
    if site.only_here and placed.neighbourhood is not None:
        state_catchment_share(
            by=by,
            municipality=municipality,
            row=CatchmentRow(facility_id=facility.pk, neighbourhood_id=placed.neighbourhood, share=1.0, source=SOURCE),
        )
    if placed.needs:
        # Applies the norms that are in force; nobody changes a norm here, so the right to change them is not asked.
        set_dependencies(
            by=system_actor(municipality.pk, user_id=by.user_id),
            municipality=municipality,
            rows=[
                DependencyRow(
                    facility_id=facility.pk,
                    service=needed,
                    strength=strength,
                    source="norm of its kind",
                    observed_on=today,
                )
                for needed, strength in sorted(placed.needs.items())
            ],
        )
    return facility
