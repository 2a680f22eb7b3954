"""The event log: one row per thing that happened in one municipality, numbered without gaps at commit."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models.history import ContextOfTransaction
from municipal_units.models.places import Municipality, Neighbourhood


class EventManager(models.Manager["Event"]):
    def record(
        self,
        kind: str,
        *,
        municipality_id: int,
        by_id: int | None = None,
        subject: models.Model | None = None,
        neighbourhood_id: int | None = None,
        service: str = "",
        shows: dict[str, Any] | None = None,
    ) -> "Event":
        """Write the event of the action under way; `seq` is stamped by the database inside COMMIT.

        `shows` is public within the kind's audience: never anything personal.
        """
        return self.create(
            kind=kind,
            municipality_id=municipality_id,
            by_id=by_id,
            subject_type=subject._meta.model_name or "" if subject is not None else "",
            subject_id=subject.pk if subject is not None else None,
            neighbourhood_id=neighbourhood_id,
            service=service,
            shows=shows or {},
        )


class Event(models.Model):
    """One thing that happened: audit line, live update and replay in one."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.BigIntegerField(null=True)
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, related_name="+")
    service = models.CharField(max_length=40, blank=True)
    shows = models.JSONField(default=dict)
    context = models.UUIDField(null=True, editable=False, db_default=ContextOfTransaction())

    objects = EventManager()

    class Meta:
        constraints = [UniqueConstraint("municipality", "seq", condition=Q(seq__isnull=False), name="event_seq_once")]
        indexes = [
            models.Index(fields=["municipality", "kind", "-seq"], name="event_newest_of_kind"),
            models.Index(fields=["subject_id", "subject_type"], name="event_of_subject"),
            models.Index(fields=["context"], name="event_of_context"),
        ]

    def __str__(self) -> str:
        return f"{self.municipality_id}:{self.seq} {self.kind}"


class EventCounter(models.Model):
    """The last `seq` given in a municipality; `epoch` changes when the log is restored from a backup."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField(default=0)
    epoch = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return f"{self.municipality_id}: {self.seq}"
