"""What ODK Collect requires of a server, byte for byte (its code, as interfaces of this project record it)."""

import base64
from collections.abc import Callable
from hashlib import md5
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from assessments.models import KeptAside, Submission
from damage.models import DamageAssessment
from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.models import ApiToken, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import PASSWORD, acting
from tests.intake.conftest import Phone, damage, filled, jpeg, said, xml_file

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"


def test_a_wrong_key_is_403_and_no_basic_is_401_with_its_header(tenkoro: Municipality, ben: User) -> None:
    wrong = Client().get("/key/rknothing/formList")
    assert wrong.status_code == 403
    assert "WWW-Authenticate" not in wrong
    assert "key" in said(wrong)
    nobody = Client().head("/m/TK/openrosa/submission")
    assert nobody.status_code == 401
    assert nobody["WWW-Authenticate"].startswith("Basic ")
    for answer in (wrong, nobody):
        assert answer["X-OpenRosa-Version"] == "1.0"


def test_a_session_opens_nothing_here(phone: Phone, barsalo: Municipality, cleo: User, ben: User) -> None:
    signed_in = Client()
    signed_in.force_login(cleo)
    assert signed_in.get("/m/BS/openrosa/formList").status_code == 401


def test_a_token_for_programs_is_no_key(tenkoro: Municipality, ben: User, token_of: Callable[[User], str]) -> None:
    assert Client().get(f"/key/{token_of(ben)}/formList").status_code == 403


def test_a_revoked_key_ends_at_once(phone: Phone, ben: User, tenkoro: Municipality) -> None:
    assert phone.get("formList").status_code == 200
    with scope(system_actor(tenkoro.pk)):
        ApiToken.objects.update(revoked_at=timezone.now())
    assert phone.get("formList").status_code == 403


def test_the_form_list_is_one_collect_accepts(phone: Phone) -> None:
    answer = phone.get("formList?deviceID=collect%3Aabc")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer["X-OpenRosa-Version"] == "1.0"
    assert answer["Content-Language"]
    assert answer["X-OpenRosa-Accept-Content-Length"] == "100000000"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{LIST}xforms"
    forms = {entry.findtext(f"{LIST}formID"): entry for entry in root}
    assert set(forms) == {"damage_rapid", "facility_status", "population", "arrivals_departures", "needs", "hazard"}
    for entry in forms.values():
        assert entry.findtext(f"{LIST}name")
        assert entry.findtext(f"{LIST}version")
        xform = phone.get(str(entry.findtext(f"{LIST}downloadUrl")))
        assert entry.findtext(f"{LIST}hash") == f"md5:{md5(xform.content).hexdigest()}"
    only = ElementTree.fromstring(phone.get("formList?formID=needs").content)
    assert [entry.findtext(f"{LIST}formID") for entry in only] == ["needs"]


def test_the_manifest_and_lists_carry_codes(phone: Phone, facility_of_name: str) -> None:
    root = ElementTree.fromstring(phone.get("formList?formID=facility_status").content)
    listed = phone.get(str(root[0].findtext(f"{LIST}manifestUrl")))
    assert listed["Content-Type"] == "text/xml; charset=utf-8"
    (media,) = ElementTree.fromstring(listed.content)
    assert media.get("type") == "entityList"
    content = phone.get(str(media.findtext(f"{MANIFEST}downloadUrl")))
    assert media.findtext(f"{MANIFEST}hash") == f"md5:{md5(content.content).hexdigest()}"
    assert content.content.decode().splitlines() == ["name,label", "F-12,F-12 borehole"]
    assert facility_of_name not in content.content.decode()
    again = phone.get(str(media.findtext(f"{MANIFEST}downloadUrl")), **{"if-none-match": content["ETag"]})
    assert again.status_code == 304
    gone = phone.get(str(media.findtext(f"{MANIFEST}integrityUrl")) + "?id=F-12,F-99")
    states = {e.get("id"): e.findtext("deleted") for e in ElementTree.fromstring(gone.content).iter("entity")}
    assert states == {"F-12": "false", "F-99": "true"}


