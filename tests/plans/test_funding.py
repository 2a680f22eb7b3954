"""Funds: never more than there is, never more than a work costs; the sheet a donor takes."""

import csv
import io

import pytest
from django.test import Client

from assessments.actions.plans_funding import register_fund, set_funding
from assessments.models import Intervention
from assessments.selectors.plans_funding import funding
from crisis.lib.errors import Conflict
from municipal_units.models import User
from municipal_units.permissions import scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting

pytestmark = pytest.mark.django_db


def test_money_is_set_aside_once_and_the_donor_reads_what_is_missing(town: WorkedTown, ana: User) -> None:
    by = acting(ana)
    with scope(by):
        fund = register_fund(by=by, municipality=town.municipality, code="EU", name="Repair", donor="ECHO", amount=50)
        substation, plant = (Intervention.objects.get(code=code) for code in ("i1", "i2"))
        set_funding(by=by, fund=fund, work=substation, amount=30)
        with pytest.raises(Conflict, match="Only 20"):
            set_funding(by=by, fund=fund, work=plant, amount=25)
        set_funding(by=by, fund=fund, work=plant, amount=20)
        told = funding(town.municipality, actor=by)
        assert [(one["set_aside"], one["left"]) for one in told["funds"]] == [(50, 0)]
        gaps = {one["sector"]: one["gap"] for one in told["sectors"]}
    assert (gaps["power"], gaps["health"], sum(gaps.values())) == (30, 50, 120)
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert client.get(f"/m/{town.municipality.code}/funding/").status_code == 200
    answer = client.get(f"/m/{town.municipality.code}/funding/sheet?as=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][0] == "#activity+code"
    first = dict(zip(rows[0], rows[2], strict=True))
    assert (first["Activity code"], first["Gap"], first["Donors"]) == ("i1", "30.0", "ECHO")
    assert client.get(f"/m/{town.municipality.code}/funding/sheet?as=xlsx").status_code == 200
