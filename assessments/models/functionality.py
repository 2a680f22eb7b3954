"""How far each neighbourhood functions, kept as history: what we knew at each moment."""

from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models import Facility, Municipality, Neighbourhood


class FunctionalityCursor(models.Model):
    """Up to which event the scores of a municipality have been computed; behind means there is work to do."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.municipality_id}: {self.seq}"


class FunctionalityRun(models.Model):
    """One computation: the event it follows, the city's figure with interval and coverage, and the ranking then."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="functionality_runs")
    seq = models.BigIntegerField()
    as_of = models.DateTimeField()
    parameters_version = models.CharField(max_length=64)
    city = models.FloatField(null=True)
    city_lo = models.FloatField(null=True)
    city_hi = models.FloatField(null=True)
    person_functionality = models.FloatField(null=True)
    people = models.FloatField(null=True)
    coverage = models.FloatField(default=0)
    ranking = models.JSONField(default=list)
    warnings = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["municipality", "-seq"], name="run_latest")]

    def __str__(self) -> str:
        return f"{self.municipality_id} at {self.seq}: {self.city}"


class FunctionalityScore(models.Model):
    """F of one service in one neighbourhood, or its index I when `service` is empty; a row only where it changed.

    `demand` and `supply` are in service units (of the index: persons present, persons fully served); `coverage` is the
    share that rests on observed data; `reason` and `facility` say what limits, `observed_at` when that was last seen.
    """

    # Only the two indexes below: with one on the municipality alone, a planner without statistics reads all rows of it
    # for every place and service.
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(FunctionalityRun, models.CASCADE, related_name="scores", db_index=False)
    neighbourhood = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="scores", db_index=False)
    service = models.CharField(max_length=40, blank=True)
    value = models.FloatField(null=True)
    lo = models.FloatField(null=True)
    hi = models.FloatField(null=True)
    demand = models.FloatField(null=True)
    supply = models.FloatField(null=True)
    coverage = models.FloatField(null=True)
    reason = models.CharField(max_length=120, blank=True)
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, related_name="+", db_index=False)
    observed_at = models.DateTimeField(null=True)
    black_start_risk = models.BooleanField(default=False)

    class Meta:
        constraints = [UniqueConstraint("run", "neighbourhood", "service", name="score_once")]
        indexes = [models.Index(fields=["municipality", "neighbourhood", "service", "-run"], name="score_latest")]

    def __str__(self) -> str:
        return f"{self.neighbourhood} {self.service or 'index'}: {self.value}"