@pytest.fixture
def facility_of_name(tenkoro: Municipality) -> str:
    system = system_actor(tenkoro.pk)
    with scope(system):
        row = FacilityRow(code="F-12", name="Dr Zongo", service="water", asset_type="borehole", lon=-0.995, lat=13.005)
        register_facility(by=system, municipality=tenkoro, row=row)
    return "Zongo"


def test_head_is_exactly_204_with_the_length_it_takes(phone: Phone) -> None:
    answer = phone.client.head(f"{phone.base}/submission?deviceID=x")
    assert answer.status_code == 204
    assert answer["X-OpenRosa-Version"] == "1.0"
    assert answer["X-OpenRosa-Accept-Content-Length"] == "100000000"
    assert "Location" not in answer


def test_a_report_becomes_an_assessment_by_the_one_way_in(phone: Phone, tenkoro: Municipality) -> None:
    answer = phone.send(damage("heavy"))
    assert answer.status_code == 201
    assert "Receipt" in said(answer)
    with scope(system_actor(tenkoro.pk)):
        sent = Submission.objects.get()
        seen = DamageAssessment.objects.get()
        assert (sent.review_state, sent.complete, sent.problems) == ("received", True, [])
        assert sent.neighbourhood is not None
        assert sent.neighbourhood.name == "Wendou"
        assert seen.grade == "heavy"
        assert sent.facts.get().row_id == seen.pk
        assert sent.facts.get().fact_id == seen.fact_id


def test_parts_come_in_any_order_and_completeness_is_by_name(phone: Phone, tenkoro: Municipality) -> None:
    xml = damage(extra="<photo>a.jpg</photo><photo_detail>b.jpg</photo_detail>")
    first = phone.send(xml, incomplete=True, b__jpg=jpeg("blue"))
    assert first.status_code == 201
    assert b'isComplete="false"' in first.content
    last = phone.send(xml, a__jpg=jpeg("green"))
    assert b'isComplete="true"' in last.content
    assert said(first) == said(last)
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get().complete
        assert sorted(Submission.objects.get().files.values_list("name", flat=True)) == ["a.jpg", "b.jpg"]


def test_names_with_ampersands_are_matched(phone: Phone, tenkoro: Municipality) -> None:
    xml = damage(extra="<photo>a &amp;amp; b.jpg</photo>")
    body = {"xml_submission_file": xml_file(xml)}
    body["a &amp; b.jpg"] = SimpleUploadedFile("a &amp; b.jpg", jpeg(), "image/jpeg")
    assert b'isComplete="true"' in phone.client.post(f"{phone.base}/submission", body).content


def test_a_post_of_102_parts_is_taken(phone: Phone, tenkoro: Municipality) -> None:
    body: dict[str, object] = {"xml_submission_file": xml_file(damage())}
    for number in range(101):
        body[f"{number}.jpg"] = SimpleUploadedFile(f"{number}.jpg", f"photo {number}".encode(), "image/jpeg")
    assert phone.client.post(f"{phone.base}/submission", body).status_code == 201
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get().files.count() == 101


def test_without_the_form_itself_it_is_400_with_a_sentence(phone: Phone) -> None:
    answer = phone.client.post(f"{phone.base}/submission", {"other": SimpleUploadedFile("a.jpg", b"x")})
    assert answer.status_code == 400
    assert "xml_submission_file" in said(answer)


