"""Dwellings before damage: recorded, replaced, brought in by a file, and used by functionality."""

from datetime import date
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from assessments.selectors.housing import housing_frame
from crisis.lib.errors import Invalid, NotAllowed
from damage.actions.housing import HousingStockRow, record_housing_stock, record_housing_stocks
from damage.models import HousingStock
from municipal_units.models import Event, Municipality, Neighbourhood, User
from municipal_units.permissions import scope
from municipal_units.selectors.norms import norms_at
from tests.conftest import acting
from tests.imports.sending import imported

DAY = date(2026, 7, 1)


def row(town: Municipality, name: str, dwellings: int, **more: object) -> HousingStockRow:
    place = Neighbourhood.objects.get(municipality=town, name=name)
    values = {"neighbourhood_id": place.pk, "dwelling_units": dwellings, "observed_on": DAY, "source": "tax register"}
    return HousingStockRow(**(values | more))  # type: ignore[arg-type]


def test_who_may_not_is_refused(tenkoro: Municipality, ben: User) -> None:
    with scope(acting(ben)), pytest.raises(NotAllowed):
        record_housing_stock(by=acting(ben), municipality=tenkoro, row=row(tenkoro, "Wendou", 120))


def test_dwellings_are_places_to_live_in(tenkoro: Municipality, ana: User) -> None:
    actor = acting(ana)
    with scope(actor):
        record_housing_stock(by=actor, municipality=tenkoro, row=row(tenkoro, "Wendou", 120))
        record_housing_stock(by=actor, municipality=tenkoro, row=row(tenkoro, "Wendou", 130))
        assert HousingStock.objects.get().dwelling_units == 130
        assert Event.objects.filter(kind="housing.recorded").count() == 2
        today = timezone.localdate()
        frame = housing_frame(tenkoro, norms=norms_at(tenkoro, today), day=today)
        assert frame["k"].tolist() == [780]  # six people live in one here


def test_nonsense_is_refused_row_by_row(tenkoro: Municipality, ana: User) -> None:
    actor = acting(ana)
    with scope(actor):
        rows = [
            row(tenkoro, "Wendou", 120),
            row(tenkoro, "Wendou", 125),
            row(tenkoro, "Pelga", 10, source=" "),
            row(tenkoro, "Pelga", 10, observed_on=date(2100, 1, 1)),
        ]
        outcomes = record_housing_stocks(by=actor, municipality=tenkoro, rows=rows)
        assert [outcome.state.value for outcome in outcomes] == ["added", "refused", "refused", "refused"]
        assert all(isinstance(outcome.error, Invalid) for outcome in outcomes[1:])


def test_a_sheet_brings_them_in(tenkoro: Municipality, ana: User, tmp_path: Path) -> None:
    sheet = b"Quartier;Logements;Date\nWendou;120;01/07/2026\nNulle part;5;01/07/2026\nPelga;80;13/07/2026\n"
    with override_settings(FILE_STORE=tmp_path):
        batch = imported(
            ana, tenkoro, "housing", sheet, name="logements.csv", source_name="Mairie", options={"source": "Mairie"},
            mapping={"place": "Quartier", "dwelling_units": "Logements", "observed_on": "Date"},
        )  # fmt: skip
    assert (batch.accepted, batch.refused) == (2, 1)
    with scope(acting(ana)):
        assert list(HousingStock.objects.order_by("pk").values_list("dwelling_units", "source")) == [
            (120, "Mairie"),
            (80, "Mairie"),
        ]
