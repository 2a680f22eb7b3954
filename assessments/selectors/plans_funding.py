"""Works and their money: what is paid for, what is missing per sector, and the table a donor reads."""

from collections import defaultdict
from typing import Any

from django.db.models import Sum

from assessments.core.works import SIDE_EXITS
from assessments.models import Fund, Funding, Intervention, InterventionAction, Plan, PlannedIntervention
from crisis.lib.disclosure import Audience, safe_count
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

# Who does what, where, when, and the money: the columns donors ask for (3W with amounts), with HXL tags.
DONOR_COLUMNS = (
    ("Activity code", "#activity+code"),
    ("Activity", "#activity+name"),
    ("Sector", "#sector"),
    ("Type", "#activity+type"),
    ("Neighbourhood code", "#adm4+code"),
    ("Neighbourhood", "#adm4+name"),
    ("Status", "#status"),
    ("Start", "#date+start"),
    ("End", "#date+end"),
    ("People served more", "#reached"),
    ("Cost", "#value+cost"),
    ("Funded", "#value+funded"),
    ("Gap", "#value+gap"),
    ("Currency", "#currency"),
    ("Donors", "#org+donor"),
)


def funding(municipality: Municipality, *, actor: Actor) -> dict[str, Any]:
    """Funds with what is left, works with what is missing, and sums per sector. Works of the plan in force, or all."""
    require_somewhere(actor, Permission.VIEW_WORKS, municipality)
    plan = Plan.objects.filter(municipality=municipality, state__in=("approved", "published")).order_by("-pk").first()
    works = Intervention.objects.filter(municipality=municipality).exclude(status__in=SIDE_EXITS)
    gains: dict[int, float | None] = {}
    if plan is not None:
        rows = PlannedIntervention.objects.filter(plan=plan, chosen=True)
        gains = dict(rows.values_list("intervention_id", "gain"))
        works = works.filter(pk__in=gains)
    given: dict[int, list[Funding]] = defaultdict(list)
    for one in Funding.objects.filter(municipality=municipality).select_related("fund").order_by("pk"):
        given[one.intervention_id].append(one)
    sectors = sectors_of(municipality)
    items = [
        work_item(work, given[work.pk], sectors.get(work.pk, ""), gains.get(work.pk))
        for work in works.select_related("neighbourhood", "record").order_by("code")
    ]
    sums: dict[str, dict[str, float]] = defaultdict(lambda: {"cost": 0.0, "funded": 0.0, "gap": 0.0})
    for item in items:
        for key in ("cost", "funded", "gap"):
            sums[item["sector"]][key] += item[key]
    return {
        "plan": plan.pk if plan else None,
        "currency": municipality.currency,
        "funds": [fund_item(fund) for fund in funds_of(municipality)],
        "works": items,
        "sectors": [
            {"sector": sector, **values} for sector, values in sorted(sums.items(), key=lambda p: -p[1]["gap"])
        ],
    }


def funds_of(municipality: Municipality) -> list[Fund]:
    found = Fund.objects.filter(municipality=municipality).annotate(taken=Sum("fundings__amount"))
    return list(found.order_by("code"))


def fund_item(fund: Fund) -> dict[str, Any]:
    taken = getattr(fund, "taken", None) or 0.0
    return {
        "id": fund.pk,
        "code": fund.code,
        "name": fund.name,
        "donor": fund.donor,
        "state": fund.state,
        "services": fund.services,
        "until": fund.until,
        "amount": fund.amount,
        "set_aside": taken,
        "left": fund.amount - taken,
    }


def work_item(work: Intervention, given: list[Funding], sector: str, gain: float | None) -> dict[str, Any]:
    funded = sum(one.amount for one in given)
    record, place = getattr(work, "record", None), work.neighbourhood
    return {
        "id": work.pk,
        "code": work.code,
        "name": work.name,
        "names": {"en": work.name, "fr": work.name_fr or work.name, "ar": work.name_ar or work.name},
        "sector": sector,
        "intervention_type": work.intervention_type,
        "neighbourhood": place.pcode if place else "",
        "place": place.name if place else "",
        "status": work.status,
        "started_on": record.started_on if record else None,
        "finished_on": record.finished_on if record else None,
        "gain": safe_count(gain, Audience.PARTNER),
        "cost": work.cost,
        "funded": funded,
        "gap": max(0.0, work.cost - funded),
        "funds": [{"fund": one.fund_id, "code": one.fund.code, "amount": one.amount} for one in given],
        "donors": ", ".join(dict.fromkeys(one.fund.donor or one.fund.name for one in given)),
    }


def sectors_of(municipality: Municipality) -> dict[int, str]:
    """The service a work restores: that of its first effect; empty where it has none (land notes, debris)."""
    rows = InterventionAction.objects.filter(municipality=municipality).order_by("-pk")
    return {
        work: service or own
        for work, service, own in rows.values_list("intervention_id", "facility__service", "service")
    }


def donor_rows(told: dict[str, Any]) -> list[list[Any]]:
    """The rows of the donor's sheet in the order of DONOR_COLUMNS; people are rounded to five."""
    return [
        [
            work["code"], work["name"], work["sector"], work["intervention_type"], work["neighbourhood"],
            work["place"], work["status"], work["started_on"] or "", work["finished_on"] or "",
            "" if work["gain"] is None else work["gain"], work["cost"], work["funded"], work["gap"],
            told["currency"], work["donors"],
        ]
        for work in told["works"]
    ]  # fmt: skip
