"""Norms, weights and factors of a municipality, over HTTP."""

from typing import Any, Literal

from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.wire import Day, Page, PageQuery, decoded_cursor, page
from municipal_units.actions.norms import set_norm
from municipal_units.api.asking import Asking
from municipal_units.models import Norm
from municipal_units.permissions import Permission
from municipal_units.schemas.registers import NormIn, NormOut
from municipal_units.selectors.norms import NormKind, norms_at
from municipal_units.selectors.places import municipality_for

router = Router(tags=["norms"])


class NormQuery(PageQuery):
    at: Day | None = None
    kind: NormKind | Literal[""] = ""


@router.get("/municipalities/{slug:code}/norms", response=Page[NormOut], operation_id="norms")
def norms(request: Asking, code: str, query: Query[NormQuery]) -> dict[str, Any]:
    """The norms in force on a day (today)."""
    town = municipality_for(request.auth, code, Permission.VIEW_NORMS)
    rows = norms_at(town, query.at or timezone.localdate()).rows
    wanted = sorted((row for row in rows if not query.kind or row.kind == query.kind), key=lambda row: row.pk)
    after = decoded_cursor(query.cursor, int)
    shown = [row for row in wanted if not after or row.pk > after[0]]
    return page(shown[: query.limit + 1], limit=query.limit, count=len(wanted), key=["pk"])


@router.post("/municipalities/{slug:code}/norms", response={201: NormOut}, operation_id="set_norm")
def change(request: Asking, code: str, norm: NormIn) -> Status[Norm]:
    """A newer value of one norm; results name the norms they were computed with."""
    town = municipality_for(request.auth, code)
    values = norm.dict() | {"valid_from": norm.valid_from or timezone.localdate()}
    return Status(201, set_norm(by=request.auth, municipality=town, **values))
