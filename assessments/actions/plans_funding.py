"""Funds and what they are set aside for: no fund gives more than it holds, no work gets more than it costs."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Sum

from assessments.core.works import WorkStatus, may_follow
from assessments.models import Fund, Funding, Intervention
from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

FUND_STATES = ("pledged", "committed", "received")
ROUNDING = 0.005


@transaction.atomic
def register_fund(
    *,
    by: Actor,
    municipality: Municipality,
    code: str,
    name: str,
    amount: float,
    donor: str = "",
    state: str = "pledged",
    services: Sequence[str] = (),
    until: date | None = None,
) -> Fund:
    """A new fund, or the known one with this code as it is now."""
    require_somewhere(by, Permission.EDIT_PLANS, municipality)
    wrong = [FieldError(key, "This is needed.") for key, value in (("code", code), ("name", name)) if not value.strip()]
    if not 0 <= amount < 1e15:
        wrong.append(FieldError("amount", f"An amount is zero or more; {amount} was given."))
    if state not in FUND_STATES:
        wrong.append(FieldError("state", f"Use one of: {', '.join(FUND_STATES)}."))
    if unknown := [service for service in services if service not in set(ServiceDomain)]:
        wrong.append(FieldError("services", f"'{unknown[0][:40]}' is no service."))
    if wrong:
        raise Invalid(fields=wrong)
    known = Fund.objects.select_for_update().filter(municipality=municipality, code=code.strip()).first()
    taken = known.fundings.aggregate(sum=Sum("amount"))["sum"] or 0.0 if known else 0.0
    if amount < taken - ROUNDING:
        raise Conflict(f"{taken:,.0f} of this fund is set aside for works already.")
    fund = known or Fund(municipality=municipality, code=code.strip(), currency=municipality.currency)
    fund.name, fund.donor, fund.amount, fund.state = name.strip(), donor.strip(), amount, state
    fund.services, fund.until = list(services), until
    fund.save()
    _tell(by, fund)
    return fund


@transaction.atomic
def set_funding(*, by: Actor, fund: Fund, work: Intervention, amount: float) -> Funding | None:
    """Sets a part of a fund aside for a work; 0 takes it back. A work that is paid for in full becomes funded."""
    require_somewhere(by, Permission.EDIT_PLANS, fund.municipality)
    locked = Fund.objects.select_for_update().get(pk=fund.pk)
    if not 0 <= amount < 1e15:
        raise Invalid(fields=[FieldError("amount", f"An amount is zero or more; {amount} was given.")])
    others = locked.fundings.exclude(intervention=work).aggregate(sum=Sum("amount"))["sum"] or 0.0
    if others + amount > locked.amount + ROUNDING:
        raise Conflict(f"Only {locked.amount - others:,.0f} of this fund is left.")
    elsewhere = (
        Funding.objects.filter(intervention=work).exclude(fund=locked).aggregate(sum=Sum("amount"))["sum"] or 0.0
    )
    if elsewhere + amount > work.cost + ROUNDING:
        raise Conflict(f"Only {max(0.0, work.cost - elsewhere):,.0f} of this work is not paid for yet.")
    Funding.objects.filter(fund=locked, intervention=work).delete()
    made = None
    if amount > 0:
        made = Funding.objects.create(
            municipality_id=locked.municipality_id,
            fund=locked,
            intervention=work,
            amount=amount,
            set_by_id=by.user_id,
        )
    if elsewhere + amount >= work.cost - ROUNDING and may_follow(WorkStatus(work.status), WorkStatus.FUNDED):
        _become_funded(by, work)
    _tell(by, locked)
    return made


def _become_funded(by: Actor, work: Intervention) -> None:
    """Only an approved work becomes funded by its money; before approval money is a promise."""
    if work.status != WorkStatus.APPROVED:
        return
    work.status = WorkStatus.FUNDED
    work.save(update_fields=["status"])
    Event.objects.record(
        "work.changed",
        municipality_id=work.municipality_id,
        by_id=by.user_id,
        subject=work,
        neighbourhood_id=work.neighbourhood_id,
        shows={"work": work.pk, "code": work.code, "name": work.name, "status": "funded", "before": "approved"},
    )


def _tell(by: Actor, fund: Fund) -> None:
    Event.objects.record(
        "fund.changed",
        municipality_id=fund.municipality_id,
        by_id=by.user_id,
        subject=fund,
        shows={"fund": fund.pk, "code": fund.code},
    )
