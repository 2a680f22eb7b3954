"""Visits over HTTP: planned, followed, reported by phones; teams; what to assess first and how sure the ranking is."""

from typing import Any

from ninja import Query, Router, Status

from assessments.actions.doubt import ask_ranking
from assessments.actions.visits import Said, field_people, plan_visit, report_visits, set_team, set_visit_state
from assessments.models import FieldTeam, RankingDoubt, Visit
from assessments.schemas.visits import (
    AskedOut,
    AskIn,
    AssessFirstOut,
    SaidAllIn,
    TeamIn,
    TeamOut,
    TeamsOut,
    VisitIn,
    VisitOut,
    VisitsNowOut,
    VisitStateIn,
)
from assessments.selectors.doubt import to_assess_first
from assessments.selectors.visits import lately, teams_of, visit_item, visits_of
from crisis.lib.errors import Invalid, NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from damage.models import Structure
from municipal_units.api.asking import Asking
from municipal_units.models import Facility, Municipality, Neighbourhood, User
from municipal_units.permissions import Permission, require_somewhere
from municipal_units.selectors.places import municipality_for

router = Router(tags=["visits"])
TOWN = "/municipalities/{slug:code}"


class VisitQuery(PageQuery):
    """`lately`: only open visits and those closed in the last two weeks, as the map shows them."""

    lately: bool = False


@router.get(TOWN + "/visits", response=Page[VisitOut], operation_id="visits")
def visits(request: Asking, code: str, query: Query[VisitQuery]) -> dict[str, Any]:
    """Visits, newest first."""
    town = municipality_for(request.auth, code, Permission.FILL_FORMS)
    rows = lately(town) if query.lately else visits_of(town)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    items = [visit_item(visit) for visit in shown.order_by("-pk")[: query.limit + 1]]
    return page(items, limit=query.limit, count=rows.count(), key=["id"])


@router.post(TOWN + "/visits", response={201: VisitOut}, operation_id="plan_visit")
def plan(request: Asking, code: str, visit: VisitIn) -> Status[dict[str, Any]]:
    """Sends a person, a team, or whoever is near, to a facility, a building or through a neighbourhood."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    wanted = {
        "facility": (Facility, visit.facility),
        "structure": (Structure, visit.structure),
        "neighbourhood": (Neighbourhood, visit.neighbourhood),
    }
    goal = {name: model.objects.filter(municipality=town, pk=pk).first() for name, (model, pk) in wanted.items() if pk}  # type: ignore[attr-defined]
    if None in goal.values():
        raise NotFound("There is no such facility, building or neighbourhood here.")
    made = plan_visit(
        by=request.auth,
        municipality=town,
        form=visit.form,
        assigned_to=person_named(town, visit.assigned_to),
        team=team_named(town, visit.team),
        due_on=visit.due_on,
        reason=visit.reason,
        origin=visit.origin,
        **goal,
    )
    return Status(201, visit_item(made))


def person_named(town: Municipality, username: str) -> User | None:
    """Somebody who fills in forms here; None for no name."""
    if not username:
        return None
    person: User | None = field_people(town).filter(username=username).first()
    if person is None:
        raise Invalid("Nobody of that name fills in forms here.")
    return person


def team_named(town: Municipality, name: str) -> FieldTeam | None:
    if not name:
        return None
    team = FieldTeam.objects.filter(municipality=town, name=name).first()
    if team is None:
        raise Invalid("There is no team of that name here.")
    return team


@router.post(TOWN + "/visits/{int:visit_id}/state", response=VisitOut, operation_id="set_visit_state")
def visit_state(request: Asking, code: str, visit_id: int, wish: VisitStateIn) -> dict[str, Any]:
    """Calls a visit off or plans it again."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    return visit_item(set_visit_state(by=request.auth, visit=visit_here(town, visit_id), state=wish.state))


def visit_here(town: Municipality, visit_id: int) -> Visit:
    found = visits_of(town).filter(pk=visit_id).first()
    if found is None:
        raise NotFound("There is no such visit here.")
    return found


@router.post(TOWN + "/field/visits", response=VisitsNowOut, operation_id="report_visits")
def report(request: Asking, code: str, told: SaidAllIn) -> dict[str, Any]:
    """How far a phone's visits are, also hours later and more than once; answers with their states as they are now."""
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.FILL_FORMS, town)
    now = report_visits(by=request.auth, municipality=town, said=[Said(**one.dict()) for one in told.said])
    return {"visits": [{"id": visit.pk, "state": visit.state} for visit in now]}


@router.get(TOWN + "/teams", response=TeamsOut, operation_id="field_teams")
def teams(request: Asking, code: str) -> dict[str, Any]:
    """Who goes out together."""
    return {"items": teams_of(municipality_for(request.auth, code, Permission.REVIEW_FORMS))}


@router.post(TOWN + "/teams", response={201: TeamOut}, operation_id="set_team")
def team(request: Asking, code: str, wish: TeamIn) -> Status[dict[str, Any]]:
    """A team by its name, with exactly these people."""
    town = municipality_for(request.auth, code, Permission.REVIEW_FORMS)
    people = [person for name in wish.people if (person := person_named(town, name)) is not None]
    made = set_team(by=request.auth, municipality=town, name=wish.name, people=people)
    return Status(201, next(one for one in teams_of(town) if one["id"] == made.pk))


@router.get(TOWN + "/assess-first", response=AssessFirstOut, operation_id="assess_first")
def assess_first(request: Asking, code: str) -> dict[str, Any]:
    """Which visits would change the ranking most, each with one sentence, and how sure the ranking is."""
    return to_assess_first(municipality_for(request.auth, code, Permission.VIEW_PRIORITIES), actor=request.auth)


@router.post(TOWN + "/ranking/ask", response={202: AskedOut}, operation_id="ask_ranking")
def ask(request: Asking, code: str, wish: AskIn) -> Status[RankingDoubt]:
    """Weighs the ranking again in the background, with another number of first places or another seed."""
    town = municipality_for(request.auth, code)
    asked = ask_ranking(by=request.auth, municipality=town, first_places=wish.first_places, seed=wish.seed)
    return Status(202, asked)
