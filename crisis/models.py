"""What refers to everything: publications."""

from django.conf import settings
from django.db import models

from municipal_units.models import Municipality


class Publication(models.Model):
    """The town as the public is told it, once a week. `body` is everything the public page and its files show;
    `kept` is what the next publication needs to hold small changes back, and never leaves the house."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    body = models.JSONField()
    kept = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["municipality", "-as_of"], name="publication_newest")]

    def __str__(self) -> str:
        return f"{self.municipality} as of {self.as_of:%Y-%m-%d}"
