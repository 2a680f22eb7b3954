"""Lists of households and DTM files through the ordinary import: own sheet back, nothing added up that must not be."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from crisis.lib.errors import Locked
from crisis.lib.sealing import BLOCK_BYTES, read_ring
from municipal_units.actions.files import readable_path
from municipal_units.actions.imports import discard_waiting_lists
from municipal_units.models import (
    DuplicatePair,
    EstimatePart,
    Household,
    ImportBatch,
    Municipality,
    PersonAccess,
    PopulationEstimate,
    PopulationRound,
    User,
)
from municipal_units.permissions import scope
from tests.conftest import acting
from tests.imports.sending import checked, imported

HEADER = "Own number,Name,Sexe,Âge,Téléphone,Taille,Quartier,Groupe,Origine,Arrived on,Needs"
LIST = f"""{HEADER}
A-1,Zénabo Plantéenom,f,41,70998877,6,Wendou,idp,Djibo,2026-09-01,disability
A-1,Issa Plantéenom,m,12,,,Wendou,idp,,,
A-2,Awa Bis,f,30,,4,Nowhere,idp,Djibo,2026-09-01,
A-3,Zenabou Plantenom,f,41,,5,Wendou,idp,Djibo,2026-09-02,
A-4,Ali Trois,Plantéenom,30,,4,Pelga,idp,Djibo,2026-09-02,
"""
SAID = {"source": "Red Cross", "consent_on": "2026-11-01", "legal_basis": "consent"}
CHAD = "id,operation,admin2Name,admin2Pcode,adminLevel,numPresentIdpInd,reportingDate,roundNumber"
DTM = f"""{CHAD},displacementReason,numberMales,numberFemales,assessmentType
#id+code,#operation+name,#adm2+name,#adm2+code,#adm+level,#affected+idps,#date+reported,#round+code,#cause+type,#affected+idps+m,#affected+idps+f,#assessment+type
1,Lake Chad,,,1,900,2023-05-31T00:00:00,20,Conflict,,,BA
2,Lake Chad,Wendou,TK0101,2,100,2023-05-31T00:00:00,20,Conflict,40,60,BA
3,Lake Chad,Wendou,TK0101,2,30,2023-05-31T00:00:00,20,Natural disaster,10,20,BA
4,Lake Chad,Wendou,TK0101,2,100,2023-05-31T00:00:00,20,Conflict,40,60,SA
5,Other crisis,Wendou,TK0101,2,7,2023-05-31T00:00:00,20,Conflict,3,4,BA
6,Lake Chad,Wendou,TK0101,2,140,2023-09-30T00:00:00,21,Conflict,60,80,BA
"""
DTM_SAID = {"source": "IOM DTM", "round": "DTM", "method": "baseline_area", "group": "idp"}


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(FILE_STORE=tmp_path / "files"):
        yield tmp_path / "files"


@pytest.mark.django_db(transaction=True)
def test_a_list_of_households_comes_in_and_its_names_stay_nowhere_in_clear(
    tenkoro: Municipality, ana: User, lea: User, file_store: Path
) -> None:
    batch = imported(ana, tenkoro, "households", LIST.encode(), "list.csv", options=SAID)
    assert (batch.accepted, batch.refused) == (3, 2)
    with scope(acting(ana)), connection.cursor() as cursor:
        first, second = Household.objects.order_by("pk")
        assert [m.name for m in first.members.order_by("pk")] == ["Zénabo Plantéenom", "Issa Plantéenom"]
        assert (first.size, first.needs, first.phone) == (6, ["disability"], "70998877")
        assert DuplicatePair.objects.get().second == second
        for table in ("importbatch", "importrow", "importsource", "event", "storedfile"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM municipal_units_{table} t")
            assert "lant" not in cursor.fetchone()[0], table
    assert not [path for path in file_store.rglob("*") if path.is_file()]
    lead = Client()
    lead.force_login(lea, "django.contrib.auth.backends.ModelBackend")
    assert lead.get(f"/m/TK/imports/{batch.pk}/").status_code == 404
    coordinator = Client()
    coordinator.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert coordinator.get(f"/m/TK/imports/{batch.pk}/").status_code == 200


@pytest.mark.django_db
def test_a_list_lies_sealed_while_it_waits(tenkoro: Municipality, ana: User, file_store: Path, tmp_path: Path) -> None:
    batch = checked(ana, tenkoro, "households", LIST.encode(), "list.csv", options=SAID)
    (kept,) = [path for path in file_store.rglob("*") if path.is_file()]
    lying = kept.read_bytes()
    for part in (b"Plant", b"70998877", b"Own number", LIST.encode()[:40]):
        assert part not in lying
    assert batch.file.size == len(LIST.encode())
    desk = Client()
    desk.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert "Plantéenom" in desk.get(f"/m/TK/imports/{batch.pk}/rows?rows=all").getvalue().decode()
    kept.write_bytes(lying[:-1] + bytes([lying[-1] ^ 1]))
    with scope(acting(ana)), pytest.raises(Locked, match="changed"), readable_path(batch.file):
        pass
    kept.write_bytes(lying)
    assert desk.post(f"/m/TK/imports/{batch.pk}/", {"do": "discard"}).status_code == 302
    assert not kept.exists()
    assert "deleted" in desk.get(f"/m/TK/imports/{batch.pk}/").content.decode()
    assert desk.get(f"/m/TK/imports/{batch.pk}/rows?rows=all").status_code == 404


@pytest.mark.django_db
def test_a_list_nobody_confirms_goes_after_a_week_and_turned_keys_still_open_it(
    tenkoro: Municipality, ana: User, file_store: Path, key_file: Path, tmp_path: Path
) -> None:
    own = tmp_path / "keys.json"
    own.write_bytes(key_file.read_bytes())
    own.chmod(0o600)
    with override_settings(KEYS_FILE=own):
        batch = checked(ana, tenkoro, "households", LIST.encode(), "list.csv", options=SAID)
        call_command("rotate_keys")
        with scope(acting(ana)):
            batch.file.refresh_from_db()
            with readable_path(batch.file) as path:
                assert path.read_bytes() == LIST.encode()
            assert len([path for path in file_store.rglob("*") if path.is_file()]) == 1
            assert discard_waiting_lists(municipality_id=tenkoro.pk, by=acting(ana)) == []
            ImportBatch.objects.update(created_at=timezone.now() - timedelta(days=8))
            assert discard_waiting_lists(municipality_id=tenkoro.pk, by=acting(ana)) == [batch.pk]
        assert not [path for path in file_store.rglob("*") if path.is_file()]


def test_the_blocks_of_a_sealed_file_cannot_be_left_out_or_moved(key_file: Path) -> None:
    ring = read_ring(key_file)
    assert ring is not None
    content = b"a" * BLOCK_BYTES + b"b" * BLOCK_BYTES + b"c"
    head, *blocks = list(ring.seal_file(BytesIO(content), context="x"))

    def opened(parts: list[bytes], context: str = "x") -> bytes:
        return b"".join(ring.open_file(BytesIO(b"".join(parts)), context=context))

    assert opened([head, *blocks]) == content
    assert opened(list(ring.seal_file(BytesIO(b""), context="x"))) == b""
    changed = [[head], [head, *blocks[:-1]], [head, *blocks[1:]], [head, blocks[1], blocks[0], blocks[2]]]
    for parts in changed:
        with pytest.raises(Locked):
            opened(parts)
    with pytest.raises(Locked):
        opened([head, *blocks], context="y")


def test_the_same_list_again_changes_nothing_and_the_template_names_its_columns(
    tenkoro: Municipality, ana: User
) -> None:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    answer = client.get("/api/v1/municipalities/TK/imports/templates/households")
    assert answer.getvalue()[:2] == b"PK"
    assert checked(ana, tenkoro, "households", LIST.encode(), "list.csv", options=SAID).summary["new"] == 3


@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_leaves_can_come_back(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "households", LIST.encode(), "list.csv", options=SAID)
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    asked = {"data": {"purpose": "verification"}, "content_type": "application/json"}
    sheet = client.post("/api/v1/municipalities/TK/households/sheet", **asked).getvalue()  # type: ignore[arg-type]
    again = checked(ana, tenkoro, "households", sheet, "out.xlsx", options={**SAID, "source": "Own register"})
    assert (again.summary["new"], again.summary["refused"]) == (3, 0)
    with scope(acting(ana)):
        assert PersonAccess.objects.get().kind == "export"


@pytest.mark.django_db(transaction=True)
def test_dtm_operations_rounds_tools_and_levels_are_never_added_up(tenkoro: Municipality, ana: User) -> None:
    batch = imported(ana, tenkoro, "population", DTM.encode(), "dtm.csv", options=DTM_SAID)
    assert (batch.rows, batch.accepted, batch.refused) == (6, 5, 1)
    with scope(acting(ana)):
        told = {
            (estimate.round.name, str(estimate.round.observed_on)): estimate.individuals
            for estimate in PopulationEstimate.objects.select_related("round")
        }
        assert told == {
            ("DTM, Lake Chad, round 20, BA", "2023-05-31"): 130,
            ("DTM, Lake Chad, round 20, SA", "2023-05-31"): 100,
            ("DTM, Other crisis, round 20, BA", "2023-05-31"): 7,
            ("DTM, Lake Chad, round 21, BA", "2023-09-30"): 140,
        }
        counted = PopulationRound.objects.get(name="DTM, Lake Chad, round 20, BA")
        parts = EstimatePart.objects.filter(estimate__round=counted).values_list("sex", "individuals")
        assert dict(parts) == {"f": 80, "m": 50}
    again = imported(ana, tenkoro, "population", DTM.encode(), "dtm.csv", options=DTM_SAID)
    assert again.unchanged == 5
