"""What phones say they hold."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint

from municipal_units.models import Municipality


class FieldHolding(models.Model):
    """A record that a phone has and has no receipt for, as it last said: so that a cleared phone's loss can be named.
    Nothing of the answers; `place` is a code. `device` is a number the phone made up. `explanation`: why it will not
    come (entered again, a test ...), said by its person or a supervisor."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    device = models.CharField(max_length=100)
    instance_id = models.CharField(max_length=200)
    form_id_text = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20)
    changed_at = models.DateTimeField()
    told_at = models.DateTimeField(auto_now=True)
    explanation = models.CharField(max_length=300, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    explained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "user", "device", "instance_id", name="field_holding_once")]

    def __str__(self) -> str:
        return f"{self.title} on {self.device}"
