"""Who is to look at what: visits chosen by hand or proposed, made by a person or a team, closed by what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from assessments.models import FieldTeam, FieldTeamMember, RankingDoubt, Submission, Visit
from crisis.lib.errors import FieldError, Invalid, NotFound
from damage.models import Structure
from municipal_units.models import (
    Event,
    Facility,
    Municipality,
    Neighbourhood,
    NeighbourhoodBoundary,
    User,
)
from municipal_units.permissions import RIGHTS, Actor, Permission, require

PLANNED, UNDER_WAY, DONE = "planned", "under_way", "done"
REFUSED, INACCESSIBLE, CANCELLED = "refused", "inaccessible", "cancelled"
OPEN = (PLANNED, UNDER_WAY)
CLOSED = (DONE, REFUSED, INACCESSIBLE, CANCELLED)
# What whoever went may say; done only where no single form ends the visit.
SAID = (UNDER_WAY, DONE, REFUSED, INACCESSIBLE)
CHOSEN, PROPOSED = "chosen", "proposed"
FACILITY_FORM, STRUCTURE_FORM, PEOPLE_FORM = "facility_status", "damage_rapid", "population"
PLACE_FORMS = (STRUCTURE_FORM, PEOPLE_FORM)
MOST_AT_ONCE, LONGEST_TEXT, LONGEST_NAME = 200, 300, 80


@dataclass(frozen=True)
class Goal:
    """Where to go: a facility, a building, or a whole neighbourhood with the form to fill there."""

    facility: Facility | None = None
    structure: Structure | None = None
    neighbourhood: Neighbourhood | None = None
    form: str = ""

    @property
    def place_id(self) -> int | None:
        if self.neighbourhood is not None:
            return self.neighbourhood.pk
        subject = self.facility or self.structure
        return subject.neighbourhood_id if subject is not None else None


def plan_visit(
    *,
    by: Actor,
    municipality: Municipality,
    facility: Facility | None = None,
    structure: Structure | None = None,
    neighbourhood: Neighbourhood | None = None,
    form: str = "",
    assigned_to: User | None = None,
    team: FieldTeam | None = None,
    due_on: date | None = None,
    reason: str = "",
    origin: str = CHOSEN,
) -> Visit:
    """One visit, as `plan_visits`."""
    goal = Goal(facility, structure, neighbourhood, form)
    return plan_visits(
        by=by, municipality=municipality, goals=[goal], assigned_to=assigned_to, team=team, due_on=due_on,
        reason=reason, origin=origin,
    )[0]  # fmt: skip


@transaction.atomic
def plan_visits(
    *,
    by: Actor,
    municipality: Municipality,
    goals: Sequence[Goal],
    assigned_to: User | None = None,
    team: FieldTeam | None = None,
    due_on: date | None = None,
    reason: str = "",
    origin: str = CHOSEN,
) -> list[Visit]:
    """Visits for one person, one team, or whoever is near. While one to the same thing for the same people is open,
    that one is it. A proposed one keeps what it was worth to the ranking when it was proposed."""
    for goal in goals:
        require(by, Permission.REVIEW_FORMS, municipality.pk, neighbourhood_id=goal.place_id)
    refuse_nonsense(municipality, goals, assigned_to, team, reason)
    worth = worth_of_surveys(municipality) if origin == PROPOSED else {}
    made = []
    for goal in goals:
        values = columns_of(goal)
        there = Visit.objects.filter(
            municipality=municipality, assigned_to=assigned_to, team=team, state__in=OPEN, **subject_of(goal, values)
        ).first()
        if there is not None:
            made.append(there)
            continue
        visit = Visit.objects.create(
            municipality=municipality,
            reason=reason.strip(),
            origin=origin,
            value=worth.get((values["form_id_text"], goal.facility.pk if goal.facility else goal.place_id)),
            assigned_to=assigned_to,
            team=team,
            due_on=due_on,
            created_by_id=by.user_id,
            **values,
        )
        record_change(by, visit)
        made.append(visit)
    return made


def refuse_nonsense(
    municipality: Municipality, goals: Sequence[Goal], assigned_to: User | None, team: FieldTeam | None, reason: str
) -> None:
    if not 1 <= len(goals) <= MOST_AT_ONCE:
        raise Invalid(f"Choose between 1 and {MOST_AT_ONCE} things to visit.")
    if any(sum(part is not None for part in (g.facility, g.structure, g.neighbourhood)) != 1 for g in goals):
        raise Invalid("A visit goes to one facility, one building or one neighbourhood.")
    if assigned_to is not None and team is not None:
        raise Invalid("A visit is for a person or for a team, not for both.")
    if assigned_to is not None and assigned_to not in field_people(municipality):
        raise NotFound("This person has no role here that fills in forms.")
    if team is not None and team.municipality_id != municipality.pk:
        raise NotFound("There is no such team here.")
    if any(goal.neighbourhood is not None and goal.form not in ("", *PLACE_FORMS) for goal in goals):
        raise Invalid(f"A whole neighbourhood is visited with one of: {', '.join(PLACE_FORMS)}.")
    if len(reason) > LONGEST_TEXT or "\x00" in reason:
        raise Invalid(fields=[FieldError("reason", f"The reason is longer than {LONGEST_TEXT} letters.")])


def field_people(municipality: Municipality) -> Any:
    """Accounts that may fill in forms here, by name."""
    roles = [str(role) for role in RIGHTS[Permission.FILL_FORMS]]
    return (
        User.objects.filter(assignments__municipality=municipality, assignments__role__in=roles, is_active=True)
        .distinct()
        .order_by("first_name", "last_name", "username")
    )


def columns_of(goal: Goal) -> dict[str, Any]:
    """Title, form and position of a visit by where it goes."""
    if goal.facility is not None:
        facility = goal.facility
        return {
            "facility": facility, "structure": None, "neighbourhood_id": facility.neighbourhood_id,
            "title": facility.code, "form_id_text": FACILITY_FORM, "geom": facility.geom,
        }  # fmt: skip
    if goal.structure is not None:
        structure, point = goal.structure, goal.structure.geom.point_on_surface
        return {
            "facility": None, "structure": structure, "neighbourhood_id": structure.neighbourhood_id,
            "title": f"B-{structure.pk}", "form_id_text": STRUCTURE_FORM, "geom": Point(point.x, point.y, srid=4326),
        }  # fmt: skip
    place = goal.neighbourhood
    assert place is not None
    boundary = NeighbourhoodBoundary.objects.filter(neighbourhood=place, valid_to=None).first()
    middle = boundary.geom.point_on_surface if boundary is not None else None
    return {
        "facility": None, "structure": None, "neighbourhood_id": place.pk, "title": place.name,
        "form_id_text": goal.form or STRUCTURE_FORM,
        "geom": Point(middle.x, middle.y, srid=4326) if middle is not None else None,
    }  # fmt: skip


def subject_of(goal: Goal, values: dict[str, Any]) -> dict[str, Any]:
    """What makes two visits go to the same thing."""
    same = {name: values[name] for name in ("facility", "structure", "form_id_text")}
    return same | ({"neighbourhood_id": goal.place_id} if goal.neighbourhood is not None else {})


def worth_of_surveys(municipality: Municipality) -> dict[tuple[str, int | None], float]:
    """Value of a visit to the ranking by form and facility or neighbourhood, as last worked out."""
    kept = RankingDoubt.objects.filter(municipality=municipality).first()
    found: dict[tuple[str, int | None], float] = {}
    for row in kept.surveys if kept else []:
        kind, _colon, number = row["key"].rpartition(":")
        form = PEOPLE_FORM if row["kind"] == "people" else STRUCTURE_FORM if kind == "housing" else FACILITY_FORM
        if number.isdigit():
            found[(form, int(number))] = row["value"]
    return found


@transaction.atomic
def set_visit_state(*, by: Actor, visit: Visit, state: str) -> Visit:
    """A supervisor calls a visit off, or plans it again. Only what comes back from the field makes a visit done."""
    require(by, Permission.REVIEW_FORMS, visit.municipality_id, neighbourhood_id=visit.neighbourhood_id)
    if state not in (PLANNED, CANCELLED):
        raise Invalid(f"'{state[:20]}' is no state to choose. Say {PLANNED} or {CANCELLED}.")
    if visit.state == DONE:
        raise Invalid("This visit was made. Plan a new one.")
    visit.state, visit.closed_at = state, timezone.now() if state == CANCELLED else None
    visit.save(update_fields=["state", "closed_at"])
    record_change(by, visit)
    return visit


@dataclass(frozen=True)
class Said:
    """What whoever went says of a visit, and when it was so by their clock."""

    visit: int
    state: str
    at: datetime
    note: str = ""


@transaction.atomic
def report_visits(*, by: Actor, municipality: Municipality, said: Sequence[Said]) -> list[Visit]:
    """Progress as a phone tells it, perhaps hours later and more than once. News older than what is known changes
    nothing, and a visit that was closed meanwhile stays as it is: a phone is never left holding something. Answers with
    the visits as they are now; those of others are left out."""
    mine = Q(assigned_to_id=by.user_id) | Q(team__members__user_id=by.user_id) | Q(assigned_to=None, team=None)
    visits = Visit.objects.filter(mine, municipality=municipality, pk__in=[one.visit for one in said]).distinct()
    known = {visit.pk: visit for visit in visits}
    for one in sorted(said, key=lambda item: item.at):
        visit = known.get(one.visit)
        if one.state not in SAID:
            raise Invalid(f"'{one.state[:20]}' is not known. Say {', '.join(SAID)}.")
        if visit is None:
            continue
        require(by, Permission.FILL_FORMS, municipality.pk, neighbourhood_id=visit.neighbourhood_id)
        may_close = one.state != DONE or is_area(visit)
        if may_close and visit.state not in (DONE, CANCELLED) and (visit.said_at is None or one.at > visit.said_at):
            move(by, visit, one.state, at=one.at, note=one.note)
    return list(known.values())


def is_area(visit: Visit) -> bool:
    return visit.facility_id is None and visit.structure_id is None


def move(
    by: Actor, visit: Visit, state: str, *, at: datetime, note: str = "", submission: Submission | None = None
) -> None:
    visit.state, visit.said_at, visit.note = state, at, note[:LONGEST_TEXT].replace("\x00", "")
    visit.closed_at = timezone.now() if state in CLOSED else None
    visit.submission = submission or visit.submission
    visit.save(update_fields=["state", "said_at", "note", "closed_at", "submission"])
    record_change(by, visit)


def close_visits(*, by: Actor, submission: Submission) -> None:
    """What a filled form means for visits: it ends those to its building or facility. A count of people ends those to
    its neighbourhood; a building there shows that the walk through the neighbourhood is under way."""
    visits = Visit.objects.filter(
        municipality_id=submission.municipality_id,
        state__in=(*OPEN, REFUSED, INACCESSIBLE),
        form_id_text=submission.form_id_text,
    )
    facility, subject = submission.answers.get("/facility"), submission.subject
    building = int(subject[2:]) if subject.startswith("B-") and subject[2:].isdigit() else 0
    about = Q(pk__in=[])
    if building:
        about |= Q(structure_id=building)
    if facility:
        about |= Q(facility__code=facility)
    if submission.neighbourhood_id is not None:
        about |= Q(facility=None, structure=None, neighbourhood_id=submission.neighbourhood_id)
    for visit in visits.filter(about).distinct():
        going_on = is_area(visit) and visit.form_id_text != PEOPLE_FORM
        if not going_on or visit.state != UNDER_WAY:
            move(by, visit, UNDER_WAY if going_on else DONE, at=timezone.now(), submission=submission)


@transaction.atomic
def set_team(*, by: Actor, municipality: Municipality, name: str, people: Sequence[User]) -> FieldTeam:
    """A team by its name, with exactly these people; a new one if there is none."""
    require(by, Permission.REVIEW_FORMS, municipality.pk)
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or "\x00" in name:
        raise Invalid(fields=[FieldError("name", f"Give the team a name of at most {LONGEST_NAME} letters.")])
    known = set(field_people(municipality))
    if any(person not in known for person in people):
        raise NotFound("One of these people has no role here that fills in forms.")
    team, _ = FieldTeam.objects.get_or_create(municipality=municipality, name=name)
    FieldTeamMember.objects.filter(team=team).exclude(user__in=people).delete()
    there = set(FieldTeamMember.objects.filter(team=team).values_list("user_id", flat=True))
    FieldTeamMember.objects.bulk_create(
        FieldTeamMember(municipality=municipality, team=team, user=person)
        for person in dict.fromkeys(people)
        if person.pk not in there
    )
    Event.objects.record(
        "team.changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=team,
        shows={"team": team.pk, "name": team.name, "members": len(people)},
    )
    return team


def record_change(by: Actor, visit: Visit) -> None:
    """Says where and how far, never who: everybody who fills in forms here may see it."""
    Event.objects.record(
        "visit.changed",
        municipality_id=visit.municipality_id,
        by_id=by.user_id,
        subject=visit,
        neighbourhood_id=visit.neighbourhood_id,
        shows={
            "visit": visit.pk,
            "state": visit.state,
            "title": visit.title,
            "form": visit.form_id_text,
            "lon": visit.geom.x if visit.geom else None,
            "lat": visit.geom.y if visit.geom else None,
        },
    )
