"""Field forms, what phones sent, and what had to be kept aside."""

import uuid

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q, UniqueConstraint

from municipal_units.models import Municipality, Neighbourhood, StoredFile


class FormDefinition(models.Model):
    """One version of a form in one municipality, never changed once published. `home` names the facts its answers
    become; answers of a form without one are kept and exported. `definition` is the JSON form of
    `core/forms/compiler.py`."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="forms")
    form_id = models.CharField(max_length=200)
    version = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=300)
    home = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=20, default="open")
    is_standard = models.BooleanField(default=False)
    xform = models.TextField()
    md5 = models.CharField(max_length=32)
    definition = models.JSONField()
    source_file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(auto_now_add=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint("municipality", "form_id", "version", name="form_version_once")]

    def __str__(self) -> str:
        return f"{self.form_id} {self.version}"


class Submission(models.Model):
    """One filled form. `instance_id` was made on the phone; `xml` is exactly what it sent. `problems` are the rules it
    breaks; `replaces` is the record it corrects. `complete`: every file it names has arrived."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="submissions")
    form = models.ForeignKey(FormDefinition, models.PROTECT, related_name="submissions")
    form_id_text = models.CharField(max_length=200)
    instance_id = models.CharField(max_length=200)
    xml = models.TextField()
    sha256 = models.CharField(max_length=64)
    receipt = models.UUIDField(default=uuid.uuid4, unique=True)
    answers = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    expected_files = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    complete = models.BooleanField(default=True)
    door = models.CharField(max_length=20)
    device = models.CharField(max_length=200, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)
    observed_at = models.DateTimeField(null=True)
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    geom = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    accuracy_m = models.FloatField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    review_state = models.CharField(max_length=20, default="received")
    review_reason = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "form_id_text", "instance_id", name="submission_once")]
        indexes = [
            models.Index(fields=["municipality", "review_state", "-received_at"], name="submission_to_review"),
            models.Index(fields=["municipality", "submitted_by", "-received_at"], name="submission_of_person"),
        ]

    def __str__(self) -> str:
        return self.instance_id


class SubmissionFact(models.Model):
    """What one part of a filled form became: `fact_id` is uuid5(instance_id, path), `row_id` the row in the table that
    `kind` names. `state`: recorded, waiting (for a reviewer), refused, withdrawn."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="facts")
    path = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    fact_id = models.UUIDField()
    row_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=20)
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [UniqueConstraint("submission", "path", "kind", name="submission_fact_once")]
        indexes = [models.Index(fields=["municipality", "kind", "row_id"], name="submission_fact_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.fact_id}"


class KeptAside(models.Model):
    """Something a phone sent that could not simply be taken: kept as it came, until a supervisor settles it. `reason`:
    other_content, other_file, unknown_form, unknown_version, form_closed, edit_too_early, edit_of_old, unreadable."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    form_id_text = models.CharField(max_length=200, blank=True)
    version = models.CharField(max_length=200, blank=True)
    instance_id = models.CharField(max_length=200)
    replaces_id = models.CharField(max_length=200, blank=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    reason = models.CharField(max_length=30)
    detail = models.CharField(max_length=300, blank=True)
    receipt = models.UUIDField(default=uuid.uuid4, unique=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="variants")
    door = models.CharField(max_length=20)
    device = models.CharField(max_length=200, blank=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name_plural = "kept aside"
        constraints = [
            UniqueConstraint("municipality", "form_id_text", "instance_id", "sha256", "reason", name="kept_aside_once")
        ]
        indexes = [
            models.Index(fields=["municipality", "-received_at"], condition=Q(settled_at=None), name="kept_aside_open")
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.instance_id}"


class SubmissionFile(models.Model):
    """A file that came with a filled form, by the name its XML gives; the bytes lie in the file store."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, models.CASCADE, null=True, blank=True, related_name="files")
    kept_aside = models.ForeignKey(KeptAside, models.CASCADE, null=True, blank=True, related_name="files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            UniqueConstraint("submission", "name", condition=Q(submission__isnull=False), name="submission_file_once"),
            UniqueConstraint(
                "kept_aside", "name", "sha256", condition=Q(kept_aside__isnull=False), name="kept_file_once"
            ),
            models.CheckConstraint(
                condition=Q(submission__isnull=False, kept_aside__isnull=True)
                | Q(submission__isnull=True, kept_aside__isnull=False),
                name="file_has_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["municipality", "sha256"], name="submission_file_hash")]

    def __str__(self) -> str:
        return self.name
