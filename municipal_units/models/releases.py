"""Lists of households with their names that leave the register only when a second person agrees."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from municipal_units.models.places import Municipality, Neighbourhood
from municipal_units.models.population import Site


class PersonExport(models.Model):
    """Somebody asks to take a long list with names; somebody else grants or refuses it.

    `group`, `neighbourhood` and `site` say which households; only those registered when it was asked for are in it.
    `households`: how many that were. A granted list can be taken by who asked until `expires_at`. State: asked,
    granted, refused, withdrawn.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    purpose = models.CharField(max_length=20)
    group = models.CharField(max_length=40, blank=True)
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+")
    households = models.PositiveIntegerField()
    state = models.CharField(max_length=12, default="asked")
    asked_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="person_export_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(decided_by__isnull=False, expires_at__isnull=False),
                name="person_export_granted_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["municipality", "-id"], name="person_export_newest")]

    def __str__(self) -> str:
        return f"{self.households} households, {self.state}"
