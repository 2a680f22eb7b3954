"""Plans: what was asked for, the run that answered, the frozen answer, and what has become of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, UniqueConstraint

from assessments.models.planning import Intervention
from municipal_units.models import Decision, Municipality


class Scenario(models.Model):
    """What a plan may use and must respect. Never changed once written: a change is a copy (`copy_of`).

    `budgets` is money by fund, `crews` units by type, `displaced_weight` how much more a displaced person counts (0:
    the same), `weights` service weights instead of the municipality's (`weights_source`, `weights_on`: who agreed them
    and when), `displaced_change` the share of displaced people more (or fewer) to plan for, in `arrival_places` or
    everywhere; `arrivals` the name and rows of an arrival scenario as they were then, on top of that. `under_way` is
    days left by work (id as text): such a work is held at the beginning; `duration_factors` what somebody took over
    from finished works, by `type|crew`.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="scenarios")
    name = models.CharField(max_length=120)
    copy_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    budget_total = models.FloatField(null=True, blank=True)
    budgets = models.JSONField(default=dict, blank=True)
    crews = models.JSONField(default=dict, blank=True)
    periods = models.PositiveIntegerField(default=26)
    period_days = models.PositiveIntegerField(default=7)
    displaced_weight = models.FloatField(default=0)
    floor_share = models.FloatField(null=True, blank=True)
    floor_price = models.FloatField(default=0.3)
    low_share = models.FloatField(default=0.4)
    mandatory = ArrayField(models.BigIntegerField(), default=list, blank=True)
    forbidden = ArrayField(models.BigIntegerField(), default=list, blank=True)
    weights = models.JSONField(default=dict, blank=True)
    displaced_change = models.FloatField(default=0)
    arrival_places = ArrayField(models.BigIntegerField(), default=list, blank=True)
    weights_source = models.CharField(max_length=300, blank=True)
    weights_on = models.DateField(null=True, blank=True)
    arrivals = models.JSONField(default=dict, blank=True)
    under_way = models.JSONField(default=dict, blank=True)
    duration_factors = models.JSONField(default=dict, blank=True)
    gap = models.FloatField(default=0.01)
    time_s = models.PositiveIntegerField(default=60)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_total__isnull=True) | Q(budget_total__gte=0), name="scenario_budget"
            ),
            models.CheckConstraint(condition=Q(periods__gte=1, period_days__gte=1), name="scenario_horizon"),
        ]

    def __str__(self) -> str:
        return self.name


class PlanRun(models.Model):
    """One solve of a scenario: the planning case as it was when asked (gzipped JSON and its hash) and how far it is.

    The row is the truth about the work to do; a job is only somebody who works on it."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="plan_runs")
    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="runs")
    state = models.CharField(max_length=20, default="queued")
    attempts = models.PositiveIntegerField(default=0)
    progress = models.JSONField(default=dict, blank=True)
    message = models.TextField(blank=True)
    stop_requested = models.BooleanField(default=False)
    case_gz = models.BinaryField()
    case_sha256 = models.CharField(max_length=64)
    parameters_version = models.CharField(max_length=64, blank=True)
    seq = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "state"], name="plan_run_state")]

    def __str__(self) -> str:
        return f"{self.scenario}: {self.state}"


class Plan(models.Model):
    """The frozen answer of a run: value, bound and gap relative to the gain (persons fully served), and its story.

    computed -> proposed -> approved -> published; `withdrawn` is a side exit. Who proposes does not approve."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="plans")
    run = models.OneToOneField(PlanRun, models.PROTECT, related_name="plan")
    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="plans")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    state = models.CharField(max_length=20, default="computed")
    gain = models.FloatField()
    bound = models.FloatField()
    gap = models.FloatField(null=True)
    proof = models.CharField(max_length=20)
    cost = models.FloatField()
    outcome = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    computed_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="plans")
    dissent = models.TextField(blank=True)
    starts_on = models.DateField(null=True)
    published_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "-computed_at"], name="plan_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")), name="plan_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.scenario}"


class PlannedIntervention(models.Model):
    """One work in the answer, chosen or not, with the reason as a code and its values (a sentence is made of it)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="works")
    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="planned")
    chosen = models.BooleanField()
    position = models.PositiveIntegerField()
    start_period = models.PositiveIntegerField(null=True)
    periods = models.PositiveIntegerField(default=1)
    cost = models.FloatField()
    gain = models.FloatField(null=True)
    reason = models.JSONField(default=dict)

    class Meta:
        constraints = [UniqueConstraint("plan", "intervention", name="planned_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.intervention}"


class WorkRecord(models.Model):
    """What was really done of a work: when, for how much, and who saw that it is done."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    intervention = models.OneToOneField(Intervention, models.PROTECT, related_name="record")
    started_on = models.DateField(null=True, blank=True)
    finished_on = models.DateField(null=True, blank=True)
    actual_cost = models.FloatField(null=True, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    verified_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_on__isnull=True)
                | Q(started_on__isnull=True)
                | Q(finished_on__gte=models.F("started_on")),
                name="work_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(actual_cost__isnull=True) | Q(actual_cost__gte=0), name="work_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intervention}: {self.started_on} to {self.finished_on}"


class CommunityVote(models.Model):
    """A community representative's word on a work: 1 wanted, -1 not wanted. Advisory; never part of a computation."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="votes")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = models.SmallIntegerField()
    voted_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            UniqueConstraint("intervention", "voter", name="community_vote_once"),
            models.CheckConstraint(condition=Q(value__in=(-1, 1)), name="vote_for_or_against"),
        ]

    def __str__(self) -> str:
        return f"{self.intervention_id}: {self.value:+d}"


class Fund(models.Model):
    """Money somebody gives for works: pledged, committed or received; `services` names sectors, empty means any."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="funds")
    code = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    donor = models.CharField(max_length=200, blank=True)
    amount = models.FloatField()
    currency = models.CharField(max_length=3, blank=True)
    state = models.CharField(max_length=20, default="pledged")
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("municipality", "code", name="fund_code_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="fund_amount_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Funding(models.Model):
    """A part of a fund set aside for a work."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="fundings")
    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="fundings")
    amount = models.FloatField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            UniqueConstraint("fund", "intervention", name="funding_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.fund_id} -> {self.intervention_id}: {self.amount:g}"
