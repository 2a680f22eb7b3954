"""Facilities, whether they work, what they need, whom they reach, and the norms a municipality applies."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db.models import Q, UniqueConstraint

from municipal_units.models.history import versioned
from municipal_units.models.places import Crisis, Municipality, Neighbourhood


@versioned(exclude=["geom_3857"])
class Facility(models.Model):
    """A place that gives a service. `capacity` is its design output K in the demand unit of the service.

    `catchment_m`: how far it reaches on foot where this differs from the norm of its kind; `opening_hours` as in
    `core/opening_hours.py`.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="facilities")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="facilities")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200, blank=True)
    name_ar = models.CharField(max_length=200, blank=True)
    service = models.CharField(max_length=40)
    asset_type = models.CharField(max_length=40, blank=True)
    geom = models.PointField(srid=4326, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=Transform("geom", 3857),
        output_field=models.PointField(srid=3857, spatial_index=False),
        db_persist=True,
    )
    stated_capacity = models.FloatField(null=True, blank=True)
    capacity_unit = models.CharField(max_length=40, blank=True)
    capacity = models.FloatField(null=True, blank=True)
    capacity_source = models.CharField(max_length=300, blank=True)
    capacity_status = models.CharField(max_length=20, default="observed")
    catchment_area = models.MultiPolygonField(srid=4326, null=True, blank=True)
    catchment_m = models.FloatField(null=True, blank=True)
    opening_hours = models.CharField(max_length=200, blank=True)
    written_place = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200, blank=True)
    source_key = models.CharField(max_length=200, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "facilities"
        indexes = [
            GistIndex("geom_3857", name="facility_geom_3857"),
            models.Index(fields=["municipality", "service"], name="facility_service"),
            GinIndex(OpClass("name", "gin_trgm_ops"), name="facility_name_search"),
        ]
        constraints = [
            UniqueConstraint("municipality", "code", condition=Q(deleted_at__isnull=True), name="facility_code_once"),
            UniqueConstraint(
                "municipality",
                "source",
                "source_key",
                condition=~Q(source_key="") & Q(deleted_at__isnull=True),
                name="facility_source_key_once",
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=0), name="facility_capacity_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(catchment_m__isnull=True) | Q(catchment_m__gt=0), name="facility_catchment_is_a_distance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FacilityStatus(models.Model):
    """One observation of whether a facility works; never overwritten, only followed by a newer one."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="statuses")
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    fact_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=40)
    causes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    measured_output = models.FloatField(null=True, blank=True)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    method = models.CharField(max_length=40, default="facility_report")
    confidence = models.CharField(max_length=20, default="medium")
    review_state = models.CharField(max_length=20, default="received")
    source = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name_plural = "facility statuses"
        indexes = [models.Index(fields=["municipality", "facility", "-observed_at"], name="status_latest")]
        constraints = [
            UniqueConstraint("municipality", "fact_id", name="status_fact_once"),
            UniqueConstraint(
                "facility", "source", "observed_at", condition=Q(fact_id__isnull=True), name="status_import_once"
            ),
            models.CheckConstraint(
                condition=Q(measured_output__isnull=True) | Q(measured_output__gte=0), name="status_output_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility}: {self.status}"


@versioned()
class Dependency(models.Model):
    """What a facility needs to work: `strength` is the share of its capacity lost without the service (0-1)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="dependencies")
    service = models.CharField(max_length=40)
    strength = models.FloatField()
    backup_share = models.FloatField(default=0)
    hours_backup = models.FloatField(null=True, blank=True)
    backup_since = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)
    observed_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "dependencies"
        constraints = [
            UniqueConstraint("facility", "service", name="dependency_once"),
            models.CheckConstraint(condition=Q(strength__gte=0, strength__lte=1), name="dependency_strength_share"),
            models.CheckConstraint(
                condition=Q(backup_share__gte=0, backup_share__lte=1), name="dependency_backup_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility} needs {self.service}"


@versioned()
class CatchmentShare(models.Model):
    """A stated share of a neighbourhood that a facility serves; it wins over drawn areas and distance."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="catchment_shares")
    neighbourhood = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="catchment_shares")
    share = models.FloatField()
    source = models.CharField(max_length=300, blank=True)
    observed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("facility", "neighbourhood", name="catchment_share_once"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="catchment_share_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.facility} serves {self.neighbourhood}"


class LocalReach(models.Model):
    """Share of a neighbourhood that a service can physically get to (network, rubble, road); dated."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="reaches")
    service = models.CharField(max_length=40)
    share = models.FloatField()
    observed_at = models.DateTimeField()
    source = models.CharField(max_length=300, blank=True)
    confidence = models.CharField(max_length=20, default="medium")

    class Meta:
        verbose_name_plural = "local reaches"
        indexes = [
            models.Index(fields=["municipality", "neighbourhood", "service", "-observed_at"], name="reach_latest")
        ]
        constraints = [
            UniqueConstraint("neighbourhood", "service", "observed_at", "source", name="reach_once"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="reach_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.service} in {self.neighbourhood}"


class Norm(models.Model):
    """One number a municipality works with: a demand norm, weight, factor, conversion or limit.

    `kind` says which table it belongs to, `key` which entry (a service, status, grade or asset type), `unit` what
    the value is counted in. Rows are never changed: a newer `valid_from` replaces an older one.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="norms")
    kind = models.CharField(max_length=40)
    service = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    phase = models.CharField(max_length=20, blank=True)
    value = models.FloatField()
    valid_from = models.DateField()
    source = models.CharField(max_length=300)
    edition = models.CharField(max_length=100, blank=True)
    certainty = models.CharField(max_length=20, default="assumption")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "kind"], name="norm_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.service} {self.key}: {self.value} {self.unit}".strip()
