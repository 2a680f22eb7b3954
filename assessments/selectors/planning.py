"""Works and what they would gain, as stored with the last computation; names and words are put here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.core.explanation import Binding
from assessments.models import FunctionalityRun, Intervention
from assessments.selectors.doubt import bands, ranking_doubt
from assessments.selectors.sentences import count, percent, service_name
from crisis.lib.disclosure import Audience, safe_count, safe_parts
from municipal_units.models import Facility, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of

Row = Mapping[str, Any]
MOST_HELPS = 10


def ranking(municipality: Municipality, *, actor: Actor) -> dict[str, Any]:
    """The works by gain for their money, best first, each counted as if it were the only one with what it needs first.

    Gains are persons fully served; for others than the own municipality they are rounded or left out.
    """
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    run = newest_run(municipality)
    items = _items(municipality, run.ranking if run else [], audience_of(actor, municipality))
    note = _("A ranking is not a plan: gains interact.")
    return {"items": items, "note": note, "doubt": ranking_doubt(municipality)}


def newest_run(municipality: Municipality, *, at: datetime | None = None) -> FunctionalityRun | None:
    """The last computation, or the last one there was at an earlier moment."""
    runs = FunctionalityRun.objects.filter(municipality=municipality)
    if at is not None:
        runs = runs.filter(as_of__lte=at)
    return runs.order_by("-seq", "-id").first()


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
    firm = bands(municipality)
    followers: dict[int, list[str]] = {}
    for row in rows:
        for required in row["closure"][1:]:
            followers.setdefault(required, []).append(works[row["id"]].code if row["id"] in works else "")
    return [
        _item(row, works, facilities, followers.get(row["id"], []), audience) | firm.get(row["id"], NO_BAND)
        for row in rows
        if row["id"] in works
    ]


NO_BAND = dict.fromkeys(("band", "share", "rank_low", "rank_high"))


def _item(
    row: Row,
    works: Mapping[int, Intervention],
    facilities: Mapping[int, str],
    followers: Sequence[str],
    audience: Audience,
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
        "reason": _reason(row, facilities, unlockers, followers),
        "unlockers": unlockers,
        "lo": safe_count(row["lo"], audience),
        "hi": safe_count(row["hi"], audience),
    }


def _reason(row: Row, facilities: Mapping[int, str], unlockers: Sequence[Row], followers: Sequence[str]) -> str:
    """What binds once the work is done; for a work without gain also what would make it gain, or who waits for it."""
    limit = row["limit"]
    if limit is None:
        return ""
    if limit["binding"] == Binding.NO_EFFECT and followers:
        return _("No gain alone: {works} can only begin after it.").format(works=", ".join(followers))
    sentences = (AFTERWARDS if row["gain"] > 0 else NO_GAIN).get(limit["binding"], "")
    if limit["binding"] == Binding.OWN_CAPACITY and (limit["level"] or 0) > ALL_IT_CAN:
        sentences = FULL_AFTERWARDS if row["gain"] > 0 else FULL
    held = str(sentences).format(
        limit=service_name(limit["service"]).lower() if limit["service"] else "",
        facility=facilities.get(limit["facility"], service_name(limit["service"]) if limit["service"] else ""),
        percent=percent(limit["level"]),
    )
    best = next((u for u in unlockers if (u["pair_bonus"] or 0) > 0), None)
    if row["gain"] > 0 or best is None:
        return held
    n = int(best["pair_bonus"])
    sentence = ngettext("Gains {n} person once {work} works.", "Gains {n} people once {work} works.", n)
    return f"{held} {sentence.format(n=count(n), work=best['code'])}"


ALL_IT_CAN = 0.995
FULL = gettext_lazy("No gain alone: {facility} already gives all it can.")
FULL_AFTERWARDS = gettext_lazy("Afterwards {facility} gives all it can.")
NO_GAIN = {
    Binding.SUPPORT: gettext_lazy("No gain alone: limited by {limit} ({percent})."),
    Binding.OWN_CAPACITY: gettext_lazy("No gain alone: limited by the state of {facility} ({percent})."),
    Binding.LOCAL_REACH: gettext_lazy("No gain alone: {limit} reaches only {percent} of the people there."),
    Binding.DEMAND_MET: gettext_lazy("No gain: the need is met without it."),
    Binding.NO_PROVIDER: gettext_lazy("No gain alone: no facility brings {limit} there."),
    Binding.NO_DEMAND: gettext_lazy("No gain: nobody there needs {limit} now."),
    Binding.UNKNOWN: gettext_lazy("The gain is not known: nobody has reported on {limit} there."),
    Binding.NO_WEIGHT: gettext_lazy("No gain: {limit} has no weight here."),
    Binding.NO_EFFECT: gettext_lazy("No gain: it changes nothing that is counted."),
}
AFTERWARDS = {
    Binding.SUPPORT: gettext_lazy("Afterwards {facility} is limited by {limit} ({percent})."),
    Binding.OWN_CAPACITY: gettext_lazy("Afterwards limited by the state of {facility} ({percent})."),
    Binding.LOCAL_REACH: gettext_lazy("Afterwards {limit} reaches {percent} of the people there."),
    Binding.DEMAND_MET: gettext_lazy("Afterwards the need is met."),
    Binding.NO_PROVIDER: gettext_lazy("Afterwards no facility brings {limit} there."),
}
