"""Crises, municipalities, neighbourhoods and their dated boundaries."""

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Func, Q, UniqueConstraint

from municipal_units.models.history import versioned


class DateRange(Func):
    """The half-open range [valid_from, valid_to) used to refuse overlapping versions."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Crisis(models.Model):
    """An event or period (an earthquake, a displacement) within which things are assessed."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, default="displacement")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "crises"

    def __str__(self) -> str:
        return self.name


@versioned()
class Municipality(models.Model):
    """A town with its own municipal unit: the scope of every fact, role and event."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200, blank=True)
    name_ar = models.CharField(max_length=200, blank=True)
    pcode = models.CharField(max_length=40, blank=True)
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    outline = models.MultiPolygonField(srid=4326, null=True, blank=True)
    currency = models.CharField(max_length=3, default="XOF")
    beta = models.FloatField(default=0.3)
    return_threshold = models.FloatField(default=0.6)
    household_size = models.FloatField(null=True, blank=True)
    accepted_facts_only = models.BooleanField(default=False)
    conflict_mode = models.BooleanField(default=True)
    complete_registers = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    estimate_valid_days = models.PositiveIntegerField(default=180)
    household_keep_months = models.PositiveSmallIntegerField(default=24)  # after the last contact, then names go
    duplicate_threshold = models.FloatField(default=0.85)  # likeness, 0-1, from which a pair is shown to a person

    class Meta:
        verbose_name_plural = "municipalities"
        constraints = [
            models.CheckConstraint(condition=Q(beta__gte=0, beta__lte=1), name="municipality_beta_is_a_share"),
            models.CheckConstraint(
                condition=Q(household_size__isnull=True) | Q(household_size__gt=0),
                name="municipality_household_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@versioned()
class Neighbourhood(models.Model):
    """A place with an identity of its own; where it lies is said by its dated boundaries."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="neighbourhoods")
    pcode = models.CharField(max_length=40, blank=True)
    local_code = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200, blank=True)
    name_ar = models.CharField(max_length=200, blank=True)
    aliases = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("municipality", "pcode", condition=~Q(pcode=""), name="neighbourhood_pcode_once"),
            UniqueConstraint(
                "municipality", "local_code", condition=~Q(local_code=""), name="neighbourhood_local_code_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@versioned(exclude=["geom_3857"])
class NeighbourhoodBoundary(models.Model):
    """Where a neighbourhood lies from `valid_from` until the day before `valid_to` (open when null)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="boundaries")
    geom = models.MultiPolygonField(srid=4326, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=Transform("geom", 3857),
        output_field=models.MultiPolygonField(srid=3857, spatial_index=False),
        db_persist=True,
    )
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "neighbourhood boundaries"
        indexes = [
            GistIndex("geom", name="boundary_geom"),
            GistIndex("geom_3857", name="boundary_geom_3857"),
            models.Index(fields=["municipality", "valid_from"], name="boundary_municipality"),
        ]
        constraints = [
            ExclusionConstraint(
                name="boundary_versions_do_not_overlap",
                expressions=[
                    ("neighbourhood", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                name="boundary_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood} from {self.valid_from}"


class NeighbourhoodChange(models.Model):
    """A split or merge: which share of the old place's area and people went to the new one."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    origin = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="changes_to")
    target = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="changes_from")
    changed_on = models.DateField()
    area_share = models.FloatField()
    population_share = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("origin", "target", "changed_on", name="neighbourhood_change_once"),
            models.CheckConstraint(condition=Q(area_share__gte=0, area_share__lte=1), name="change_area_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} to {self.target}"
