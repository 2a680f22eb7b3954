"""How sure the ranking and the plans are, as pages and API tell it: bands, ages, and what to assess first, in words."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.core.robustness import FIRM, LIKELY, Band
from assessments.core.surveys import InputKind
from assessments.models import FunctionalityRun, Intervention, Plan, PlanDoubt, RankingDoubt, Visit
from assessments.selectors.plan_sentences import in_language
from assessments.selectors.sentences import count, percent, service_name
from crisis.lib.disclosure import Audience, safe_count
from municipal_units.models import Facility, FacilityStatus, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.places import names_of

Row = Mapping[str, Any]
MOST_WORKS_NAMED = 3
FACILITY_FORM, PEOPLE_FORM, HOUSING_FORM = "facility_status", "population", "damage_rapid"
OPEN_VISITS = ("planned", "under_way")
NOWHERE_STATED = ("", "unknown")


def band_of(share: float) -> Band:
    if share >= FIRM:
        return Band.FIRM
    if share >= LIKELY:
        return Band.LIKELY
    return Band.CONTESTED if share > 0 else Band.OUTSIDE


def ranking_doubt(municipality: Municipality) -> dict[str, Any] | None:
    """How the bands were made: draws, seed, when, whether facts changed since. None before the first."""
    kept = RankingDoubt.objects.filter(municipality=municipality).first()
    if kept is None or kept.computed_at is None:
        return None
    newest = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id")
    return {
        "draws": kept.draws,
        "first_places": kept.first_places,
        "asked_places": kept.asked_places,
        "seed": kept.seed,
        "stamp": kept.stamp,
        "as_of": kept.as_of,
        "computed_at": kept.computed_at,
        "seconds": kept.seconds,
        "is_current": kept.run_id is not None and kept.run_id == newest.values_list("pk", flat=True).first(),
    }


def bands(municipality: Municipality) -> dict[int, dict[str, Any]]:
    """By work: its band, share of draws among the first places, and the ranks it takes in nine draws of ten."""
    kept = RankingDoubt.objects.filter(municipality=municipality).first()
    return {
        row["id"]: {
            "band": str(band_of(row["share"])),
            "share": row["share"],
            "rank_low": round(row["low"]),
            "rank_high": round(row["high"]),
        }
        for row in (kept.works if kept else [])
    }


def to_assess_first(municipality: Municipality, *, actor: Actor, neighbourhood: int | None = None) -> dict[str, Any]:
    """Which visits would change the ranking most, best first, each with one sentence; then facilities of which so
    little is known that nobody can say what a visit would change. Of one neighbourhood, if it is named."""
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    kept = RankingDoubt.objects.filter(municipality=municipality).first()
    audience = audience_of(actor, municipality)
    rows = [row for row in (kept.surveys if kept else []) if tells_no_count(row, audience)]
    run = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id").first()
    blind = [one["facility"] for one in (run.warnings if run else []) if one.get("code") == "capacity_unknown"]
    asked = Asked.of(municipality, rows, audience, blind=blind)
    places = kept.first_places if kept else 0
    items = [asked.item(row) | {"why": rank_sentence(row, asked, places), "value": row["value"]} for row in rows]
    items += [asked.blind_item(facility) for facility in asked.blind]
    here = [one for one in items if neighbourhood is None or one["neighbourhood"] == neighbourhood]
    return {"items": here, "doubt": ranking_doubt(municipality)}


def tells_no_count(row: Row, audience: Audience) -> bool:
    """The ends of a count of people give the count away: they are for the own municipality only."""
    return audience == Audience.OWN or row["kind"] != InputKind.PEOPLE


@dataclass(frozen=True)
class Asked:
    """Names for what surveys speak of, read at once."""

    facilities: Mapping[int, Facility]
    places: Mapping[int, Mapping[str, str]]
    works: Mapping[int, str]
    seen: Mapping[int, Any]
    visited: Collection[tuple[str, int]]
    audience: Audience
    blind: Sequence[Facility] = ()

    @classmethod
    def of(
        cls, municipality: Municipality, rows: Iterable[Row], audience: Audience, *, blind: Sequence[str] = ()
    ) -> "Asked":
        rows = list(rows)
        ids = {int(row["key"]) for row in rows if row["kind"] == InputKind.FACILITY and row["key"].isdigit()}
        facilities = Facility.objects.filter(municipality=municipality)
        unsized = list(facilities.filter(code__in=[code for code in blind if code]).order_by("code"))
        named = {facility.pk: facility for facility in facilities.filter(pk__in=ids)}
        works = {
            pk for row in rows for end in ("at_low", "at_high") for pk in (*row[end]["enters"], *row[end]["leaves"])
        }
        statuses = FacilityStatus.objects.filter(
            municipality=municipality, facility__in=[*named, *(facility.pk for facility in unsized)]
        ).exclude(status__in=NOWHERE_STATED)
        latest = statuses.order_by("facility_id", "-observed_at").distinct("facility_id")
        visits = Visit.objects.filter(municipality=municipality, state__in=OPEN_VISITS, structure=None)
        return cls(
            named,
            {place.pk: names_of(place) for place in Neighbourhood.objects.filter(municipality=municipality)},
            dict(Intervention.objects.filter(municipality=municipality, pk__in=works).values_list("pk", "code")),
            dict(latest.values_list("facility_id", "observed_at")),
            {
                (form, facility or place or 0)
                for form, facility, place in visits.values_list("form_id_text", "facility_id", "neighbourhood_id")
            },
            audience,
            unsized,
        )

    def item(self, row: Row) -> dict[str, Any]:
        """What to look at: a facility, the homes or ways of a neighbourhood, or its people; `form` answers it (empty:
        no field form does)."""
        kind, _colon, number = row["key"].rpartition(":")
        if row["kind"] == InputKind.PEOPLE:
            return self.place_item("people", int(row["key"]), PEOPLE_FORM)
        if kind == "housing":
            return self.place_item("housing", int(number), HOUSING_FORM)
        if kind:
            return self.place_item("roads", int(number), "")
        facility = self.facilities.get(int(row["key"]))
        if facility is None:
            return self.place_item("facility", 0, "")
        return self.facility_item(facility)

    def facility_item(self, facility: Facility) -> dict[str, Any]:
        return {
            "kind": "facility",
            "facility": facility.pk,
            "code": facility.code,
            "name": facility.name or facility.code,
            "names": {
                "en": facility.name or facility.code,
                "fr": facility.name_fr or facility.name or facility.code,
                "ar": facility.name_ar or facility.name or facility.code,
            },
            "service": facility.service,
            "neighbourhood": facility.neighbourhood_id,
            "place": self.places.get(facility.neighbourhood_id or 0),
            "observed_at": self.seen.get(facility.pk),
            "form": FACILITY_FORM,
            "is_planned": (FACILITY_FORM, facility.pk) in self.visited,
        }

    def blind_item(self, facility: Facility) -> dict[str, Any]:
        place = self.places.get(facility.neighbourhood_id or 0)
        values = {"service": service_name(facility.service), "place": in_language(place) if place else ""}
        text = _("Its size is not known, so nobody can say how much {service} there is in {place}.") if place else _(
            "Its size is not known, so nobody can say how much {service} it gives."
        )  # fmt: skip
        return self.facility_item(facility) | {
            "why": text.format(**values | {"service": values["service"].lower()}),
            "value": None,
        }

    def place_item(self, kind: str, place: int, form: str) -> dict[str, Any]:
        names = self.places.get(place) or {"en": "", "fr": "", "ar": ""}
        return {
            "kind": kind,
            "facility": None,
            "code": "",
            "name": names["en"],
            "names": names,
            "service": "",
            "neighbourhood": place or None,
            "place": names,
            "observed_at": None,
            "form": form,
            "is_planned": bool(form) and (form, place) in self.visited,
        }

    def found(self, row: Row, end: str) -> str:
        """What the visit would find at this end, as a number people read."""
        if row["kind"] == InputKind.PEOPLE:
            return count(safe_count(row[end], self.audience) or 0)
        return percent(row[end])

    def codes(self, ids: Sequence[int]) -> str:
        named = [self.works[pk] for pk in ids if pk in self.works]
        rest = len(named) - MOST_WORKS_NAMED
        told = _(", ").join(named[:MOST_WORKS_NAMED])
        return told if rest <= 0 else _("{works} and {n} more").format(works=told, n=count(rest))


def rank_sentence(row: Row, asked: Asked, first_places: int) -> str:
    """What the answer could change: the end that replaces most, else the one that moves most."""
    end = max(("low", "high"), key=lambda name: (len(row[f"at_{name}"]["enters"]), row[f"at_{name}"]["moved"]))
    change = row[f"at_{end}"]
    values = {
        "found": asked.found(row, end),
        "enters": asked.codes(change["enters"]),
        "leaves": asked.codes(change["leaves"]),
        "places": count(first_places),
        "n": count(change["moved"]),
    }
    people = row["kind"] == InputKind.PEOPLE
    if change["enters"]:
        if people:
            return _(
                "If there are {found} people, {enters} comes among the first {places} instead of {leaves}."
            ).format(**values)
        return _("If it gives {found}, {enters} comes among the first {places} instead of {leaves}.").format(**values)
    if people:
        text = ngettext(
            "If there are {found} people, {n} of the first {places} works has another rank.",
            "If there are {found} people, {n} of the first {places} works have another rank.",
            change["moved"],
        )
    else:
        text = ngettext(
            "If it gives {found}, {n} of the first {places} works has another rank.",
            "If it gives {found}, {n} of the first {places} works have another rank.",
            change["moved"],
        )
    return text.format(**values)


def plan_doubt(plan: Plan, audience: Audience, *, facilities: bool) -> dict[str, Any] | None:
    """How firm a plan is: what it gains in nine worlds of ten, what it loses to the best, surveys that would change
    it (for those who may see facilities). None until it was weighed."""
    kept = PlanDoubt.objects.filter(plan=plan).first()
    if kept is None:
        return None
    asked = Asked.of(plan.municipality, kept.surveys, audience)
    low, middle, high = (safe_count(value, audience) for value in kept.gains)
    return {
        "draws": kept.draws,
        "seed": kept.seed,
        "stamp": kept.stamp,
        "computed_at": kept.computed_at,
        "seconds": kept.seconds,
        "gain_low": low,
        "gain_middle": middle,
        "gain_high": high,
        "regret": kept.regret,
        "surveys": [
            asked.item(row)
            | {"why": plan_sentence(row, asked), "value": None, "stake": safe_count(row["stake"], audience)}
            for row in kept.surveys
            if facilities
        ],
    }


def plan_shares(plan: Plan) -> dict[int, dict[str, Any]]:
    """By work: the share of draws whose best plan holds it, and its band."""
    kept = PlanDoubt.objects.filter(plan=plan).first()
    return {
        row["id"]: {"share": row["share"], "band": str(band_of(row["share"]))} for row in (kept.works if kept else [])
    }


def plan_sentence(row: Row, asked: Asked) -> str:
    """Which works the plan would gain and lose if the survey found the end that matters most."""
    end = max(("low", "high"), key=lambda name: len(row[f"at_{name}"]["enters"]) + len(row[f"at_{name}"]["leaves"]))
    change = row[f"at_{end}"]
    values = {
        "found": asked.found(row, end),
        "enters": asked.codes(change["enters"]),
        "leaves": asked.codes(change["leaves"]),
    }
    if change["enters"] and change["leaves"]:
        return _("If it gives {found}, the best plan holds {enters} instead of {leaves}.").format(**values)
    if change["enters"]:
        return _("If it gives {found}, the best plan also holds {enters}.").format(**values)
    return _("If it gives {found}, the best plan does without {leaves}.").format(**values)
