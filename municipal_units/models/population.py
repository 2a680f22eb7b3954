"""People present: dated estimates by neighbourhood and group."""

from django.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models.places import Crisis, Municipality, Neighbourhood


class PopulationRound(models.Model):
    """One count of a place: who counted, how, when, and whether it covers everybody and the sites."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="population_rounds")
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    method = models.CharField(max_length=40)
    observed_on = models.DateField()
    coverage = models.CharField(max_length=20, default="complete")
    excludes_sites = models.BooleanField(default=False)
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "name", "observed_on", name="population_round_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.observed_on})"


class PopulationEstimate(models.Model):
    """How many people of one group are present in one neighbourhood, with interval, according to one round."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    round = models.ForeignKey(PopulationRound, models.CASCADE, related_name="estimates")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="population_estimates")
    group = models.CharField(max_length=40)
    individuals = models.FloatField()
    households = models.FloatField(null=True, blank=True)
    lo = models.FloatField(null=True, blank=True)
    hi = models.FloatField(null=True, blank=True)
    confidence = models.CharField(max_length=20, default="medium")
    status = models.CharField(max_length=20, default="estimated")
    written_place = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood"], name="estimate_place")]
        constraints = [
            UniqueConstraint("round", "neighbourhood", "group", name="estimate_once"),
            models.CheckConstraint(condition=Q(individuals__gte=0), name="estimate_not_negative"),
            models.CheckConstraint(
                condition=Q(lo__isnull=True) | Q(lo__lte=models.F("individuals")), name="estimate_lo_below_value"
            ),
            models.CheckConstraint(
                condition=Q(hi__isnull=True) | Q(hi__gte=models.F("individuals")), name="estimate_hi_above_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.individuals:g} {self.group} in {self.neighbourhood}"
