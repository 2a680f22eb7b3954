"""The API keeps to its own OpenAPI document, whatever is sent to it."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from assessments.actions.functionality import recompute
from assessments.actions.planning import propose_work
from assessments.actions.work_rows import WorkAction, WorkRow
from assessments.schemas.picture import PanelOut, RankingOut, SituationOut
from crisis.api import api
from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow, StatusRow
from municipal_units.actions.facts import record_status
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import scope
from tests.conftest import acting
from tests.doors.matrix import API
from tests.doors.test_api import TK, Asker

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema(path_prefix=API + "/")))
EXAMPLES = 6  # a few per operation at every run; the whole tool against a running server finds the rest


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(value) for value in part.values()))
    return set().union(*(references(value) for value in part)) if isinstance(part, list) else set()


def test_the_document_needs_nothing_from_elsewhere() -> None:
    assert references(DOCUMENT)
    assert all(reference.startswith("#/components/schemas/") for reference in references(DOCUMENT))
    known = set(DOCUMENT["components"]["schemas"])
    assert {reference.rsplit("/", 1)[1] for reference in references(DOCUMENT)} <= known


def test_every_operation_has_a_name_a_sentence_or_plain_words_and_its_refusals() -> None:
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert operation["security"]


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    return [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["kept", "broken"])
def test_nothing_that_is_sent_breaks_the_server(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str], mode: GenerationMode
) -> None:
    client = Client(headers={"Authorization": f"Bearer {token_of(ana)}"}, raise_request_exception=False)
    wrong: list[str] = []
    statuses: Counter[int] = Counter()

    def send(case: Any) -> None:
        if "code" in (case.path_parameters or {}):
            case.path_parameters["code"] = "TK"
        sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        body, kind = sent.body or b"", str(sent.headers.get("Content-Type", "application/json"))
        answer = client.generic(sent.method or "GET", sent.path_url, body, content_type=kind)
        statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            wrong.append(f"{sent.method} {sent.path_url} {body!r}: {answer.status_code}")
        elif answer.status_code >= 400 and answer["Content-Type"] != "application/problem+json":
            wrong.append(f"{sent.method} {sent.path_url}: {answer.status_code} as {answer['Content-Type']}")

    for operation in operations():
        limits = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            limits(given(operation.as_strategy(generation_mode=mode))(send))()
        except schemathesis.errors.SchemathesisError:
            continue  # an operation without anything that could be broken
    assert not wrong, "\n".join(wrong)
    assert statuses.total() > 3 * len(operations()), statuses
    assert (200 if mode == GenerationMode.POSITIVE else 422) in statuses, statuses


def test_the_picture_has_the_shape_its_document_promises(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str], numbered: Callable[[], None]
) -> None:
    asker, actor = Asker(token_of(ana)), acting(ana)
    with scope(actor):
        row = FacilityRow(code="F", name="Pump", service="water", lon=-0.995, lat=13.005, capacity=9_000)
        pump = register_facility(by=actor, municipality=tenkoro, row=row)
        seen = StatusRow(facility_id=pump.pk, status="not_functional", observed_at=timezone.now())
        record_status(by=actor, municipality=tenkoro, row=seen)
        figures = [
            EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=500)
            for place in Neighbourhood.objects.all()
        ]
        count = RoundRow(name="Count", source="test", method="census", observed_on=timezone.localdate())
        record_round(by=actor, municipality=tenkoro, row=count, estimates=figures)
        effects = (WorkAction(kind="capacity", facility_id=pump.pk, add=9_000),)
        work = WorkRow(
            code="W", name="Mend", intervention_type="rehabilitation", cost=1, duration_days=1, actions=effects
        )
        propose_work(by=actor, municipality=tenkoro, row=work)
        numbered()
        recompute(tenkoro, now=timezone.now())
        numbered()
    town = asker.get(f"{TK}/situation")
    SituationOut.model_validate(town)
    assert set(town) == {field.alias or name for name, field in SituationOut.model_fields.items()}
    assert town["stopped"][0]["code"] == "F"
    assert town["neighbourhoods"][0]["services"]["water"]["f"] is not None
    place = asker.get(f"{TK}/neighbourhoods/{town['neighbourhoods'][0]['id']}")
    PanelOut.model_validate(place)
    assert set(place) == {field.alias or name for name, field in PanelOut.model_fields.items()}
    ranked = asker.get(f"{TK}/ranking")
    RankingOut.model_validate(ranked)
    assert [work["code"] for work in ranked["items"]] == ["W"]
