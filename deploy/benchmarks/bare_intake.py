"""The peer of `deploy/bench intake`: a Django view that parses a filled form and inserts the same rows.

Submission, structure, assessment, what the form became, two events and the row of the photo, each through the ORM; the
photo by Django's own storage. No rules tried, nobody's rights asked, nothing recognised, no file synced. Served as ours
is: the WSGI handler behind a2wsgi with eight threads. BARE_FILES names the folder of the photos.
"""

import hashlib
import os
import uuid
from datetime import datetime
from typing import Any, cast
from xml.etree import ElementTree

import django
from a2wsgi import WSGIMiddleware
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisis.settings")
django.setup()
settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []

from django.contrib.gis.geos import Point  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402

from assessments.models import FormDefinition, Submission, SubmissionFact, SubmissionFile  # noqa: E402
from damage.models import DamageAssessment, Structure  # noqa: E402
from municipal_units.models import Event, Municipality  # noqa: E402

storage = FileSystemStorage(os.environ["BARE_FILES"])


def take(request: HttpRequest, key: str) -> HttpResponse:
    """One filled form, all of it or an error."""
    xml = cast(Any, request.FILES["xml_submission_file"]).read()
    root = ElementTree.fromstring(xml)
    answers = {f"/{child.tag}": child.text or "" for child in root}
    lat, lon, _, accuracy = answers["/place"].split()
    place, seen = Point(float(lon), float(lat), srid=4326), datetime.fromisoformat(answers["/observed_at"])
    photos = [(name, cast(Any, file)) for name, file in request.FILES.items() if name != "xml_submission_file"]
    with transaction.atomic():
        town = Municipality.objects.get(code=f"T{int((float(lon) + 1) // 0.5)}")
        form = FormDefinition.objects.defer("xform", "definition").get(
            municipality=town, form_id=root.get("id"), version=root.get("version")
        )
        submission = Submission.objects.create(
            municipality=town,
            form=form,
            form_id_text=form.form_id,
            instance_id=root.findtext("meta/instanceID") or "",
            xml=xml.decode(),
            sha256=hashlib.sha256(xml).hexdigest(),
            answers=answers,
            expected_files=[name for name, _ in photos],
            door="bare",
            observed_at=seen,
            geom=place,
            accuracy_m=float(accuracy),
        )
        grade = {"current_grade": answers["/grade"], "current_method": "rapid_field", "current_observed_at": seen}
        structure = Structure.objects.create(municipality=town, geom=place, **grade)
        fact_id = uuid.uuid4()
        assessment = DamageAssessment.objects.create(
            municipality=town,
            structure=structure,
            fact_id=fact_id,
            source_scale="canonical",
            source_value=answers["/grade"],
            grade=answers["/grade"],
            method="rapid_field",
            observed_at=seen,
            geom=place,
        )
        SubmissionFact.objects.create(
            municipality=town,
            submission=submission,
            path="/grade",
            kind="damage",
            fact_id=fact_id,
            row_id=assessment.pk,
            state="recorded",
        )
        for name, file in photos:
            content = file.read()
            digest = hashlib.sha256(content).hexdigest()
            file.seek(0)
            storage.save(digest, file)
            SubmissionFile.objects.create(
                municipality=town, submission=submission, name=name, sha256=digest, size=len(content)
            )
        for kind, subject in (("damage.assessed", assessment), ("submission.received", submission)):
            Event.objects.record(kind, municipality_id=town.pk, subject=subject, shows={"id": subject.pk})
    return HttpResponse(str(submission.receipt), status=201, headers={"Content-Length": "36"})


urlpatterns = [path("key/<str:key>/submission", take)]
app = WSGIMiddleware(cast(Any, WSGIHandler()), workers=8)
