"""Who may use which address: the declared table that a test compares with what the server does.

Letters are roles: C coordinator, L unit lead, S service representative, E enumerator, M community representative,
P partner, U public. Whoever is not named is refused in his own municipality (403); in a foreign one the address does
not exist (404); without signing in programs get 401 and people are sent to the sign-in page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

API = "/api/v1"
TOWN = API + "/municipalities/{code}"
EVERYBODY = "CLSEMPU"
BODY = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Open:
    """Answers anybody, signed in or not, with one of these statuses."""

    statuses: tuple[int, ...] = (200,)
    body: Any = None


@dataclass(frozen=True)
class Account:
    """About the asker alone: `signed_in` for whoever is, otherwise `nobody` (401, or 302 to the sign-in page)."""

    signed_in: tuple[int, ...] = (200,)
    nobody: int = 401
    body: Any = None


@dataclass(frozen=True)
class Town:
    """Belongs to a municipality: `roles` get one of `statuses`."""

    roles: str
    statuses: tuple[int, ...] = (200,)
    nobody: int = 401
    body: BODY | None = None
    form: bool = False
    fills: dict[str, Any] = field(default_factory=dict)


PAGE = 302
OBSERVED = "2026-11-16T08:00:00Z"


def visit_form(made: dict[str, Any]) -> Any:
    return {"do": "plan", "facility": made["facility_id"]}


def facility(made: dict[str, Any]) -> Any:
    return {"code": "NEW", "name": "New", "service": "water", "lon": -0.995, "lat": 13.005}


def expansion(made: dict[str, Any]) -> Any:
    return {
        "service": "power",
        "capacity": 5,
        "neighbourhood": made["neighbourhood_id"],
        "code": "N1",
        "name": "New",
        "cost": 1,
        "duration_days": 9,
    }


def arrivals(made: dict[str, Any]) -> Any:
    return {"name": "Others", "rows": [{"group": "displaced", "share": 0.2}]}


def status(made: dict[str, Any]) -> Any:
    return {"instance_id": "6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "status": "minimal", "observed_at": OBSERVED}


def housing(made: dict[str, Any]) -> Any:
    place = made["neighbourhood_id"]
    return {"neighbourhood": place, "dwelling_units": 120, "observed_on": "2026-07-01", "source": "tax register"}


def holder(made: dict[str, Any]) -> Any:
    return {"holder": "Somebody in office", "starts_on": "2026-02-01", "woman": True}


def attendance(made: dict[str, Any]) -> Any:
    return {"seats": [{"seat": made["seat_id"], "present": True}]}


def votes(made: dict[str, Any]) -> Any:
    return {"meeting": made["meeting_id"], "votes": [{"seat": made["seat_id"], "vote": "for"}]}


def seat_answer(made: dict[str, Any]) -> Any:
    return {"seat": made["seat_id"], "points": {"water": 100, "power": 50}}


def tension(made: dict[str, Any]) -> Any:
    return {"neighbourhood": made["neighbourhood_id"], "observed_on": "2026-11-16", "values": {"water_queue": 40}}


def incident(made: dict[str, Any]) -> Any:
    return {"neighbourhood": made["neighbourhood_id"], "kind": "dispute_water", "occurred_on": "2026-11-16"}


def verification(made: dict[str, Any]) -> Any:
    return {"verification": "verified"}


def eviction(made: dict[str, Any]) -> Any:
    place = made["neighbourhood_id"]
    return {"neighbourhood": place, "stage": "notice_written", "on": "2026-11-16", "households": 4}


def stage(made: dict[str, Any]) -> Any:
    return {"stage": "negotiation", "on": "2026-11-16"}


def statuses(made: dict[str, Any]) -> Any:
    return {"statuses": [status(made) | {"facility": made["facility_id"]}]}


def damage(made: dict[str, Any]) -> Any:
    return {
        "instance_id": "7b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c",
        "lon": -0.995,
        "lat": 13.005,
        "source_value": "D3",
        "observed_at": OBSERVED,
    }


def hazard(made: dict[str, Any]) -> Any:
    head = {"instance_id": "8b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "kind": "uxo", "observed_at": OBSERVED}
    return {**head, "neighbourhood": made["neighbourhood_id"]}


def needs(made: dict[str, Any]) -> Any:
    head = {"instance_id": "9b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "group": "idp", "individuals": 40, "needs": ["food"]}
    return {**head, "neighbourhood": made["neighbourhood_id"], "urgency": "today", "observed_at": OBSERVED}


def hazard_state(made: dict[str, Any]) -> Any:
    return {"status": "confirmed", "on": timezone.localdate().isoformat()}


def count(made: dict[str, Any]) -> Any:
    estimates = [{"neighbourhood": made["neighbourhood_id"], "group": "idp", "individuals": 10}]
    head = {"name": "Other", "source": "test", "method": "census", "observed_on": "2026-11-12"}
    return {**head, "estimates": estimates}


def household(made: dict[str, Any]) -> Any:
    head = {"instance_id": "uuid:other", "neighbourhood": made["neighbourhood_id"], "group": "idp", "size": 4}
    return {**head, "consent_on": "2026-11-12", "registered_on": "2026-11-12", "members": [{"name": "Awa Test"}]}


def movement(made: dict[str, Any]) -> Any:
    head = {"instance_id": "uuid:other", "kind": "arrival", "group": "idp", "happened_on": "2026-11-12"}
    return {**head, "destination": made["neighbourhood_id"], "individuals": 6}


def site(made: dict[str, Any]) -> Any:
    return {"code": "S-2", "name": "School", "neighbourhood": made["neighbourhood_id"]}


def coverage(made: dict[str, Any]) -> Any:
    words = {"group": "idp", "complete": True, "stated_on": "2026-11-12"}
    return {"neighbourhood": made["neighbourhood_id"], **words}


def purpose(made: dict[str, Any]) -> Any:
    return {"purpose": "assistance"}


def work(made: dict[str, Any]) -> Any:
    return {"code": "W-2", "name": "Work", "intervention_type": "rehabilitation", "cost": 1, "duration_days": 1}


def norm(made: dict[str, Any]) -> Any:
    return {"kind": "demand", "service": "water", "key": "water_l_pd", "value": 20, "source": "test"}


def reach(made: dict[str, Any]) -> Any:
    return {"neighbourhood": made["neighbourhood_id"], "service": "water", "share": 0.5, "observed_at": OBSERVED}


URLS: dict[tuple[str, str], Open | Account | Town] = {
    ("GET", "/healthz"): Open(),
    ("GET", "/readyz"): Open(),
    ("GET", "/help/keys"): Open(),
    ("POST", "/language"): Open((302,), {"language": "fr"}),
    ("GET", API + "/"): Open((404,)),
    ("GET", API + "/{rest}"): Open((404,)),
    ("GET", API + "/openapi.json"): Open(),
    # one's own account
    ("GET", API + "/me"): Account(),
    ("GET", API + "/tokens"): Account(),
    ("POST", API + "/tokens"): Account((201,), body={"name": "x"}),
    ("DELETE", API + "/tokens/{token_id}"): Account((404,)),
    ("GET", API + "/municipalities"): Account(),
    ("GET", "/"): Account((200, 302), PAGE),
    ("GET", "/account/tokens/"): Account((200,), PAGE),
    ("POST", "/account/tokens/"): Account((422,), PAGE),
    ("POST", "/account/tokens/{pk}/revoke"): Account((404,), PAGE),
    # sign-in, by the library; sign-up is closed
    ("GET", "/accounts/login/"): Open((200, 302)),
    ("GET", "/accounts/logout/"): Open((200, 302)),
    ("GET", "/accounts/inactive/"): Open((200, 302)),
    ("GET", "/accounts/signup/"): Open((200, 302)),
    ("GET", "/accounts/login/code/confirm/"): Open((200, 302)),
    ("GET", "/accounts/password/reset/"): Open((200, 302)),
    ("GET", "/accounts/password/reset/done/"): Open((200, 302)),
    ("GET", "/accounts/password/reset/key/done/"): Open((200, 302)),
    ("GET", "/accounts/password/reset/key/{uidb36}-{key}/"): Open((200, 302)),
    ("GET", "/accounts/confirm-email/"): Open((200, 302)),
    ("GET", "/accounts/confirm-email/{key}/"): Open((200, 302)),
    ("GET", "/accounts/2fa/authenticate/"): Open((200, 302)),
    ("GET", "/accounts/reauthenticate/"): Account((200, 302), PAGE),
    ("GET", "/accounts/email/"): Account((200, 302), PAGE),
    ("GET", "/accounts/password/change/"): Account((200, 302), PAGE),
    ("GET", "/accounts/password/set/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/reauthenticate/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/totp/activate/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/totp/deactivate/"): Account((200, 302, 404), PAGE),
    ("GET", "/accounts/2fa/recovery-codes/"): Account((200, 302, 404), PAGE),
    ("GET", "/accounts/2fa/recovery-codes/generate/"): Account((200, 302, 403, 404), PAGE),
    ("GET", "/accounts/2fa/recovery-codes/download/"): Account((200, 302, 404), PAGE),
    ("GET", "/accounts/2fa/webauthn/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/webauthn/add/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/webauthn/reauthenticate/"): Account((200, 302), PAGE),
    ("GET", "/accounts/2fa/webauthn/keys/{pk}/remove/"): Account((302, 404), PAGE),
    ("GET", "/accounts/2fa/webauthn/keys/{pk}/edit/"): Account((302, 404), PAGE),
    ("GET", "/accounts/2fa/webauthn/login/"): Open((200, 302)),
    ("GET", "/accounts/sessions/"): Account((200, 302), PAGE),
    ("GET", "/account/phones/"): Account((200,), PAGE),
    ("POST", "/account/phones/"): Account((404,), PAGE),
    ("POST", "/account/phones/{pk}/revoke"): Account((404,), PAGE),
    ("GET", "/invitation/{secret}"): Open((404,)),
    # published pictures: the towns of the test have none, which is answered like no town at all
    ("GET", "/public/{code}/"): Open((404,)),
    ("GET", "/public/{code}/neighbourhoods.csv"): Open((404,)),
    ("GET", "/public/{code}/neighbourhoods.geojson"): Open((404,)),
    ("POST", "/invitation/{secret}"): Open((404,)),
    # the town
    ("GET", TOWN): Town(EVERYBODY),
    ("GET", TOWN + "/neighbourhoods"): Town(EVERYBODY),
    ("GET", TOWN + "/neighbourhoods.geojson"): Town(EVERYBODY),
    ("GET", TOWN + "/neighbourhoods/{neighbourhood_id}"): Town("CLSMP"),
    ("GET", TOWN + "/situation"): Town("CLSMP"),
    ("GET", TOWN + "/ranking"): Town("CLSMP"),
    ("GET", TOWN + "/events"): Town("CLSEMP"),
    ("GET", TOWN + "/facilities"): Town("CLSEMP"),
    ("POST", TOWN + "/facilities"): Town("CLS", (201,), body=facility),
    ("GET", TOWN + "/facilities/{facility_id}"): Town("CLSEMP"),
    ("PATCH", TOWN + "/facilities/{facility_id}"): Town("CLS", body=lambda made: {"name": "Other"}),
    ("GET", TOWN + "/facilities/{facility_id}/status"): Town("CLSEMP"),
    ("POST", TOWN + "/facilities/{facility_id}/status"): Town("CLSEM", (201,), body=status),
    ("PUT", TOWN + "/facilities/{facility_id}/dependencies/{service}"): Town("C", body=lambda made: {"strength": 0.5}),
    ("DELETE", TOWN + "/facilities/{facility_id}/dependencies/{service}"): Town("C", (404,)),
    ("GET", TOWN + "/facilities/{facility_id}/what-if"): Town("CLSMP"),
    ("GET", TOWN + "/facilities/{facility_id}/network"): Town("CLSEMP"),
    ("GET", TOWN + "/facilities/{facility_id}/catchment-method"): Town("CLSEMP"),
    ("PUT", TOWN + "/facilities/{facility_id}/catchment"): Town("CLS", body=lambda made: {"method": "distance"}),
    ("POST", TOWN + "/statuses"): Town("CLSEM", (201,), body=statuses),
    ("POST", TOWN + "/statuses/withdraw"): Town("CLSEM", (404,), body=lambda made: {"statuses": [2**40]}),
    ("GET", TOWN + "/facilities/{facility_id}/catchment"): Town("CLSEMP"),
    ("PUT", TOWN + "/facilities/{facility_id}/catchment/{neighbourhood_id}"): Town(
        "CLS", body=lambda made: {"share": 0.5}
    ),
    ("GET", TOWN + "/reach"): Town("CLSEMP"),
    ("POST", TOWN + "/reach"): Town("CLSEM", (201,), body=reach),
    ("GET", TOWN + "/population/rounds"): Town("CLSEMP"),
    ("POST", TOWN + "/population/rounds"): Town("CLE", (201,), body=count),
    ("GET", TOWN + "/population/rounds/{round_id}/estimates"): Town("CLE"),
    ("GET", TOWN + "/population/rounds/{round_id}/flags"): Town("CLE"),
    ("GET", TOWN + "/population/rounds/{round_id}/compared/{other_id}"): Town("CLE"),
    ("POST", TOWN + "/population/rounds/{round_id}/review"): Town("CL", body=lambda made: {"accepted": True}),
    ("POST", TOWN + "/population/rounds/{round_id}/supersede"): Town(
        "CL", (422,), body=lambda made: {"by": made["round_id"]}
    ),
    ("GET", TOWN + "/movements"): Town("CLE"),
    ("POST", TOWN + "/movements"): Town("CLE", (201,), body=movement),
    ("POST", TOWN + "/movements/{movement_id}/review"): Town("CL", body=lambda made: {"rejected": True}),
    ("GET", TOWN + "/stock"): Town("CLE"),
    ("GET", TOWN + "/sites"): Town("CLE"),
    ("POST", TOWN + "/sites"): Town("CLE", (201,), body=site),
    # the register of households: persons for a purpose only
    ("GET", TOWN + "/households"): Town("CE"),
    ("POST", TOWN + "/households"): Town("CE", (201,), body=household),
    ("POST", TOWN + "/households/search"): Town("C", body=lambda made: {"purpose": "assistance", "text": "Awa"}),
    ("POST", TOWN + "/households/sheet"): Town("C", body=purpose),
    ("POST", TOWN + "/households/bulk"): Town(
        "C",
        body=lambda made: {"households": [str(made["household_id"])], "changes": {"group": "idp"}, "reason": "test"},
    ),
    ("POST", TOWN + "/households/bulk/undo"): Town(
        "C", (404,), body=lambda made: {"change": "6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "reason": "test"}
    ),
    ("GET", TOWN + "/households/{household_id}"): Town("CE"),
    ("POST", TOWN + "/households/{household_id}/open"): Town("CE", body=purpose),
    ("PATCH", TOWN + "/households/{household_id}"): Town("CE", body=lambda made: {"size": 9}),
    ("POST", TOWN + "/households/{household_id}/leaving"): Town("CE", body=lambda made: {"left_on": None}),
    ("POST", TOWN + "/households/{household_id}/forget"): Town("C"),
    ("POST", TOWN + "/households/{household_id}/members"): Town("CE", (201,), body=lambda made: {"name": "Issa Test"}),
    ("PATCH", TOWN + "/households/{household_id}/members/{member_id}"): Town("CE", body=lambda made: {"sex": "f"}),
    ("POST", TOWN + "/households/{household_id}/members/{member_id}/remove"): Town(
        "CE", (200, 422), body=lambda made: {"reason": "mistake"}
    ),
    ("GET", TOWN + "/households/{household_id}/history"): Town("C"),
    ("POST", TOWN + "/households/{household_id}/history/undo"): Town(
        "C", (404,), body=lambda made: {"change": "6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "reason": "test"}
    ),
    # saved views: only who made one removes it, or who leads the unit
    ("GET", TOWN + "/views"): Town("CLSEMP"),
    ("POST", TOWN + "/views"): Town("CLSEMP", (201,), body=lambda made: {"page": "facilities", "name": "Stopped"}),
    ("DELETE", TOWN + "/views/{view_id}"): Town("CL", (204,)),
    # long lists with names: nobody answers a request of their own
    ("GET", TOWN + "/person-exports"): Town("CL"),
    ("POST", TOWN + "/person-exports"): Town("C", (422,), body=purpose),
    ("POST", TOWN + "/person-exports/{export_id}/answer"): Town("CL", (200, 409), body=lambda made: {"granted": True}),
    ("POST", TOWN + "/person-exports/{export_id}/withdraw"): Town("C"),
    ("POST", TOWN + "/person-exports/{export_id}/sheet"): Town("C", (409,)),
    ("GET", TOWN + "/register/coverage"): Town("CL"),
    ("GET", TOWN + "/register/sites"): Town("CL"),
    ("GET", TOWN + "/register/counts"): Town("CL"),
    ("POST", TOWN + "/register/coverage"): Town("C", (201,), body=coverage),
    ("GET", TOWN + "/duplicates"): Town("C"),
    ("POST", TOWN + "/duplicates/{pair_id}/open"): Town("C", body=purpose),
    ("POST", TOWN + "/duplicates/{pair_id}/merge"): Town("C", body=lambda made: {"keep": str(made["household_id"])}),
    ("POST", TOWN + "/duplicates/{pair_id}/different"): Town("C", (204,)),
    ("GET", TOWN + "/merges"): Town("C"),
    ("POST", TOWN + "/merges/{merge_id}/undo"): Town("C"),
    ("GET", TOWN + "/person-access"): Town("C"),
    ("GET", TOWN + "/norms"): Town("CLSPU"),
    ("GET", TOWN + "/history/norms"): Town("CLSPU"),
    ("GET", TOWN + "/deleted"): Town(EVERYBODY),
    ("GET", TOWN + "/history/{kind}/{record_id}"): Town("CLSEMP", fills={"record_id": "facility_id"}),
    ("POST", TOWN + "/history/{kind}/{record_id}/undo"): Town(
        "CLS",
        (404,),
        fills={"record_id": "facility_id"},
        body=lambda made: {"change": "6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "reason": "test"},
    ),
    ("POST", TOWN + "/history/{kind}/{record_id}/delete"): Town(
        "CLS", fills={"record_id": "facility_id"}, body=lambda made: {"reason": "test"}
    ),
    ("POST", TOWN + "/history/{kind}/{record_id}/restore"): Town(
        "CLS", fills={"record_id": "facility_id"}, body=lambda made: {"reason": "test"}
    ),
    ("POST", TOWN + "/norms"): Town("C", (201,), body=norm),
    ("GET", TOWN + "/damage"): Town("CLSMP"),
    ("POST", TOWN + "/damage"): Town("CLSEM", (201,), body=damage),
    ("POST", TOWN + "/damage/{assessment_id}/review"): Town("CL", body=lambda made: {"state": "accepted"}),
    ("GET", TOWN + "/housing-stock"): Town("CLSMP"),
    ("POST", TOWN + "/housing-stock"): Town("CL", (201,), body=housing),
    # the unit
    ("GET", TOWN + "/unit"): Town("CLSMP"),
    ("POST", TOWN + "/unit"): Town("CL", (409,), body=lambda made: {"name": "Unit", "founded_on": "2026-01-01"}),
    ("PATCH", TOWN + "/unit"): Town("CL", body=lambda made: {"name": "Unit of the town"}),
    ("POST", TOWN + "/unit/seats"): Town("CL", (201,), body=lambda made: {"code": "women_group"}),
    ("POST", TOWN + "/unit/seats/{seat_id}/holder"): Town("CL", body=holder),
    ("POST", TOWN + "/unit/seats/{seat_id}/vacate"): Town("CL", (404,), body=lambda made: {"ends_on": "2026-11-01"}),
    ("POST", TOWN + "/unit/seats/{seat_id}/abolish"): Town(
        "CL", (204,), body=lambda made: {"abolished_on": "2026-11-01"}
    ),
    ("GET", TOWN + "/meetings"): Town("CLSMP"),
    ("POST", TOWN + "/meetings"): Town("L", (201,), body=lambda made: {"held_at": OBSERVED}),
    # a partner reads the minutes that the unit gives to partners, and finds nothing else
    ("GET", TOWN + "/meetings/{meeting_id}"): Town("CLSMP", (200, 404)),
    ("PUT", TOWN + "/meetings/{meeting_id}"): Town("L", body=lambda made: {"held_at": OBSERVED}),
    ("PUT", TOWN + "/meetings/{meeting_id}/attendance"): Town("L", body=attendance),
    ("PUT", TOWN + "/meetings/{meeting_id}/minutes"): Town("L", body=lambda made: {"minutes": "Said."}),
    ("POST", TOWN + "/meetings/{meeting_id}/close"): Town("L", (422,)),
    ("POST", TOWN + "/meetings/{meeting_id}/cancel"): Town("L"),
    ("GET", TOWN + "/decisions"): Town("CLSMPU"),
    ("POST", TOWN + "/decisions"): Town("CLS", (201,), body=lambda made: {"title": "A", "text": "B"}),
    # a proposal is for members of the unit only
    ("GET", TOWN + "/decisions/{decision_id}"): Town("CLSMPU", (200, 404)),
    ("POST", TOWN + "/decisions/{decision_id}/decide"): Town("L", (422,), body=votes),
    ("POST", TOWN + "/decisions/{decision_id}/withdraw"): Town("L", body=lambda made: {"because": "Later."}),
    ("GET", TOWN + "/norm-proposals"): Town("CLS"),
    ("POST", TOWN + "/norm-proposals"): Town("CLS", (201,), body=norm),
    ("POST", TOWN + "/norm-proposals/{proposal_id}/answer"): Town("C", body=lambda made: {"approve": True}),
    # protection; a community representative without an area of their own is refused there
    ("GET", TOWN + "/needs"): Town("CLSEMP"),
    ("POST", TOWN + "/needs"): Town("CLE", (201,), body=needs),
    ("POST", TOWN + "/works/{work_id}/relocation"): Town("CLS", body=lambda made: {"relocation": "temporary"}),
    ("GET", TOWN + "/safety"): Town("CL"),
    ("POST", TOWN + "/safety"): Town("CL", (201,), body=lambda made: {"values": {"grid_m": 2000}, "reason": "test"}),
    ("POST", TOWN + "/safety/{change_id}/decision"): Town("CL", body=lambda made: {"approve": True}),
    ("GET", TOWN + "/hazards"): Town("CLSP"),
    ("POST", TOWN + "/hazards"): Town("CLEM", (201,), body=hazard),
    ("POST", TOWN + "/hazards/{hazard_id}/status"): Town("CL", body=hazard_state),
    ("GET", TOWN + "/tension"): Town("CLM"),
    ("POST", TOWN + "/tension"): Town("CLM", (201, 403), body=tension),
    ("GET", TOWN + "/neighbourhoods/{neighbourhood_id}/tension-suggestions"): Town("CL"),
    ("POST", TOWN + "/tension/{tension_id}/confirm"): Town("L"),
    ("GET", TOWN + "/incidents"): Town("CLM"),
    ("POST", TOWN + "/incidents"): Town("CLM", (201, 403), body=incident),
    ("POST", TOWN + "/incidents/{incident_id}/verification"): Town(
        "CL", body=lambda made: {"verification": "verified"}
    ),
    ("GET", TOWN + "/evictions"): Town("CLEM"),
    ("POST", TOWN + "/evictions"): Town("CLEM", (201, 403), body=eviction),
    ("GET", TOWN + "/evictions/totals"): Town("CLPU"),
    # an enumerator and a community representative find their own cases only
    ("GET", TOWN + "/evictions/{eviction_id}"): Town("CLEM", (200, 404)),
    ("POST", TOWN + "/evictions/{eviction_id}/stages"): Town("CL", body=stage),
    ("GET", TOWN + "/tasks"): Town("CL"),
    ("POST", TOWN + "/tasks/{task_id}/done"): Town("CL", body=lambda made: {"chosen": "dialogue", "note": "Talked."}),
    ("GET", TOWN + "/structures"): Town("CLSMP"),
    ("GET", TOWN + "/works"): Town("CLSEMP"),
    ("POST", TOWN + "/works"): Town("CLS", (201,), body=work),
    ("GET", TOWN + "/works/{work_id}"): Town("CLSEMP"),
    ("POST", TOWN + "/works/{work_id}/status"): Town("CLS", body=lambda made: {"status": "screened"}),
    ("PUT", TOWN + "/works/{work_id}/vote"): Town("M", body=lambda made: {"value": 1}),
    ("POST", TOWN + "/works/{work_id}/record"): Town("CLS", body=lambda made: {"started_on": "2026-11-18"}),
    ("POST", TOWN + "/works/{work_id}/verify"): Town("CL", (409,)),
    ("GET", TOWN + "/funds"): Town("CLSEMP"),
    ("POST", TOWN + "/funds"): Town("CLS", (201,), body=lambda made: {"code": "F2", "name": "Fund", "amount": 5}),
    ("PUT", TOWN + "/funds/{fund_id}/works/{work_id}"): Town("CLS", body=lambda made: {"amount": 1}),
    ("GET", TOWN + "/weighings"): Town("CLSMP"),
    ("POST", TOWN + "/meetings/{meeting_id}/weighings"): Town("L", (409,), body=lambda made: {}),
    # Partners only where they hold a seat of the unit.
    ("GET", TOWN + "/weighings/{weighing_id}"): Town("CLSMP", (200, 404)),
    ("PUT", TOWN + "/weighings/{weighing_id}/answers"): Town("CLSMP", (403, 404, 422), body=seat_answer),
    ("POST", TOWN + "/weighings/{weighing_id}/effect"): Town(
        "CLSMP", (200, 404), body=lambda made: {"points": {"water": 100}}
    ),
    ("POST", TOWN + "/weighings/{weighing_id}/agree"): Town("L", (409,), body=lambda made: {"points": {"water": 100}}),
    ("POST", TOWN + "/weighings/{weighing_id}/state"): Town("CLSMP", (403, 404, 409), body=lambda made: {"do": "show"}),
    ("GET", TOWN + "/expansion"): Town("CLS"),
    ("GET", TOWN + "/expansion/norms"): Town("CLS"),
    ("GET", TOWN + "/expansion/new-facility"): Town("CLS", (422,)),
    ("POST", TOWN + "/expansion/proposals"): Town("CLS", (201,), body=expansion),
    ("GET", TOWN + "/learned-durations"): Town("CLSEMP"),
    ("GET", TOWN + "/arrivals"): Town("CLS"),
    ("POST", TOWN + "/arrivals"): Town("CLS", (201,), body=arrivals),
    ("PUT", TOWN + "/arrivals/{arrivals_id}"): Town("CLS", body=arrivals),
    ("DELETE", TOWN + "/arrivals/{arrivals_id}"): Town("CLS", (204,)),
    ("GET", TOWN + "/assembly-votes"): Town("CLSEMP"),
    ("POST", TOWN + "/assembly-votes"): Town("CL", body=lambda made: {"rows": [], "source": "test"}),
    ("GET", TOWN + "/area-plans"): Town(EVERYBODY),
    ("GET", TOWN + "/neighbourhoods/{neighbourhood_id}/area-plan"): Town(EVERYBODY, (200, 404)),  # public: agreed ones
    ("POST", TOWN + "/neighbourhoods/{neighbourhood_id}/area-plan"): Town(
        "CLS", (201,), body=lambda made: {"sections": {}, "changed": "Again"}
    ),
    ("GET", TOWN + "/neighbourhoods/{neighbourhood_id}/area-plan/compare"): Town(EVERYBODY, (200, 404)),
    ("POST", TOWN + "/area-plans/{area_plan_id}/vote"): Town(
        "CLS", (422, 409), body=lambda made: {"title": "Plan", "text": "Agreed."}
    ),
    ("POST", TOWN + "/area-plans/{area_plan_id}/agree"): Town(
        "CL", (422, 409), body=lambda made: {"decision": made["decision_id"]}
    ),
    ("GET", TOWN + "/plans"): Town(EVERYBODY),
    ("GET", TOWN + "/plans/compare"): Town(EVERYBODY),
    ("GET", TOWN + "/plans/{plan_id}"): Town(EVERYBODY),
    ("POST", TOWN + "/plans/{plan_id}/state"): Town("CLS", body=lambda made: {"do": "propose"}),
    ("POST", TOWN + "/plans/{plan_id}/replan"): Town("CLS", (201,), body=lambda made: {"name": "Again"}),
    ("POST", TOWN + "/scenarios"): Town("CLS", (201,), body=lambda made: {"name": "Other"}),
    ("POST", TOWN + "/scenarios/{scenario_id}/runs"): Town("CLS", (201,)),
    ("GET", TOWN + "/plan-runs/{run_id}"): Town("CLSEMP"),
    ("POST", TOWN + "/plan-runs/{run_id}/stop"): Town("CLS"),
    ("GET", TOWN + "/plan-runs/{run_id}/case"): Town("CLS"),
    ("GET", TOWN + "/imports"): Town("CL"),
    ("GET", API + "/field/pack"): Account((200, 404)),
    ("GET", TOWN + "/field/pack"): Town("CLSEM"),
    ("POST", TOWN + "/field/records"): Town("CLSEM", (422,), form=True, body=lambda made: {"device": "phone"}),
    ("POST", TOWN + "/field/outbox"): Town("CLSEM", (422,), body=lambda made: {}),
    ("GET", TOWN + "/field/holdings"): Town("CL"),
    ("POST", TOWN + "/field/holdings/explain"): Town(
        "CLSEM", (404,), body=lambda made: {"instance_id": "uuid:none", "reason": "entered again"}
    ),
    ("POST", TOWN + "/field/holdings"): Town("CLSEM", body=lambda made: {"device": "phone", "records": []}),
    ("POST", TOWN + "/imports"): Town("CL", (201,), form=True, body=lambda made: {"kind": "damage", "file": "sheet"}),
    ("GET", TOWN + "/imports/templates/{import_kind}"): Town("CL"),
    ("GET", TOWN + "/imports/{import_id}"): Town("CL"),
    ("PATCH", TOWN + "/imports/{import_id}"): Town("CL", body=lambda made: {"source": "Other"}),
    ("POST", TOWN + "/imports/{import_id}/check"): Town("CL", (200, 422)),
    ("POST", TOWN + "/imports/{import_id}/confirm"): Town("CL", (409,)),
    ("POST", TOWN + "/imports/{import_id}/stop"): Town("CL"),
    ("GET", TOWN + "/imports/{import_id}/undo"): Town("CL", (409,)),
    ("POST", TOWN + "/imports/{import_id}/discard"): Town("CL", (422,)),
    ("POST", TOWN + "/imports/{import_id}/undo"): Town("CL", (409,), body=lambda made: {"reason": "test"}),
    ("GET", TOWN + "/imports/{import_id}/rows"): Town("CL"),
    ("GET", TOWN + "/imports/{import_id}/sheet"): Town("CL"),
    ("GET", TOWN + "/people"): Town("CL"),
    ("DELETE", TOWN + "/people/{assignment_id}"): Town("C", (204,)),
    ("POST", TOWN + "/people/{assignment_id}/devices"): Town("CL", (201,), body=lambda made: {"name": "Phone 3"}),
    ("DELETE", TOWN + "/devices/{device_id}"): Town("CL", (204,)),
    ("GET", TOWN + "/invitations"): Town("CL"),
    ("POST", TOWN + "/invitations"): Town("CL", (201,), body=lambda made: {"name": "N", "role": "partner"}),
    ("DELETE", TOWN + "/invitations/{invitation_id}"): Town("CL", (204,)),
    ("POST", TOWN + "/access-reviews"): Town("C", (201,)),
    ("GET", TOWN + "/forms"): Town("CLSEM"),
    ("POST", TOWN + "/forms"): Town("CL", (422,), form=True, body=lambda made: {}),
    ("POST", TOWN + "/forms/preview"): Town("CL", (422,), form=True, body=lambda made: {}),
    ("GET", TOWN + "/forms/{form_pk}"): Town("CLSEM"),
    ("POST", TOWN + "/forms/{form_pk}/state"): Town("CL", body=lambda made: {"state": "closed"}),
    ("GET", TOWN + "/field/mine"): Town("CLSEM"),
    ("POST", TOWN + "/submissions"): Town("CLSEM", (202,), form=True, body=lambda made: {"record": "{}"}),
    ("GET", TOWN + "/submissions"): Town("CL"),
    ("GET", TOWN + "/submissions.csv"): Town("CL"),
    ("GET", TOWN + "/submissions/{submission_id}"): Town("CL"),
    ("POST", TOWN + "/submissions/{submission_id}/review"): Town("CL", body=lambda made: {"state": "accepted"}),
    ("GET", TOWN + "/submissions/{submission_id}/files/{file_id}"): Town("CL"),
    ("GET", TOWN + "/kept-aside"): Town("CL"),
    ("POST", TOWN + "/kept-aside/{kept_id}/settle"): Town("CL", body=lambda made: {"take": False}),
    ("GET", TOWN + "/visits"): Town("CLSEM"),
    ("POST", TOWN + "/visits"): Town("CL", (201,), body=lambda made: {"facility": made["facility_id"]}),
    ("POST", TOWN + "/visits/{visit_id}/state"): Town("CL", body=lambda made: {"state": "cancelled"}),
    ("POST", TOWN + "/field/visits"): Town("CLSEM", body=lambda made: {"said": []}),
    ("GET", TOWN + "/teams"): Town("CL"),
    ("POST", TOWN + "/teams"): Town("CL", (201,), body=lambda made: {"name": "Team 1"}),
    ("GET", TOWN + "/assess-first"): Town("CLSMP"),
    ("POST", TOWN + "/ranking/ask"): Town("CL", (202,), body=lambda made: {"first_places": 5}),
    ("GET", "/m/{code}/visits/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/visits/"): Town("CL", (302,), nobody=PAGE, form=True, body=visit_form),
    ("GET", "/m/{code}/visits/board"): Town("CL", nobody=PAGE),
    ("GET", "/m/{code}/visits/first"): Town("CL", nobody=PAGE),
    # pages of the town
    ("GET", "/m/{code}/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/neighbourhoods/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/neighbourhoods.csv"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/neighbourhoods/{pk}/"): Town("CLSMP", nobody=PAGE, fills={"pk": "neighbourhood_id"}),
    ("GET", "/m/{code}/neighbourhoods/{pk}/panel"): Town("CLSMP", nobody=PAGE, fills={"pk": "neighbourhood_id"}),
    ("GET", "/m/{code}/facilities/"): Town("CLSEMP", nobody=PAGE),
    ("GET", "/m/{code}/facilities/new"): Town("CLS", nobody=PAGE),
    ("GET", "/m/{code}/facilities/{pk}/"): Town("CLSEMP", nobody=PAGE, fills={"pk": "facility_id"}),
    ("GET", "/m/{code}/facilities/{pk}/edit"): Town("CLS", nobody=PAGE, fills={"pk": "facility_id"}),
    ("GET", "/m/{code}/facilities/{pk}/what-if"): Town("CLSMP", nobody=PAGE, fills={"pk": "facility_id"}),
    ("GET", "/m/{code}/history/norms/"): Town("CLSPU", nobody=PAGE),
    ("GET", "/m/{code}/history/{kind}/{pk}/"): Town("CLSEMP", nobody=PAGE, fills={"kind": "kind", "pk": "facility_id"}),
    ("POST", "/m/{code}/history/{kind}/{pk}/"): Town(
        "CLS",
        (302,),
        nobody=PAGE,
        fills={"kind": "kind", "pk": "facility_id"},
        body=lambda made: {"do": "delete", "reason": "test"},
    ),
    ("GET", "/m/{code}/export/{table}.{form}"): Town("CLS", nobody=PAGE, fills={"table": "table", "form": "form"}),
    ("GET", "/m/{code}/deleted/"): Town("CLSEMPU", nobody=PAGE),
    ("GET", "/m/{code}/unit/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/unit/meetings/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/unit/meetings/{pk}/"): Town("CLSMP", (200, 404), nobody=PAGE, fills={"pk": "meeting_id"}),
    ("GET", "/m/{code}/unit/decisions/"): Town("CLSMPU", nobody=PAGE),
    ("GET", "/m/{code}/unit/decisions/{pk}/"): Town("CLSMPU", (200, 404), nobody=PAGE, fills={"pk": "decision_id"}),
    ("GET", "/m/{code}/unit/weights/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/unit/weights/{pk}/"): Town("CLSMP", (200, 404), nobody=PAGE, fills={"pk": "weighing_id"}),
    ("GET", "/m/{code}/unit/weights/{pk}/board"): Town("CLSMP", (200, 404), nobody=PAGE, fills={"pk": "weighing_id"}),
    ("GET", "/m/{code}/unit/weights/{pk}/effect"): Town("CLSMP", (200, 404), nobody=PAGE, fills={"pk": "weighing_id"}),
    ("GET", "/m/{code}/unit/norms/"): Town("CLS", nobody=PAGE),
    ("GET", "/m/{code}/unit/tension/"): Town("CLM", nobody=PAGE),
    ("GET", "/m/{code}/safety"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/safety"): Town("CL", (422,), nobody=PAGE),
    ("GET", "/m/{code}/hazards/"): Town("CLSP", nobody=PAGE),
    ("POST", "/m/{code}/hazards/"): Town("CLSP", (422,), nobody=PAGE),
    ("GET", "/m/{code}/unit/evictions/"): Town("CLEM", nobody=PAGE),
    ("GET", "/m/{code}/unit/evictions/{pk}/"): Town("CLEM", (200, 404), nobody=PAGE, fills={"pk": "eviction_id"}),
    ("GET", "/m/{code}/works/"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/works/list"): Town("CLSMP", nobody=PAGE),
    ("GET", "/m/{code}/present/"): Town("CLE", nobody=PAGE),
    ("GET", "/m/{code}/present/counts/{pk}/"): Town("CLE", nobody=PAGE, fills={"pk": "round_id"}),
    ("POST", "/m/{code}/present/counts/{pk}/"): Town(
        "CL", (302,), nobody=PAGE, body=lambda made: {"do": "accept"}, fills={"pk": "round_id"}
    ),
    ("GET", "/m/{code}/present/movements/"): Town("CLE", nobody=PAGE),
    ("POST", "/m/{code}/present/movements/"): Town("CLE", (422,), nobody=PAGE),
    ("GET", "/m/{code}/households/"): Town("CE", nobody=PAGE),
    ("GET", "/m/{code}/households/new"): Town("CE", nobody=PAGE),
    ("POST", "/m/{code}/households/new"): Town("CE", (422,), nobody=PAGE),
    ("POST", "/m/{code}/households/search"): Town("C", nobody=PAGE),
    ("POST", "/m/{code}/households/export"): Town("C", nobody=PAGE, body=purpose),
    ("POST", "/m/{code}/households/bulk"): Town("C", (422,), nobody=PAGE),
    ("GET", "/m/{code}/households/{pk}/"): Town("CE", nobody=PAGE, fills={"pk": "household_id"}),
    ("POST", "/m/{code}/households/{pk}/"): Town(
        "CE", nobody=PAGE, body=lambda made: {"do": "open", "purpose": "assistance"}, fills={"pk": "household_id"}
    ),
    ("GET", "/m/{code}/households/{pk}/history/"): Town("C", nobody=PAGE, fills={"pk": "household_id"}),
    ("POST", "/m/{code}/households/{pk}/history/"): Town("C", (422,), nobody=PAGE, fills={"pk": "household_id"}),
    ("POST", "/m/{code}/views/"): Town(
        "CLSEMP", (302,), nobody=PAGE, body=lambda made: {"page": "facilities", "name": "Stopped"}
    ),
    ("GET", "/m/{code}/sites/"): Town("CLE", nobody=PAGE),
    ("POST", "/m/{code}/sites/"): Town("CLE", (422,), nobody=PAGE),
    ("GET", "/m/{code}/register/coverage/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/register/coverage/"): Town("C", (404,), nobody=PAGE),
    ("GET", "/m/{code}/person-access/"): Town("C", nobody=PAGE),
    ("POST", "/m/{code}/person-access.csv"): Town("C", nobody=PAGE),
    ("GET", "/m/{code}/person-exports/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/person-exports/"): Town("CL", (422,), nobody=PAGE),
    ("GET", "/m/{code}/duplicates/"): Town("C", nobody=PAGE),
    ("GET", "/m/{code}/duplicates/{pk}/"): Town("C", nobody=PAGE, fills={"pk": "pair_id"}),
    ("POST", "/m/{code}/duplicates/{pk}/"): Town(
        "C", (302,), nobody=PAGE, body=lambda made: {"do": "different"}, fills={"pk": "pair_id"}
    ),
    ("POST", "/m/{code}/merges/{pk}/undo"): Town("C", (302,), nobody=PAGE, fills={"pk": "merge_id"}),
    ("GET", "/m/{code}/register/"): Town("CLS", nobody=PAGE),
    ("GET", "/m/{code}/funding/"): Town("CLSEMP", nobody=PAGE),
    ("POST", "/m/{code}/funding/"): Town(
        "CLS", (302,), nobody=PAGE, body=lambda made: {"do": "fund", "code": "F2", "name": "Fund", "amount": "5"}
    ),
    ("GET", "/m/{code}/funding/sheet"): Town("CLSEMP", nobody=PAGE),
    ("GET", "/m/{code}/expansion/"): Town("CLS", nobody=PAGE),
    ("GET", "/m/{code}/expansion/new"): Town("CLS", nobody=PAGE),
    ("POST", "/m/{code}/expansion/new"): Town("CLS", (422,), nobody=PAGE),
    ("GET", "/m/{code}/expansion/arrivals"): Town("CLS", nobody=PAGE),
    ("POST", "/m/{code}/expansion/arrivals"): Town("CLS", (422,), nobody=PAGE),
    ("GET", "/m/{code}/plans/"): Town("CLSEMP", nobody=PAGE),
    ("POST", "/m/{code}/plans/"): Town("CLS", (302,), nobody=PAGE, body=lambda made: {"do": "scenario", "name": "N"}),
    ("GET", "/m/{code}/plans/votes/"): Town("CLSEMP", nobody=PAGE),
    ("GET", "/m/{code}/plans/areas/"): Town(EVERYBODY, nobody=PAGE),
    ("GET", "/m/{code}/neighbourhoods/{pk}/plan/"): Town(EVERYBODY, nobody=PAGE, fills={"pk": "neighbourhood_id"}),
    ("GET", "/m/{code}/neighbourhoods/{pk}/plan/edit"): Town("CLS", nobody=PAGE, fills={"pk": "neighbourhood_id"}),
    ("GET", "/m/{code}/neighbourhoods/{pk}/plan/compare"): Town(
        EVERYBODY, (200, 404), nobody=PAGE, fills={"pk": "neighbourhood_id"}
    ),
    ("GET", "/m/{code}/plans/compare"): Town(EVERYBODY, nobody=PAGE),
    ("GET", "/m/{code}/plans/{pk}/"): Town(EVERYBODY, nobody=PAGE, fills={"pk": "plan_id"}),
    ("POST", "/m/{code}/plans/{pk}/"): Town(
        "CLS", (302,), nobody=PAGE, body=lambda made: {"do": "propose"}, fills={"pk": "plan_id"}
    ),
    ("GET", "/m/{code}/plans/runs/{pk}/case.json"): Town("CLS", nobody=PAGE, fills={"pk": "run_id"}),
    ("GET", "/m/{code}/imports/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/imports/"): Town("CL", (302,), nobody=PAGE, form=True, body=lambda made: {"kind": "damage"}),
    ("GET", "/m/{code}/imports/{pk}/"): Town("CL", nobody=PAGE, fills={"pk": "import_id"}),
    ("POST", "/m/{code}/imports/{pk}/"): Town(
        "CL", (302,), nobody=PAGE, form=True, body=lambda made: {"do": "stop"}, fills={"pk": "import_id"}
    ),
    ("GET", "/m/{code}/imports/{pk}/rows"): Town("CL", nobody=PAGE, fills={"pk": "import_id"}),
    ("GET", "/m/{code}/imports/{pk}/state"): Town("CL", nobody=PAGE, fills={"pk": "import_id"}),
    ("GET", "/m/{code}/people/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/people/"): Town("CL", nobody=PAGE, body=lambda made: {"name": "N", "role": "enumerator"}),
    ("POST", "/m/{code}/people/reviewed"): Town("C", (302,), nobody=PAGE),
    ("POST", "/m/{code}/people/{pk}/end"): Town("C", (302,), nobody=PAGE, fills={"pk": "assignment_id"}),
    ("POST", "/m/{code}/people/{pk}/phone"): Town("CL", nobody=PAGE, fills={"pk": "assignment_id"}),
    ("POST", "/m/{code}/invitations/{pk}/withdraw"): Town("CL", (302,), nobody=PAGE, fills={"pk": "invitation_id"}),
    # the field app: its shell is the same for everybody and holds nothing
    ("GET", "/field/"): Open(),
    ("GET", "/field/sw.js"): Open(),
    ("GET", "/field/app.webmanifest"): Open(),
    ("GET", "/m/{code}/reports/"): Town("CL", nobody=PAGE),
    ("GET", "/m/{code}/reports/forms/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/reports/forms/"): Town("CL", (422,), nobody=PAGE),
    ("GET", "/m/{code}/reports/phones/"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/reports/phones/"): Town("CL", (422,), nobody=PAGE),
    ("GET", "/m/{code}/reports/{pk}/"): Town("CL", nobody=PAGE, fills={"pk": "submission_id"}),
    ("POST", "/m/{code}/reports/{pk}/"): Town("CL", (422,), nobody=PAGE, fills={"pk": "submission_id"}),
    ("GET", "/m/{code}/reports/{pk}/photos/{file}"): Town(
        "CL", nobody=PAGE, fills={"pk": "submission_id", "file": "file_id"}
    ),
    ("POST", "/m/{code}/reports/kept/{pk}/"): Town("CL", (302,), nobody=PAGE, fills={"pk": "kept_id"}),
    # Collect: by the key in the address or by Basic, never by a session (tests/intake/test_openrosa.py)
    ("GET", "/key/{secret}/formList"): Open((403,)),
    ("GET", "/key/{secret}/forms/{pk}.xml"): Open((403,)),
    ("GET", "/key/{secret}/forms/{pk}/manifest"): Open((403,)),
    ("GET", "/key/{secret}/lists/{name}"): Open((403,)),
    ("GET", "/key/{secret}/lists/{name}/integrity"): Open((403,)),
    ("GET", "/key/{secret}/submission"): Open((403,)),
    ("GET", "/m/{code}/openrosa/formList"): Open((401,)),
    ("GET", "/m/{code}/openrosa/forms/{pk}.xml"): Open((401,)),
    ("GET", "/m/{code}/openrosa/forms/{pk}/manifest"): Open((401,)),
    ("GET", "/m/{code}/openrosa/lists/{name}"): Open((401,)),
    ("GET", "/m/{code}/openrosa/lists/{name}/integrity"): Open((401,)),
    ("GET", "/m/{code}/openrosa/submission"): Open((401,)),
    ("GET", "/m/{code}/publish"): Town("CL", nobody=PAGE),
    ("POST", "/m/{code}/publish"): Town("CL", nobody=PAGE),
    # tiles, each layer by itself
    ("GET", "/tiles/{code}/neighbourhoods/{z}/{x}/{y}.mvt"): Town(EVERYBODY),
    ("GET", "/tiles/{code}/structures/{z}/{x}/{y}.mvt"): Town("CLSMP"),
    ("GET", "/tiles/{code}/facilities/{z}/{x}/{y}.mvt"): Town("CLSEMP"),
    ("GET", "/tiles/{code}/hazards/{z}/{x}/{y}.mvt"): Town("CLSPU"),
}
SOCKETS: dict[str, str] = {"ws/live": "CLSEMP"}
