"""Deciding together: weights given by the seats of the unit, votes of assemblies, and the plan of a neighbourhood."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, UniqueConstraint

from assessments.models.planning import Intervention
from assessments.models.plans import Scenario
from municipal_units.models import Decision, Meeting, Municipality, Neighbourhood, Seat


class WeightSession(models.Model):
    """One weighing of services in a meeting (swing weighting): the best swing is 100, the others against it.

    open -> shown (the answers of the round lie on the table) -> open again (the next round) or agreed; dropped is a
    side exit. `services` are weighed, the others keep the share they have in `before` (weights 0-1 in force when it was
    opened). `agreed` is {points, weights}. Proposed to the municipality by one, approved by another.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="weight_sessions")
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="+")
    services = ArrayField(models.CharField(max_length=40))
    before = models.JSONField(default=dict)
    blind = models.BooleanField(default=True)
    round = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, default="open")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    agreed = models.JSONField(default=dict, blank=True)
    quorum = models.JSONField(null=True, blank=True)
    dissent = models.TextField(blank=True)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    scenario = models.ForeignKey(Scenario, models.PROTECT, null=True, related_name="+")
    proposals = ArrayField(models.BigIntegerField(), default=list, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    dropped_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                name="weights_four_eyes",
            ),
            UniqueConstraint("meeting", condition=Q(state__in=("open", "shown")), name="weighing_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"weights of {self.meeting}"


class WeightAnswer(models.Model):
    """What one seat said in one round: points 0-100 by service, and its own words. `on_shared_screen`: entered by who
    led the meeting, not from the holder's own phone."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    session = models.ForeignKey(WeightSession, models.CASCADE, related_name="answers")
    round = models.PositiveIntegerField()
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    points = models.JSONField()
    words = models.TextField(blank=True)
    on_shared_screen = models.BooleanField(default=False)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [UniqueConstraint("session", "round", "seat", name="seat_answers_once_a_round")]

    def __str__(self) -> str:
        return f"{self.seat}, round {self.round}: {self.points}"


class AssemblyVote(models.Model):
    """How the people of one group in one assembly voted on a work: counts, no persons. Advisory like every community
    vote. `present` is how many of the group were there."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="assembly_votes")
    assembly = models.CharField(max_length=200)
    held_on = models.DateField()
    group = models.CharField(max_length=20)
    present = models.PositiveIntegerField()
    votes_for = models.PositiveIntegerField()
    votes_against = models.PositiveIntegerField()
    source = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            UniqueConstraint("intervention", "assembly", "held_on", "group", name="assembly_vote_once"),
            models.CheckConstraint(
                condition=Q(present__gte=models.F("votes_for") + models.F("votes_against")), name="votes_of_the_present"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assembly} {self.held_on}: {self.votes_for} to {self.votes_against}"


class AreaPlan(models.Model):
    """A version of a neighbourhood's area-based intervention plan: what the unit wrote, and the data it stood beside.

    A change is a new version with its reason (`changed`); older ones stay as they were. `sections` is what the unit
    wrote by section and field (municipal_units.md 4), `figures` what the data said then, each with source and date.
    draft -> agreed by an adopted decision, whose votes are the signatures; an agreed one is replaced by the next.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="area_plans")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="area_plans")
    version = models.PositiveIntegerField()
    sections = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    changed = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=20, default="draft")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    signatures = models.JSONField(default=list, blank=True)
    dissent = models.TextField(blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("neighbourhood", "version", name="area_plan_version_once"),
            UniqueConstraint("neighbourhood", condition=Q(status="agreed"), name="area_plan_one_agreed"),
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=models.F("written_by")), name="area_plan_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.neighbourhood}: version {self.version}"
