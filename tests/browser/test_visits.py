"""A visit from the coordinator's page to the phone and back onto the coordinator's map, without a reload."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visiting

SOON_MS = 20_000
CENTRE = {"latitude": 13.0, "longitude": -0.99, "accuracy": 6}


def test_a_visit_is_sent_walked_refused_offline_and_seen_on_the_map(visit: Visiting) -> None:
    office = visit()
    for code in ("F-07", "F-12"):
        facility = office.get(f"/municipalities/TK/facilities?q={code}")["items"][0]
        office.post(
            "/municipalities/TK/visits",
            {"facility": facility["id"], "assigned_to": "enumerator", "reason": "Does it work?"},
        )
    page = office.open("/m/TK/?over=stopped,visits")
    team = visit("enumerator", viewport=PHONE, geolocation=CENTRE, permissions=["geolocation"])
    phone = team.page
    phone.goto(f"{team.town.url}/field/")
    expect(phone.locator(".f-visit")).to_have_count(2, timeout=SOON_MS)
    assert {text[:4] for text in phone.locator(".f-visit b").all_inner_texts()} == {"F-07", "F-12"}
    team.context.set_offline(True)

    phone.locator(".f-visit", has_text="F-12").click()
    phone.locator("#v-note").fill("Nobody opens.")
    phone.get_by_role("button", name="Refused").click()
    expect(phone.locator(".f-visits li", has_text="F-12")).to_contain_text("Refused")
    phone.reload()
    expect(phone.locator(".f-visits li", has_text="F-12")).to_contain_text("Refused", timeout=SOON_MS)
    team.context.set_offline(False)

    expect(page.locator("#feed")).to_contain_text("Visit to F-12 was refused.", timeout=SOON_MS)
    items = office.get("/municipalities/TK/visits?lately=true")["items"]
    assert {item["facility"]: (item["state"], item["note"]) for item in items} == {
        "F-07": ("planned", ""),
        "F-12": ("refused", "Nobody opens."),
    }
