"""Accounts, what they are assigned to, and tokens for programs and phones."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models.places import Municipality, Neighbourhood


class User(AbstractUser):
    """A person (or program) who signs in; rights come from assignments only."""

    organisation = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, blank=True)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


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
    """A revocable, expiring secret for one person; only its SHA-256 is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
