"""Who is to look at what: visits chosen by hand or proposed, closed by the form that comes back."""

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from assessments.models import Visit
from crisis.lib.errors import Invalid, NotFound
from damage.models import Structure
from municipal_units.models import Event, Facility, Municipality, User
from municipal_units.permissions import Actor, Permission, require

OPEN, DONE, CANCELLED = "open", "done", "cancelled"
CHOSEN, PROPOSED = "chosen", "proposed"


@transaction.atomic
def plan_visit(
    *,
    by: Actor,
    municipality: Municipality,
    facility: Facility | None = None,
    structure: Structure | None = None,
    assigned_to: User | None = None,
    reason: str = "",
    origin: str = CHOSEN,
    value: float | None = None,
) -> Visit:
    """A visit to one facility or structure. While one to the same thing for the same person is open, that one is it."""
    subject = facility or structure
    if subject is None or (facility is not None and structure is not None):
        raise Invalid("A visit goes to one facility or one building.")
    require(by, Permission.REVIEW_FORMS, municipality.pk, neighbourhood_id=subject.neighbourhood_id)
    if assigned_to is not None and not assigned_to.assignments.filter(municipality=municipality).exists():
        raise NotFound("This person has no role here.")
    there = Visit.objects.filter(
        municipality=municipality, facility=facility, structure=structure, assigned_to=assigned_to, state=OPEN
    ).first()
    if there is not None:
        return there
    place = subject.geom.point_on_surface if structure is not None else subject.geom
    visit = Visit.objects.create(
        municipality=municipality,
        neighbourhood_id=subject.neighbourhood_id,
        facility=facility,
        structure=structure,
        title=facility.code if facility is not None else f"B-{subject.pk}",
        reason=reason[:300],
        geom=Point(place.x, place.y, srid=4326),
        form_id_text="facility_status" if facility is not None else "damage_rapid",
        origin=origin,
        value=value,
        assigned_to=assigned_to,
        created_by_id=by.user_id,
    )
    _event(by, visit)
    return visit


@transaction.atomic
def set_visit_state(*, by: Actor, visit: Visit, state: str) -> Visit:
    """Called off, or opened again. Only a form that arrives makes a visit done."""
    require(by, Permission.REVIEW_FORMS, visit.municipality_id, neighbourhood_id=visit.neighbourhood_id)
    if state not in (OPEN, CANCELLED):
        raise Invalid(f"'{state[:20]}' is no state to choose. Say {OPEN} or {CANCELLED}.")
    if visit.state == DONE:
        raise Invalid("This visit was made. Plan a new one.")
    visit.state, visit.closed_at = state, timezone.now() if state == CANCELLED else None
    visit.save(update_fields=["state", "closed_at"])
    _event(by, visit)
    return visit


def _event(by: Actor, visit: Visit) -> None:
    Event.objects.record(
        "visit.changed",
        municipality_id=visit.municipality_id,
        by_id=by.user_id,
        subject=visit,
        neighbourhood_id=visit.neighbourhood_id,
        shows={"visit": visit.pk, "state": visit.state, "form": visit.form_id_text},
    )
