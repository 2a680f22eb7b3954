"""The municipal unit: its seats and who holds them, its meetings, decisions and tasks."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models.facilities import Norm
from municipal_units.models.history import versioned
from municipal_units.models.places import Municipality, Neighbourhood


class MunicipalUnit(models.Model):
    """The body that decides in a municipality, led by its head (municipal_units.md 1)."""

    municipality = models.OneToOneField(Municipality, models.PROTECT, related_name="unit")
    name = models.CharField(max_length=200)
    founded_on = models.DateField()
    legal_basis = models.CharField(max_length=300, blank=True)
    meets_every_days = models.PositiveIntegerField(default=90)

    def __str__(self) -> str:
        return self.name


@versioned()
class Seat(models.Model):
    """One chair at the table: `code` of the sector or group, `community` it speaks for, whether it chairs."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    unit = models.ForeignKey(MunicipalUnit, models.PROTECT, related_name="seats")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    community = models.CharField(max_length=20, blank=True)
    chairs = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)
    created_on = models.DateField()
    abolished_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint("unit", condition=Q(chairs=True, abolished_on=None), name="seat_one_chair"),
        ]

    def __str__(self) -> str:
        return self.title or self.code


@versioned()
class Mandate(models.Model):
    """Who holds a seat, from when until when. The name of somebody in office, not of a person in the register."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="mandates")
    holder = models.CharField(max_length=200)
    woman = models.BooleanField(null=True, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "seat", "-starts_on"], name="mandate_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="mandate_ends_after_it_begins",
            ),
            UniqueConstraint("seat", condition=Q(ends_on=None), name="mandate_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {self.seat}"


class Meeting(models.Model):
    """A sitting of the unit: planned, held (minutes are closed then) or cancelled."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    unit = models.ForeignKey(MunicipalUnit, models.PROTECT, related_name="meetings")
    title = models.CharField(max_length=200, blank=True)
    held_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=20, default="planned")
    minutes = models.TextField(blank=True)
    minutes_for_partners = models.BooleanField(default=False)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "-held_at"], name="meeting_latest")]

    def __str__(self) -> str:
        return f"{self.title or 'Meeting'} {self.held_at:%Y-%m-%d}"


class AgendaItem(models.Model):
    """A point of the agenda, in order, with what was said about it."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    minutes = models.TextField(blank=True)

    class Meta:
        constraints = [UniqueConstraint("meeting", "position", name="agenda_position_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.title}"


class Attendance(models.Model):
    """Whether a seat was there, and by whom it was held or represented that day."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    present = models.BooleanField()
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint("meeting", "seat", name="attendance_once")]

    def __str__(self) -> str:
        return f"{self.seat}: {'present' if self.present else 'absent'}"


class Decision(models.Model):
    """What the unit decides. A proposal until the seats have voted; never changed after that, only followed by another
    that `replaces` it. `quorum` is what was counted when it was decided."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    unit = models.ForeignKey(MunicipalUnit, models.PROTECT, related_name="decisions")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="decisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField()
    status = models.CharField(max_length=20, default="proposed")
    proposed_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    quorum = models.JSONField(null=True, blank=True)
    dissent = models.TextField(blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        constraints = [UniqueConstraint("unit", "number", name="decision_number_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"


class DecisionVote(models.Model):
    """How a seat voted, with its own words where it wants them kept."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="votes")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    vote = models.CharField(max_length=10)
    name = models.CharField(max_length=200, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [UniqueConstraint("decision", "seat", name="vote_once")]

    def __str__(self) -> str:
        return f"{self.seat}: {self.vote}"


class DecisionLink(models.Model):
    """What a decision approves: `kind` (parameters, norm_proposal, ranking, plan, document) and its id as text, with
    the title it had then."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    decision = models.ForeignKey(Decision, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [UniqueConstraint("decision", "kind", "reference", name="decision_link_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


@versioned()
class NormProposal(models.Model):
    """A change of a norm or weight that somebody proposes and somebody else, or the unit, approves."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="norm_proposals")
    kind = models.CharField(max_length=40)
    service = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=80, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    phase = models.CharField(max_length=20, blank=True)
    value = models.FloatField()
    before = models.FloatField(null=True, blank=True)
    valid_from = models.DateField()
    source = models.CharField(max_length=300)
    reason = models.TextField(blank=True)
    status = models.CharField(max_length=20, default="proposed")
    proposed_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="norm_proposals")
    norm = models.ForeignKey(Norm, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} {self.service} {self.key}: {self.value}"


class UnitTask(models.Model):
    """Something the unit has to do, for example because a place has become tense."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="unit_tasks")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    because = models.CharField(max_length=40)
    options = ArrayField(models.CharField(max_length=40), default=list)
    status = models.CharField(max_length=20, default="open")
    opened_at = models.DateTimeField(auto_now_add=True)
    due_on = models.DateField()
    chosen = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(
                "municipality", "neighbourhood", "because", condition=Q(status="open"), name="unit_task_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.because}: {self.status}"
