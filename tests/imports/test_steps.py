"""The steps of an import: who may, what is asked, what is remembered, and how it goes on after a stop or a kill."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, RepriseError
from damage.models import DamageAssessment
from municipal_units.actions.files import file_store
from municipal_units.actions.import_rows import run_import, start_check
from municipal_units.actions.imports import choose_columns, confirm_import, receive_file, stop_import
from municipal_units.importing.returned import write_back
from municipal_units.importing.views import file_view
from municipal_units.jobs import requeue_imports
from municipal_units.models import Event, Facility, ImportBatch, ImportRow, ImportSource, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.imports.sending import checked, imported, received

SHEET = """Code;Nom;Service;Lon;Lat;Débit;Unité
F-01;Forage 1;eau;-0,995;13,005;8;m3/j
F-02;Forage 2;eau;-0,985;13,005;1,5;m3/j
F-03;=HYPERLINK("http://x");eau;-0,975;13,005;deux;m3/j
F-04;Forage 4;lumière;-0,975;13,005;2;m3/j
"""
CHOICES = {"source_name": "Water office", "options": {"source": "Water office", "service": "water"}}


def sheet(text: str = SHEET) -> bytes:
    return text.encode("cp1252")


@pytest.mark.parametrize("who", ["ben", "paul"])
def test_only_those_who_import_may_send_files(tenkoro: Municipality, who: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        received(user, tenkoro, "facilities", sheet(), "sheet.csv")


def test_another_town_does_not_exist_for_a_stranger(tenkoro: Municipality, ana: User, cleo: User) -> None:
    with pytest.raises(NotFound):
        received(cleo, tenkoro, "facilities", sheet(), "sheet.csv")
    batch = received(ana, tenkoro, "facilities", sheet(), "sheet.csv")
    with scope(acting(cleo)):
        assert not ImportBatch.objects.filter(pk=batch.pk).exists()


def test_nothing_is_written_before_confirmation(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    assert batch.state == "checked"
    assert {name: batch.summary[name] for name in ("rows", "ready", "refused")} == {"rows": 4, "ready": 2, "refused": 2}
    with scope(acting(ana)):
        assert not Facility.objects.exists()
        assert not Event.objects.filter(kind="facility.registered").exists()


def test_good_rows_go_in_and_refused_ones_say_why(tenkoro: Municipality, ana: User) -> None:
    batch = imported(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    assert (batch.accepted, batch.refused) == (2, 2)
    with scope(acting(ana)):
        assert dict(Facility.objects.values_list("code", "capacity")) == {"F-01": 8000.0, "F-02": 1500.0}
        notes = {row.row_number: row for row in ImportRow.objects.filter(batch=batch, status="refused")}
    assert (notes[4].field, notes[4].written) == ("Débit", "deux")
    assert notes[5].reason.startswith("'lumière' is not one of")


def test_the_sender_gets_the_own_sheet_back_without_formulas(tenkoro: Municipality, ana: User) -> None:
    batch = imported(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    with scope(acting(ana)):
        back = {}
        for kind in ("csv", "xlsx"):
            target = io.BytesIO()
            path = file_store().path_of(batch.file.sha256)
            count = write_back(target, batch, file_view(batch.inspection), path, xlsx=kind == "xlsx", rows="refused")
            assert count == 2
            back[kind] = target
    rows = list(csv.DictReader(io.StringIO(back["csv"].getvalue().decode("utf-8-sig"))))
    assert [row["Code"] for row in rows] == ["F-03", "F-04"]
    assert rows[0]["Nom"].startswith("'=")
    assert rows[0]["import status"] == "refused"
    assert "deux" in rows[0]["import reason"]
    cells = list(openpyxl.load_workbook(back["xlsx"]).active.values)
    assert cells[1][0] == "F-03"
    assert cells[1][1].startswith("=")
    assert openpyxl.load_workbook(back["xlsx"]).active["B2"].data_type == "s"


def test_columns_and_answers_are_remembered_for_the_source(tenkoro: Municipality, ana: User) -> None:
    odd = sheet().replace(b"Nom", b"Kolonne 2")
    mapping = {"code": "Code", "name": "Kolonne 2", "lon": "Lon", "lat": "Lat"}
    imported(ana, tenkoro, "facilities", odd, "sheet.csv", **CHOICES, mapping=mapping, answers={"lumière": "power"})
    again = received(ana, tenkoro, "facilities", odd, "next.csv")
    assert again.mapping["name"] == "Kolonne 2"
    assert again.answers == {"lumière": "power"}
    assert again.options["source"] == "Water office"
    with scope(acting(ana)):
        assert ImportSource.objects.get().name == "Water office"


def test_a_required_column_or_option_is_asked_for(tenkoro: Municipality, ana: User) -> None:
    batch = received(ana, tenkoro, "facilities", sheet(), "sheet.csv", mapping={"code": "Code"})
    actor = acting(ana)
    with scope(actor), pytest.raises(Invalid, match="Still to be said: Name, Who made the list"):
        start_check(by=actor, batch=batch)


def test_what_is_not_there_cannot_be_chosen(tenkoro: Municipality, ana: User) -> None:
    actor = acting(ana)
    batch = received(ana, tenkoro, "facilities", sheet(), "sheet.csv")
    with scope(actor):
        for wrong in (
            {"mapping": {"name": "Nam"}},
            {"mapping": {"colour": "Nom"}},
            {"layers": ["sheet 9"]},
            {"options": {"service": "magic"}},
            {"options": {"observed_on": "31.12.2026"}},
        ):
            with pytest.raises(RepriseError):
                choose_columns(by=actor, batch=batch, **wrong)


def test_a_finished_import_is_not_run_again(tenkoro: Municipality, ana: User) -> None:
    batch = imported(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    actor = acting(ana)
    with scope(actor):
        with pytest.raises(Conflict):
            confirm_import(by=actor, batch=batch)
        with pytest.raises(Conflict):
            choose_columns(by=actor, batch=batch, mapping={})
    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk) == "finished"
    with scope(actor):
        batch.refresh_from_db()
        assert batch.accepted == 2


def points(count: int) -> bytes:
    """A sheet of damage: far more rows than one portion holds."""
    lines = ["lon,lat,damage,seen"]
    lines += [
        f"{-1 + 0.029 * (n % 1000) / 1000:.6f},{13 + 0.009 * (n // 1000) / 60:.6f},D3,2026-11-16" for n in range(count)
    ]
    return "\n".join(lines).encode()


DAMAGE = {
    "source_name": "Survey",
    "mapping": {"value": "damage", "observed_at": "seen", "lon": "lon", "lat": "lat"},
    "options": {"source": "Survey", "product": "P", "scale": "ems98", "method": "satellite"},
}


def test_an_import_stops_between_portions_and_goes_on(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "damage", points(25_000), "points.csv", **DAMAGE)
    actor = acting(ana)
    with scope(actor):
        confirm_import(by=actor, batch=batch)

    def stop_after_the_first(done: int, rows: int) -> None:
        with scope(actor):
            stop_import(by=actor, batch=ImportBatch.objects.get(pk=batch.pk))

    ended = run_import(municipality_id=tenkoro.pk, batch_id=batch.pk, progress=stop_after_the_first)
    assert ended == "stopped"
    with scope(actor):
        batch.refresh_from_db()
        assert batch.done_rows == DamageAssessment.objects.count() == 10_000
        confirm_import(by=actor, batch=batch)
    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk) == "finished"
    with scope(actor):
        batch.refresh_from_db()
        assert (batch.rows, batch.accepted, batch.refused) == (25_000, 25_000, 0)
        assert DamageAssessment.objects.count() == 25_000
        assert Event.objects.filter(kind="damage.assessed").count() == 3


def test_a_job_is_queued_once_with_numbers_only(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    actor = acting(ana)
    with scope(actor):
        confirm_import(by=actor, batch=batch)
        confirm_import(by=actor, batch=batch)
    (job,) = ProcrastinateJob.objects.filter(task_name="municipal_units.run_import")
    assert job.args == {"municipality_id": tenkoro.pk, "batch_id": batch.pk}
    assert job.lock == f"imports:{tenkoro.pk}"


def test_work_without_a_job_is_queued_again(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    actor = acting(ana)
    with scope(actor):
        confirm_import(by=actor, batch=batch)
    assert requeue_imports() == []
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert requeue_imports() == [batch.pk]
    assert ProcrastinateJob.objects.filter(args__batch_id=batch.pk, status="todo").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_takes_a_confirmed_import(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "facilities", sheet(), "sheet.csv", **CHOICES)
    actor = acting(ana)
    with scope(actor):
        confirm_import(by=actor, batch=batch)
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, queues=["imports"])
    with scope(actor):
        batch.refresh_from_db()
        assert (batch.state, batch.accepted, batch.refused) == ("finished", 2, 2)


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_worker_is_killed_goes_on_where_it_was(
    tenkoro: Municipality, ana: User, file_store: Path
) -> None:
    batch = checked(ana, tenkoro, "damage", points(40_000), "points.csv", **DAMAGE)
    actor = acting(ana)
    with scope(actor):
        confirm_import(by=actor, batch=batch)
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.FILE_STORE = __import__('pathlib').Path({str(file_store)!r})\n"
        "from municipal_units.actions.import_rows import run_import\n"
        f"run_import(municipality_id={tenkoro.pk}, batch_id={batch.pk})\n"
    )
    environment = {**os.environ, "REPRISE_DB_NAME": connection.settings_dict["NAME"], "REPRISE_DB_ROLE": "reprise_web"}
    worker = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=settings.BASE_DIR)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and worker.poll() is None:
        with scope(system_actor(tenkoro.pk)):
            if ImportBatch.objects.get(pk=batch.pk).done_rows >= 10_000:
                break
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with scope(actor):
        batch.refresh_from_db()
        assert batch.state == "running"
        assert batch.done_rows % 10_000 == 0
        assert DamageAssessment.objects.count() == batch.done_rows < 40_000
    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk) == "finished"
    with scope(actor):
        batch.refresh_from_db()
        assert (batch.rows, batch.accepted, batch.unchanged) == (40_000, 40_000, 0)
        assert DamageAssessment.objects.count() == 40_000


def test_a_file_that_cannot_be_read_is_refused_in_words(tenkoro: Municipality, ana: User) -> None:
    actor = acting(ana)
    for content, name in ((b"", "empty.csv"), (b"PK\x03\x04 broken", "map.zip"), (b"{}", "map.geojson")):
        with scope(actor), pytest.raises(RepriseError) as refusal:
            receive_file(by=actor, municipality=tenkoro, kind="boundaries", name=name, content=io.BytesIO(content))
        assert refusal.value.message.endswith(".")
