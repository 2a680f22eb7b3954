"""Tension between groups, incidents and evictions: seen by few, never with a name, never on a public map."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models.history import versioned
from municipal_units.models.places import Municipality, Neighbourhood


@versioned()
class TensionRecord(models.Model):
    """What is seen of tension in a neighbourhood on a day: `values` by indicator (municipal_units.md 5); what was not
    measured is missing. Index and level are derived (core/tension.py)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    observed_on = models.DateField()
    values = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood", "-observed_on"], name="tension_latest")]

    def __str__(self) -> str:
        return f"{self.neighbourhood_id} on {self.observed_on}"


@versioned()
class TensionIncident(models.Model):
    """Something that happened between groups. No names of persons, no exact place."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    fact_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=40)
    occurred_on = models.DateField()
    lethal = models.BooleanField(default=False)
    verification = models.CharField(max_length=20, default="unverified")
    account = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood", "-occurred_on"], name="incident_latest")]
        constraints = [UniqueConstraint("municipality", "fact_id", name="incident_fact_once")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.occurred_on}"


@versioned()
class EvictionCase(models.Model):
    """One threatened or carried-out eviction (municipal_units.md 6). `safeguards`: yes, no or unknown by name. The
    place is kept to about a kilometre only. Its classification is derived and never a legal finding."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    fact_id = models.UUIDField(null=True, blank=True)
    stage = models.CharField(max_length=20)
    stage_on = models.DateField()
    actor_type = models.CharField(max_length=20, default="unknown")
    cause = models.CharField(max_length=20, default="other")
    households = models.PositiveIntegerField()
    women = models.PositiveIntegerField(null=True, blank=True)
    men = models.PositiveIntegerField(null=True, blank=True)
    children = models.PositiveIntegerField(null=True, blank=True)
    displaced_households = models.PositiveIntegerField(null=True, blank=True)
    tenure = models.CharField(max_length=40, default="unknown")
    safeguards = models.JSONField(default=dict)
    notice_days = models.PositiveIntegerField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    follow_up_due = models.DateField(null=True, blank=True)
    location_fuzzed = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    note = models.TextField(blank=True)
    opened_on = models.DateField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood", "stage"], name="eviction_stage")]
        constraints = [
            UniqueConstraint("municipality", "fact_id", name="eviction_fact_once"),
            models.CheckConstraint(
                condition=Q(displaced_households__isnull=True) | Q(displaced_households__lte=models.F("households")),
                name="eviction_displaced_are_part_of_all",
            ),
        ]

    def __str__(self) -> str:
        return f"eviction {self.pk}: {self.stage}"


class EvictionStage(models.Model):
    """One step of a case; steps are only ever added."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    case = models.ForeignKey(EvictionCase, models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=20)
    on = models.DateField()
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.stage} on {self.on}"
