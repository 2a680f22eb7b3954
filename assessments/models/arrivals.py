"""Arrival scenarios: how many people more or fewer are expected where. Assumptions to plan with, never counts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, UniqueConstraint

from municipal_units.models import Municipality, Neighbourhood


class ArrivalScenario(models.Model):
    """A named set of expectations, changed as they change; a plan keeps the rows it was made with."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="arrival_scenarios")
    name = models.CharField(max_length=120)
    source = models.CharField(max_length=300, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "name", name="arrival_scenario_name_once")]

    def __str__(self) -> str:
        return self.name


class ArrivalRow(models.Model):
    """`share` of the group's people in the place now, or `persons`, more (negative: fewer). Without a neighbourhood the
    whole town; `leaving` is where they go away from inside the town, empty when they come from outside."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    scenario = models.ForeignKey(ArrivalScenario, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    group = models.CharField(max_length=20)
    share = models.FloatField(null=True, blank=True)
    persons = models.FloatField(null=True, blank=True)
    leaving = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share__isnull=True, persons__isnull=False) | Q(share__isnull=False, persons__isnull=True),
                name="arrival_share_or_persons",
            ),
            models.CheckConstraint(
                condition=Q(leaving__isnull=True) | Q(neighbourhood__isnull=True) | ~Q(leaving=F("neighbourhood")),
                name="arrival_leaves_another_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} in {self.neighbourhood_id}: {self.share} {self.persons}"
