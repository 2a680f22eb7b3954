"""Works and what they would gain, as stored with the last computation; names and words are put here."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from assessments.models import FunctionalityRun, Intervention
from assessments.selectors.audience import audience_of
from assessments.selectors.sentences import count, percent, service_name
from crisis.lib.disclosure import Audience, safe_count, safe_parts
from municipal_units.models import Facility, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

Row = Mapping[str, Any]
MOST_HELPS = 10


def ranking(municipality: Municipality, *, actor: Actor) -> dict[str, Any]:
    """The works by gain for their money, best first, each counted as if it were the only one with what it needs first.

    Gains are persons fully served; for others than the own municipality they are rounded or left out.
    """
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    run = newest_run(municipality)
    items = _items(municipality, run.ranking if run else [], audience_of(actor, municipality))
    return {"items": items, "note": _("A ranking is not a plan: gains interact.")}


def newest_run(municipality: Municipality) -> FunctionalityRun | None:
    return FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id").first()


def helps_in(
    municipality: Municipality, neighbourhood_id: int, *, run: FunctionalityRun | None, audience: Audience
) -> list[dict[str, Any]]:
    """The works that would help this place most, with what they gain here and in the whole town."""
    here = {
        row["id"]: sum(part["gain"] for part in [*row["breakdown"], *row["weakest"]] if part["n"] == neighbourhood_id)
        for row in (run.ranking if run else [])
    }
    helping = [row for row in (run.ranking if run else []) if here[row["id"]] > 0]
    best = sorted(helping, key=lambda row: -here[row["id"]])[:MOST_HELPS]
    return [
        {**item, "gain_here": safe_count(here[item["id"]], audience)} for item in _items(municipality, best, audience)
    ]


def _items(municipality: Municipality, rows: Sequence[Row], audience: Audience) -> list[dict[str, Any]]:
    """Rows of a ranking with names, cost and sentences. A work that was removed meanwhile is left out."""
    wanted = {row["id"] for row in rows}
    wanted |= {pk for row in rows for pk in [*row["closure"], *(u["id"] for u in row["unlockers"])]}
    works = {work.pk: work for work in Intervention.objects.filter(municipality=municipality, pk__in=wanted)}
    held = {row["limit"]["facility"] for row in rows if row["limit"] and row["limit"]["facility"]}
    facilities = dict(Facility.objects.filter(municipality=municipality, pk__in=held).values_list("pk", "code"))
    return [_item(row, works, facilities, audience) for row in rows if row["id"] in works]


def _item(
    row: Row, works: Mapping[int, Intervention], facilities: Mapping[int, str], audience: Audience
) -> dict[str, Any]:
    work = works[row["id"]]
    gain = safe_count(row["gain"], audience)
    parts = safe_parts(gain or 0, [part["gain"] for part in [*row["breakdown"], *row["weakest"]]], audience)
    services, places = parts[: len(row["breakdown"])], parts[len(row["breakdown"]) :]
    unlockers = [
        {"id": u["id"], "code": works[u["id"]].code, "pair_bonus": safe_count(u["pair_bonus"], audience)}
        for u in row["unlockers"]
        if u["id"] in works
    ]
    return {
        "rank": row["rank"],
        "id": work.pk,
        "code": work.code,
        "name": work.name,
        "names": {"en": work.name, "fr": work.name_fr or work.name, "ar": work.name_ar or work.name},
        "phase": work.phase,
        "status": work.status,
        "neighbourhood": work.neighbourhood_id,
        "gain": gain,
        "cost": row["cost"],
        "currency": work.currency,
        "gain_per_cost": row["gain_per_cost"] if audience == Audience.OWN else None,
        "duration_days": work.duration_days,
        "closure": [works[pk].code for pk in row["closure"] if pk in works],
        "breakdown": [
            {"n": part["n"], "s": part["s"], "gain": number}
            for part, number in zip(row["breakdown"], services, strict=True)
            if number > 0
        ],
        "weakest": [
            {"n": part["n"], "gain": number} for part, number in zip(row["weakest"], places, strict=True) if number > 0
        ],
        "reason": _reason(row, facilities, unlockers),
        "unlockers": unlockers,
        "lo": row["lo"],
        "hi": row["hi"],
    }


def _reason(row: Row, facilities: Mapping[int, str], unlockers: Sequence[Row]) -> str:
    """Why the gain is what it is; a work without gain names what holds it back, and what would unlock it."""
    limit = row["limit"]
    if row["gain"] > 0 or limit is None:
        return ""
    values = {"limit": service_name(limit["service"]).lower(), "percent": percent(limit["value"])}
    if unlockers:
        best = unlockers[0]
        return _("No gain alone: limited by {limit} ({percent}). Gains {n} people once {work} works.").format(
            **values, n=count(best["pair_bonus"] or 0), work=best["code"]
        )
    return _("No gain alone: limited by {limit} ({percent}).").format(**values)
