"""Accounts, what they are assigned to, and tokens for programs and phones."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models.history import versioned
from municipal_units.models.places import Municipality, Neighbourhood


class User(AbstractUser):
    """A person (or program) who signs in; rights come from assignments only."""

    organisation = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, blank=True)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


@versioned()
class Assignment(models.Model):
    """Person + role + municipality (+ neighbourhoods, + service domains). It has no row-level policy:
    it is read to find out which municipalities a person may see."""

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=20)
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="assignments")
    neighbourhoods = models.ManyToManyField(Neighbourhood, blank=True, related_name="+")
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint("user", "role", "municipality", name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role} of {self.municipality}"


class ApiToken(models.Model):
    """A revocable, expiring secret for one person; only its SHA-256 is kept. One with a municipality is a device's: it
    works there alone and for field work alone. It is read to find out who asks, so it has no row-level policy."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    municipality = models.ForeignKey(Municipality, models.CASCADE, null=True, blank=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class Invitation(models.Model):
    """A single-use link that makes an account with this role here; only the SHA-256 of its secret is kept."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20)
    neighbourhood_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    services = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    access_ends_on = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"invitation to be {self.role} of {self.municipality}"


class AccessReview(models.Model):
    """Somebody went through the list of who has which right here, and confirmed it."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    people = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"access to {self.municipality} reviewed on {self.at:%Y-%m-%d}"


def sensitive_by_default() -> list[str]:
    """Shelters and places of protection."""
    return ["housing_shelter", "protection_social"]


class SafetySettings(models.Model):
    """What a municipality decided about its own protection; a municipality without a row has these defaults.

    In conflict mode (a switch of the municipality itself) partners get facilities of sensitive services on a coarse
    grid of `grid_m`, and the public not at all.
    """

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="safety")
    sensitive_services = ArrayField(models.CharField(max_length=40), default=sensitive_by_default)
    review_every_days = models.PositiveSmallIntegerField(default=92)
    grid_m = models.PositiveIntegerField(default=1000)
    hazard_buffer_m = models.PositiveIntegerField(default=200)
    publication_delay_hours = models.PositiveIntegerField(default=72)
    publish_weekly = models.BooleanField(default=False)
    most_taken_alone = models.PositiveSmallIntegerField(default=200)  # households with names, without a second person
    export_hours = models.PositiveSmallIntegerField(default=24)  # how long a granted list of persons may be taken

    class Meta:
        verbose_name_plural = "safety settings"
        constraints = [
            models.CheckConstraint(condition=models.Q(grid_m__gte=1000), name="grid_at_least_1_km"),
            models.CheckConstraint(condition=models.Q(hazard_buffer_m__gte=200), name="buffer_at_least_200_m"),
            models.CheckConstraint(condition=models.Q(publication_delay_hours__gte=72), name="delay_at_least_72_h"),
            models.CheckConstraint(condition=models.Q(most_taken_alone__lte=200), name="taken_alone_at_most_200"),
            models.CheckConstraint(condition=models.Q(export_hours__lte=72), name="export_at_most_72_h"),
        ]

    def __str__(self) -> str:
        return f"safety settings of {self.municipality}"


class DisclosureRule(models.Model):
    """A municipality's own, stricter rule for one audience; `crisis.lib.disclosure` refuses looser ones."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    audience = models.CharField(max_length=20)
    threshold = models.PositiveSmallIntegerField()
    base = models.PositiveSmallIntegerField()
    sensitive_threshold = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [UniqueConstraint("municipality", "audience", name="disclosure_rule_once")]

    def __str__(self) -> str:
        return f"{self.municipality}, {self.audience}: {self.threshold}/{self.base}"


class SafetyProposal(models.Model):
    """Safety settings somebody wants: `values` by name. What protects more holds at once; what protects less waits
    until somebody else approves it."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    values = models.JSONField()
    before = models.JSONField()
    reason = models.TextField()
    status = models.CharField(max_length=20, default="proposed")
    proposed_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.municipality}: {self.status}"
