"""Tension and evictions: what follows from records, who sees what, and that nothing leaves by another door."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crisis import tiles
from crisis.lib.disclosure import Audience
from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from municipal_units.actions.evictions import EvictionRow, advance_eviction, open_eviction
from municipal_units.actions.meetings import close_meeting
from municipal_units.actions.norms import set_norm
from municipal_units.actions.protection import (
    IncidentRow,
    confirm_tension,
    do_task,
    record_tension,
    report_incident,
    verify_incident,
)
from municipal_units.models import Event, EvictionCase, Municipality, TensionIncident, UnitTask, User
from municipal_units.permissions import scope, system_actor
from municipal_units.selectors.events import shown_to
from municipal_units.selectors.protection import (
    eviction_item,
    eviction_totals,
    tension_items,
    tension_suggestions,
)
from tests.conftest import acting
from tests.unit.conftest import HELD, Table, place_named

TENSE = {"ratio_displaced_host": 0.5, "growth_90d": 12, "water_queue": 70, "rent_change_90d": 20, "service_gap_pp": 12}
TODAY = timezone.localdate


def level(user: User, town: Municipality, name: str) -> str:
    with scope(acting(user)):
        return next(str(item["level"]) for item in tension_items(town, acting(user)) if item["name"] == name)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_who_may_not_is_refused(tenkoro: Municipality, paul: User, ben: User, cleo: User, mina: User) -> None:
    place = place_named(tenkoro, "Wendou")
    for user, refusal in ((paul, NotAllowed), (ben, NotAllowed), (cleo, NotFound)):
        with scope(acting(user)), pytest.raises(refusal):
            record_tension(by=acting(user), neighbourhood=place, observed_on=TODAY(), values=TENSE)
    other = place_named(tenkoro, "Pelga")
    with scope(acting(mina)), pytest.raises(NotAllowed):
        record_tension(by=acting(mina), neighbourhood=other, observed_on=TODAY(), values=TENSE)


def test_a_tense_place_gives_the_unit_one_task(tenkoro: Municipality, ana: User, lea: User) -> None:
    place, actor = place_named(tenkoro, "Wendou"), acting(ana)
    with scope(actor):
        record = record_tension(by=actor, neighbourhood=place, observed_on=TODAY(), values=TENSE)
        record_tension(by=actor, neighbourhood=place, observed_on=TODAY(), values=TENSE)
        task = UnitTask.objects.get()
        assert (task.options, task.due_on) == (["dialogue", "service_fix", "referral"], TODAY() + timedelta(days=14))
        with pytest.raises(NotAllowed):
            confirm_tension(by=actor, record=record)
        with pytest.raises(Invalid):
            do_task(by=actor, task=task, chosen="arrest", note="no")
        assert do_task(by=actor, task=task, chosen="dialogue", note="Both met.").status == "done"
    assert level(ana, tenkoro, "Wendou") == "tense"
    assert level(ana, tenkoro, "Pelga") == "insufficient_data"
    with scope(acting(lea)):
        assert confirm_tension(by=acting(lea), record=record).confirmed_by_id == lea.pk


def test_a_lethal_incident_is_critical_until_it_is_dismissed_or_old(
    tenkoro: Municipality, ana: User, lea: User
) -> None:
    place = place_named(tenkoro, "Pelga")
    with scope(acting(lea)):
        row = IncidentRow(kind="violence", occurred_on=TODAY() - timedelta(days=2), lethal=True, account="At the pump")
        incident = report_incident(by=acting(lea), neighbourhood=place, row=row)
        old = IncidentRow(kind="violence", occurred_on=TODAY() - timedelta(days=100), lethal=True)
        report_incident(by=acting(lea), neighbourhood=place_named(tenkoro, "Forage"), row=old)
        assert UnitTask.objects.get().due_on == TODAY() + timedelta(days=3)
        with pytest.raises(NotAllowed, match="yourself"):
            verify_incident(by=acting(lea), incident=incident, verification="verified")
    assert (level(lea, tenkoro, "Pelga"), level(lea, tenkoro, "Forage")) == ("critical", "insufficient_data")
    with scope(acting(ana)):
        verify_incident(by=acting(ana), incident=incident, verification="dismissed")
    assert level(lea, tenkoro, "Pelga") == "insufficient_data"


def test_a_representative_sees_the_level_of_their_own_area_and_no_more(
    tenkoro: Municipality, ana: User, mina: User
) -> None:
    with scope(acting(ana)):
        for name in ("Wendou", "Pelga"):
            place = place_named(tenkoro, name)
            record_tension(by=acting(ana), neighbourhood=place, observed_on=TODAY(), values=TENSE, note="said in trust")
            row = IncidentRow(kind="rumour", occurred_on=TODAY(), account="said in trust")
            report_incident(by=acting(ana), neighbourhood=place, row=row)
    told = client_of(mina).get("/api/v1/municipalities/TK/tension")
    (item,) = told.json()["items"]
    assert (item["name"], item["level"], item["index"], item["values"]) == ("Wendou", "tense", None, {})
    assert "said in trust" not in told.content.decode()
    assert client_of(mina).get("/api/v1/municipalities/TK/incidents").json()["count"] == 0
    body = json.dumps({"neighbourhood": item["neighbourhood"], "kind": "rumour", "occurred_on": str(TODAY())})
    assert client_of(mina).post("/api/v1/municipalities/TK/incidents", body, "application/json").status_code == 201
    assert client_of(mina).get("/api/v1/municipalities/TK/incidents").json()["count"] == 1


def test_below_the_right_an_event_is_a_number_only(tenkoro: Municipality, ana: User, paul: User, mina: User) -> None:
    place = place_named(tenkoro, "Wendou")
    with scope(acting(ana)):
        record_tension(by=acting(ana), neighbourhood=place, observed_on=TODAY(), values=TENSE, note="said in trust")
        open_eviction(
            by=acting(ana), neighbourhood=place, row=EvictionRow(stage="threat_verbal", on=TODAY(), households=3)
        )
        events = list(Event.objects.filter(kind__in=("tension.recorded", "eviction.recorded", "task.changed")))
        assert len(events) == 3
        assert "said in trust" not in json.dumps([event.shows for event in events])
        for user in (paul, mina):
            assert all(set(told) == {"seq"} for told in shown_to(acting(user), tenkoro.pk, events))
        assert all("shows" in told for told in shown_to(acting(ana), tenkoro.pk, events))


def test_no_map_layer_shows_protection() -> None:
    assert not [name for name in tiles.LAYERS if "tension" in name or "evict" in name or "incident" in name]


def test_cuts_are_rows_of_the_municipality(tenkoro: Municipality, ana: User) -> None:
    place = place_named(tenkoro, "Wendou")
    with scope(acting(ana)):
        record_tension(by=acting(ana), neighbourhood=place, observed_on=TODAY(), values=TENSE)
        set_norm(
            by=acting(ana), municipality=tenkoro, kind="tension_level", key="tense", value=0.7, source="unit",
            valid_from=TODAY(),
        )  # fmt: skip
    assert level(ana, tenkoro, "Wendou") == "watch"


def test_registers_suggest_what_they_know(table: Table, tenkoro: Municipality, lea: User, ana: User) -> None:
    meeting = table.meeting(lea, *HELD)
    with scope(acting(lea)):
        close_meeting(by=acting(lea), meeting=meeting)
        assert tension_suggestions(tenkoro, place_named(tenkoro, "Wendou"), TODAY())["dialogue_absent"] == 1


def case_at(stage: str, **more: object) -> EvictionRow:
    values: dict[str, object] = {"stage": stage, "on": date(2026, 10, 1), "households": 12}
    return EvictionRow(**(values | more))  # type: ignore[arg-type]


def test_a_case_goes_through_its_stages_and_is_classified(tenkoro: Municipality, ana: User) -> None:
    place, actor = place_named(tenkoro, "Wendou"), acting(ana)
    with scope(actor):
        row = case_at("notice_written", lon=-0.99512, lat=13.00487, notice_days=5, safeguards={"consultation": "no"})
        case = open_eviction(by=actor, neighbourhood=place, row=row)
        assert case.location_fuzzed
        assert case.location_fuzzed.coords == (-0.995, 13.005)
        assert eviction_item(case)["classification"] == "insufficient_info"
        with pytest.raises(Invalid, match="already"):
            advance_eviction(by=actor, case=case, stage="court", on=date(2026, 9, 1))
        advance_eviction(by=actor, case=case, stage="carried_out", on=date(2026, 11, 1), note="At dawn.")
        assert eviction_item(case)["classification"] == "likely_forced"
        with pytest.raises(Invalid, match="carried out"):
            advance_eviction(by=actor, case=case, stage="averted", on=date(2026, 11, 2))
        advance_eviction(by=actor, case=case, stage="remedied", on=date(2026, 11, 3))
        item = eviction_item(case)
        assert [step["stage"] for step in item["stages"]] == ["notice_written", "carried_out", "remedied"]
        assert item["classification"] == "likely_forced"


def test_who_reports_a_case_sees_it_and_no_other(tenkoro: Municipality, ana: User, ben: User, mina: User) -> None:
    with scope(acting(ana)):
        foreign = open_eviction(by=acting(ana), neighbourhood=place_named(tenkoro, "Pelga"), row=case_at("court"))
    with scope(acting(ben)):
        own = open_eviction(by=acting(ben), neighbourhood=place_named(tenkoro, "Pelga"), row=case_at("threat_verbal"))
        with pytest.raises(NotAllowed):
            advance_eviction(by=acting(ben), case=own, stage="court", on=TODAY())
    client = client_of(ben)
    path = "/api/v1/municipalities/TK/evictions"
    assert [item["id"] for item in client.get(path).json()["items"]] == [own.pk]
    assert client.get(f"{path}/{own.pk}").status_code == 200
    assert client.get(f"{path}/{foreign.pk}").status_code == 404
    with scope(acting(mina)), pytest.raises(NotAllowed):
        open_eviction(by=acting(mina), neighbourhood=place_named(tenkoro, "Pelga"), row=case_at("threat_verbal"))


def test_a_case_sent_twice_is_one(tenkoro: Municipality, ben: User) -> None:
    row = case_at("threat_verbal", fact_id="6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c")
    with scope(acting(ben)):
        place = place_named(tenkoro, "Wendou")
        first, again = (open_eviction(by=acting(ben), neighbourhood=place, row=row) for _ in range(2))
        assert first.pk == again.pk
        changed = case_at("threat_verbal", households=90, fact_id="6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c")
        with pytest.raises(Conflict):
            open_eviction(by=acting(ben), neighbourhood=place, row=changed)
        assert EvictionCase.objects.count() == 1


def test_partners_get_rounded_sums_without_ratios_of_few(tenkoro: Municipality, ana: User, paul: User) -> None:
    with scope(acting(ana)):
        for number in range(2):
            row = case_at("notice_written", households=6 + number)
            open_eviction(by=acting(ana), neighbourhood=place_named(tenkoro, "Wendou"), row=row)
    with scope(system_actor(tenkoro.pk)):
        assert eviction_totals(tenkoro, Audience.OWN)["households_at_risk"] == 13
    told = client_of(paul).get("/api/v1/municipalities/TK/evictions/totals").json()
    assert (told["households_at_risk"], told["cases"], told["averted_rate"]) == (15, None, None)


def test_the_other_town_sees_nothing(tenkoro: Municipality, ana: User, cleo: User) -> None:
    with scope(acting(ana)):
        row = IncidentRow(kind="rumour", occurred_on=TODAY())
        report_incident(by=acting(ana), neighbourhood=place_named(tenkoro, "Wendou"), row=row)
        assert TensionIncident.objects.count() == 1
    with scope(acting(cleo)):
        assert TensionIncident.objects.count() == 0