def test_nothing_is_stranded_on_the_phone(phone: Phone, tenkoro: Municipality) -> None:
    """What Central refuses is kept aside here: 202, and the record leaves the phone."""
    known = "uuid:11111111-1111-4111-8111-111111111111"
    first = damage("heavy", instance_id=known)
    phone.send(first)
    cases = {
        "other_content": damage("slight", instance_id=known),
        "unknown_form": filled("never_heard_of", "<a>1</a>"),
        "unknown_version": filled("needs", "<people>3</people>", version="1999"),
        "edit_too_early": damage(replaces="uuid:22222222-2222-4222-8222-222222222222"),
        "unreadable": "<data id='needs'><unfinished>",
    }
    for reason, xml in cases.items():
        answer = phone.send(xml)
        assert (answer.status_code, reason) == (202, reason)
        again = phone.send(xml)
        assert said(again) == said(answer)
    with scope(system_actor(tenkoro.pk)):
        assert set(KeptAside.objects.values_list("reason", flat=True)) == set(cases)
        assert KeptAside.objects.count() == len(cases)
        assert Submission.objects.get().answers["/grade"] == "heavy"


def test_an_edit_replaces_and_one_of_an_old_version_is_kept_aside(phone: Phone, tenkoro: Municipality) -> None:
    phone.send(damage("heavy", instance_id="uuid:a"))
    assert phone.send(damage("very_heavy", instance_id="uuid:b", replaces="uuid:a")).status_code == 201
    assert phone.send(damage("slight", instance_id="uuid:c", replaces="uuid:a")).status_code == 202
    with scope(system_actor(tenkoro.pk)):
        assert list(Submission.objects.filter(is_current=True).values_list("instance_id", flat=True)) == ["uuid:b"]
        counting = DamageAssessment.objects.exclude(review_state="rejected")
        assert [seen.grade for seen in counting] == ["very_heavy"]
        assert KeptAside.objects.get().reason == "edit_of_old"


def test_an_edit_that_came_before_its_record_is_taken_when_that_comes(phone: Phone, tenkoro: Municipality) -> None:
    assert phone.send(damage("destroyed", instance_id="uuid:b", replaces="uuid:a")).status_code == 202
    assert phone.send(damage("heavy", instance_id="uuid:a")).status_code == 201
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get(is_current=True).instance_id == "uuid:b"
        assert KeptAside.objects.get().outcome == "taken"


def test_a_form_without_an_id_gets_one_that_a_repeat_gets_too(phone: Phone, tenkoro: Municipality) -> None:
    xml = damage(instance_id="")
    assert said(phone.send(xml)) == said(phone.send(xml))
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get().instance_id.startswith("made:")


def test_basic_over_this_machine_opens_the_same_door(tenkoro: Municipality, ben: User) -> None:
    secret = base64.b64encode(f"ben:{PASSWORD}".encode()).decode()
    client = Client(headers={"Authorization": f"Basic {secret}", "Host": "localhost"})
    assert client.head("/m/TK/openrosa/submission").status_code == 204
    answer = client.post("/m/TK/openrosa/submission", {"xml_submission_file": xml_file(damage())})
    assert answer.status_code == 201
    elsewhere = Client(headers={"Authorization": f"Basic {secret}", "Host": "testserver"})
    assert elsewhere.get("/m/TK/openrosa/formList").status_code == 401


def test_answers_that_break_a_rule_are_kept_and_wait(phone: Phone, tenkoro: Municipality) -> None:
    assert phone.send(damage("broken beyond words")).status_code == 201
    assert phone.send(damage(place="here")).status_code == 201
    with scope(system_actor(tenkoro.pk)):
        assert set(Submission.objects.values_list("review_state", flat=True)) == {"has_issues"}
        codes = [{problem["code"] for problem in sent.problems} for sent in Submission.objects.order_by("pk")]
        assert codes == [{"choice"}, {"type"}]
        assert not DamageAssessment.objects.exists()


def test_a_report_from_outside_of_the_assignment_waits_for_a_reviewer(
    tenkoro: Municipality, ben: User, key_of: Callable[..., str]
) -> None:
    narrowed = ben.assignments.get()
    with scope(system_actor(tenkoro.pk)):
        narrowed.neighbourhoods.set([tenkoro.neighbourhoods.get(name="Forage")])
    phone = Phone(f"/key/{key_of(ben)}")
    assert phone.send(damage()).status_code == 201
    with scope(acting(ben)):
        assert Submission.objects.get().review_state == "has_issues"
        assert not DamageAssessment.objects.exists()
