"""Weighing services together over HTTP."""

from collections.abc import Callable
from typing import Any

from ninja import Router, Status

from assessments.actions.weights import (
    agree_weights,
    answer_weighing,
    approve_weights,
    ask_again,
    drop_weighing,
    open_weighing,
    propose_weights,
    show_answers,
)
from assessments.models import WeightSession
from assessments.schemas.weights import (
    AgreementIn,
    EffectOut,
    PointsIn,
    SeatAnswerIn,
    WeighingIn,
    WeighingOut,
    WeighingRow,
    WeighingStateIn,
)
from assessments.selectors.weights import effect_of, session_item, session_of, session_row, sessions_for
from crisis.lib.errors import NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality, Seat
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.unit import meeting_of

router = Router(tags=["weights"])
TOWN = "/municipalities/{slug:code}"
WEIGHINGS = TOWN + "/weighings"
WEIGHING = WEIGHINGS + "/{int:weighing_id}"
MOST = 200
STEPS: dict[str, Callable[..., WeightSession]] = {
    "show": show_answers,
    "again": ask_again,
    "propose": propose_weights,
    "approve": approve_weights,
}


@router.get(WEIGHINGS, response=list[WeighingRow], operation_id="weighings")
def weighings(request: Asking, code: str) -> list[dict[str, Any]]:
    """Every weighing of this unit, the newest first."""
    town = municipality_for(request.auth, code, Permission.GIVE_WEIGHTS)
    return [session_row(one) for one in sessions_for(town, request.auth).order_by("-pk")[:MOST]]


@router.post(TOWN + "/meetings/{int:meeting_id}/weighings", response={201: WeighingOut}, operation_id="open_weighing")
def begin(request: Asking, code: str, meeting_id: int, wish: WeighingIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.HOLD_MEETINGS)
    made = open_weighing(by=request.auth, meeting=meeting_of(town, meeting_id), **wish.dict())
    return Status(201, session_item(made, actor=request.auth))


@router.get(WEIGHING, response=WeighingOut, operation_id="weighing")
def weighing(request: Asking, code: str, weighing_id: int) -> dict[str, Any]:
    return here(request, code, weighing_id)


@router.put(WEIGHING + "/answers", response=WeighingOut, operation_id="answer_weighing")
def answer(request: Asking, code: str, weighing_id: int, given: SeatAnswerIn) -> dict[str, Any]:
    """What a seat says in this round, from the account that holds it or by who leads the meeting."""
    town = municipality_for(request.auth, code, Permission.GIVE_WEIGHTS)
    answer_weighing(
        by=request.auth,
        session=session_of(town, weighing_id, actor=request.auth),
        seat=seat_here(town, given.seat),
        points=given.points,
        words=given.words,
    )
    return here(request, code, weighing_id)


@router.post(WEIGHING + "/effect", response=EffectOut, operation_id="weighing_effect")
def effect(request: Asking, code: str, weighing_id: int, given: PointsIn) -> dict[str, Any]:
    """What these points would change in the ranking; nothing is written."""
    town = municipality_for(request.auth, code, Permission.GIVE_WEIGHTS)
    return effect_of(session_of(town, weighing_id, actor=request.auth), given.points, actor=request.auth)


@router.post(WEIGHING + "/agree", response=WeighingOut, operation_id="agree_weights")
def agree(request: Asking, code: str, weighing_id: int, given: AgreementIn) -> dict[str, Any]:
    """Records the agreed values with their dissent and makes a scenario with these weights."""
    town = municipality_for(request.auth, code, Permission.HOLD_MEETINGS)
    agree_weights(by=request.auth, session=session_of(town, weighing_id, actor=request.auth), **given.dict())
    return here(request, code, weighing_id)


@router.post(WEIGHING + "/state", response=WeighingOut, operation_id="move_weighing")
def move(request: Asking, code: str, weighing_id: int, wish: WeighingStateIn) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.GIVE_WEIGHTS)
    step(request.auth, session_of(town, weighing_id, actor=request.auth), wish.do, because=wish.because)
    return here(request, code, weighing_id)


def step(actor: Actor, session: WeightSession, do: str, *, because: str = "") -> None:
    """One of the steps of a weighing by its name."""
    if do == "drop":
        drop_weighing(by=actor, session=session, because=because)
    else:
        STEPS[do](by=actor, session=session)


def here(request: Asking, code: str, weighing_id: int) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.GIVE_WEIGHTS)
    return session_item(session_of(town, weighing_id, actor=request.auth), actor=request.auth)


def seat_here(town: Municipality, seat_id: int) -> Seat:
    found = Seat.objects.select_related("unit").filter(municipality=town, pk=seat_id).first()
    if found is None:
        raise NotFound("There is no such seat here.")
    return found
