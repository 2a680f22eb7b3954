"""Interventions: candidate works with cost, duration, crew, prerequisites and effect."""

from django.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models import EvictionCase, Facility, Municipality, Neighbourhood
from municipal_units.models.history import versioned


@versioned()
class Intervention(models.Model):
    """A candidate work. `requires` must be finished first; of one `exclusive_group` at most one is chosen."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="interventions")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200, blank=True)
    name_ar = models.CharField(max_length=200, blank=True)
    intervention_type = models.CharField(max_length=40)
    phase = models.CharField(max_length=20, default="early_recovery")
    status = models.CharField(max_length=20, default="proposed")
    status_reason = models.CharField(max_length=300, blank=True, default="")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    cost = models.FloatField()
    currency = models.CharField(max_length=3, default="XOF")
    fund = models.CharField(max_length=80, blank=True)
    duration_days = models.PositiveIntegerField()
    crew = models.CharField(max_length=40, blank=True)
    crew_units = models.PositiveIntegerField(default=1)
    exclusive_group = models.CharField(max_length=80, blank=True)
    requires = models.ManyToManyField("self", symmetrical=False, through="InterventionRequirement", related_name="+")
    source = models.CharField(max_length=300, blank=True)
    observed_on = models.DateField(null=True, blank=True)
    # Whether people have to move for it (none, temporary, permanent), and the case that holds their safeguards.
    relocation = models.CharField(max_length=12, default="none")
    eviction_case = models.ForeignKey(EvictionCase, models.PROTECT, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            UniqueConstraint(
                "municipality", "code", condition=Q(deleted_at__isnull=True), name="intervention_code_once"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="intervention_cost_not_negative"),
            models.CheckConstraint(condition=Q(duration_days__gte=1), name="intervention_takes_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@versioned()
class InterventionRequirement(models.Model):
    """`intervention` may start only when `required` is finished."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="requirements")
    required = models.ForeignKey(Intervention, models.CASCADE, related_name="required_by")

    class Meta:
        constraints = [
            UniqueConstraint("intervention", "required", name="requirement_once"),
            models.CheckConstraint(condition=~Q(intervention=models.F("required")), name="requirement_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.intervention} after {self.required}"


@versioned()
class InterventionAction(models.Model):
    """One effect of a work: capacity or backup added to a facility, or local reach added to a neighbourhood."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="actions")
    kind = models.CharField(max_length=20)
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, blank=True, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    service = models.CharField(max_length=40, blank=True)
    add = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(add__gt=0), name="action_adds_something"),
            models.CheckConstraint(
                condition=(
                    Q(kind="capacity", facility__isnull=False)
                    | (Q(kind="backup", facility__isnull=False) & ~Q(service=""))
                    | (Q(kind="local", neighbourhood__isnull=False) & ~Q(service=""))
                ),
                name="action_names_what_it_changes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intervention_id}: {self.kind} +{self.add:g}"
