"""Files that came in: where they came from, how their columns were read, and what became of every row."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models.places import Municipality


class ImportSource(models.Model):
    """A sender whose files look alike; the column mapping confirmed once is offered again."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="import_sources")
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    mapping = models.JSONField(default=dict, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    encoding = models.CharField(max_length=40, blank=True)
    match_distance_m = models.FloatField(default=5)

    class Meta:
        constraints = [UniqueConstraint("municipality", "kind", "name", name="import_source_once")]

    def __str__(self) -> str:
        return self.name


class StoredFile(models.Model):
    """A file kept by its content's hash; the same bytes are stored once. `sealed`: it names persons, and lies under
    the hash of its sealed bytes; `size` is what was sent."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255)
    sealed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "sha256"], name="stored_file_hash")]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One import of one file: state, progress and sums. accepted + refused = rows in the file."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="import_batches")
    kind = models.CharField(max_length=30)
    source = models.ForeignKey(ImportSource, models.PROTECT, null=True, blank=True, related_name="batches")
    product = models.CharField(max_length=200, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, default="inspected")
    preset = models.CharField(max_length=40, blank=True)
    layers = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    encoding = models.CharField(max_length=40, blank=True)
    inspection = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    rows = models.BigIntegerField(null=True)
    done_rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "import batches"
        indexes = [models.Index(fields=["municipality", "-created_at"], name="import_batch_latest")]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file}"


class ImportRow(models.Model):
    """A row of a file that was not simply taken: its number, what was wrong, the text as written, how to mend it."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="noted_rows")
    layer = models.CharField(max_length=200, blank=True)
    row_number = models.BigIntegerField()
    status = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=200, blank=True)
    written = models.TextField(blank=True)
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["municipality", "batch", "row_number"], name="import_row_number")]

    def __str__(self) -> str:
        return f"row {self.row_number}: {self.code}"
