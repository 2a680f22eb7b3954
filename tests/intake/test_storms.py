"""Nothing acknowledged is ever lost, doubled or half kept: many phones, cut connections, killed processes."""

import json
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.intake.storm import Filled, Phones, filled, make_town
from tests.serving import Town, database_host

SEED = 20261120


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("storm")) as town:
        town.start_server()
        yield town


@pytest.fixture(scope="module")
def key(town: Town) -> str:
    return make_town(town)


@pytest.fixture
def phones(town: Town, key: str, tmp_path: Path) -> Phones:
    return Phones(town, key, tmp_path / "receipts.jsonl")


def kept(town: Town, forms: list[Filled]) -> list[tuple[str, bool, int]]:
    """Instance id, completeness and number of files of what is stored of these forms."""
    with psycopg.connect(host=database_host(), dbname=town.name, user="reprise_owner") as connection:
        rows = connection.execute(
            "SELECT s.instance_id, s.complete, (SELECT count(*) FROM assessments_submissionfile f"
            " WHERE f.submission_id = s.id) FROM assessments_submission s WHERE s.instance_id = ANY (%s) ORDER BY 1",
            [[form.instance_id for form in forms]],
        ).fetchall()
    return [(str(name), bool(complete), int(files)) for name, complete, files in rows]


def holds(town: Town, receipts: Path) -> str:
    """The checker's verdict; it fails the test if something is missing."""
    return town.manage("check_receipts", "TK", str(receipts))


def test_fifty_equal_posts_at_once_make_one_record_and_fifty_true_receipts(town: Town, phones: Phones) -> None:
    form = filled(random.Random(SEED))
    phones.send_all([(form, True, 1.0)] * 50)
    assert phones.statuses == [201] * 50
    given = [json.loads(line) for line in phones.receipts.read_text().splitlines()]
    assert len({receipt["receipt"] for receipt in given}) == 1
    assert all(list(receipt["files"]) == ["p.jpg"] for receipt in given)
    assert kept(town, [form]) == [(form.instance_id, True, 1)]
    assert "50 receipts: 0 lost, 0 damaged, 0 doubled" in holds(town, phones.receipts)


def test_every_form_five_times_in_any_order_with_cut_connections(town: Town, phones: Phones, full: bool) -> None:
    dice = random.Random(SEED + 1)
    forms = [filled(dice) for _ in range(2_000 if full else 100)]
    deliveries = [(form, dice.random() < 0.7, dice.random() if dice.random() < 0.2 else 1.0) for form in forms * 5]
    dice.shuffle(deliveries)
    phones.send_all(deliveries)
    phones.send_all([(form, True, 1.0) for form in forms])  # until each phone has seen a receipt for everything
    assert set(phones.statuses) == {201}
    assert kept(town, forms) == sorted((form.instance_id, True, 1) for form in forms)
    assert " 0 lost, 0 damaged, 0 doubled" in holds(town, phones.receipts)


def test_a_killed_server_and_killed_sessions_lose_no_receipt(town: Town, phones: Phones, full: bool) -> None:
    dice = random.Random(SEED + 2)
    forms = [filled(dice) for _ in range(1_000 if full else 60)]
    sending = threading.Thread(target=phones.send_all, args=([(form, True, 1.0) for form in forms * 3],))
    sending.start()
    for _ in range(5 if full else 1):
        time.sleep(0.7)
        with psycopg.connect(host=database_host(), dbname=town.name, user="reprise_web", autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = 'reprise_web' AND pid <> pg_backend_pid()",
                [town.name],
            )
        time.sleep(0.5)
        town.kill_server()
        town.start_server()
    sending.join()
    assert " 0 lost, 0 damaged, 0 doubled" in holds(town, phones.receipts)
    phones.send_all([(form, True, 1.0) for form in forms])
    assert kept(town, forms) == sorted((form.instance_id, True, 1) for form in forms)
    assert set(phones.statuses) <= {201, 500, 503}


def test_a_chunked_body_is_taken_and_a_cut_one_is_not(town: Town, phones: Phones) -> None:
    form = filled(random.Random(SEED + 3))
    content, kind = form.body(with_photo=True)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    cut = httpx.post(town.url + phones.address, content=content[:-40], headers={"content-type": kind})
    assert cut.status_code == 400
    assert cut.headers["content-type"].startswith("text/xml")
    assert kept(town, [form]) == []
    whole = httpx.post(town.url + phones.address, content=pieces(), headers={"content-type": kind})
    assert whole.status_code == 201
    assert kept(town, [form]) == [(form.instance_id, True, 1)]


HOSTILE = {
    "a bomb of entities": b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><data id="needs">&b;</data>',
    "an entity from outside": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><data id="needs">&x;</data>',
    "nested too deep": b'<data id="needs">' + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</data>",
    "a huge attribute": b'<data id="needs" x="' + b"y" * 4_000_000 + b'"/>',
    "a million elements": b'<data id="needs">' + b"<a/>" * 1_000_000 + b"</data>",
    "another encoding": '<?xml version="1.0" encoding="UTF-16"?><data id="needs"/>'.encode("utf-16"),
    "a wrong encoding": b'<?xml version="1.0" encoding="UTF-8"?><data id="needs">\xff\xfe</data>',
    "a picture": b"\xff\xd8\xff\xe0 not xml at all",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_forms_get_a_sentence_at_once(town: Town, phones: Phones, what: str) -> None:
    files = {"xml_submission_file": ("f.xml", HOSTILE[what], "text/xml")}
    began = time.monotonic()
    answer = httpx.post(town.url + phones.address, files=files, timeout=20)
    assert answer.status_code == 202
    assert "kept aside" in answer.text
    assert time.monotonic() - began < 5  # one second on an idle machine; this one is shared
