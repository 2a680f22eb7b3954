"""Filters of a list under a name: a person's own, or shared with everybody who may see that list."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models.places import Municipality


class SavedView(models.Model):
    """`page` is the list (`core/vocabulary.py`), `query` the filters and order as they stand in its address."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    page = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500, blank=True)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "owner", "page", "name", name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
