"""How sure the ranking and the plans are, computed in the background and kept with what it was made from."""

from django.db import models

from assessments.models.functionality import FunctionalityRun
from assessments.models.plans import Plan
from municipal_units.models import Municipality


class RankingDoubt(models.Model):
    """Rank bands of a town's works from joint draws, and what to assess first; the newest only.

    `asked_places` and `seed` are what somebody wished (None: a quarter of the works). `works` is {id, share, low,
    high}: share of draws among the first `first_places`, 5 % and 95 % rank. `stamp` is the SHA-256 of the inputs: the
    same stamp and seed give the same answer. `run` is the computation it belongs to; a newer one: it is behind."""

    municipality = models.OneToOneField(Municipality, models.CASCADE, primary_key=True, related_name="+")
    asked_places = models.PositiveSmallIntegerField(null=True, blank=True)
    seed = models.PositiveIntegerField(default=1)
    draws = models.PositiveIntegerField(default=0)
    first_places = models.PositiveSmallIntegerField(default=0)
    run = models.ForeignKey(FunctionalityRun, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField(null=True)
    stamp = models.CharField(max_length=64, blank=True)
    levels = models.JSONField(default=list)
    works = models.JSONField(default=list)
    surveys = models.JSONField(default=list)
    seconds = models.FloatField(null=True)
    computed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.municipality_id}: {self.draws} draws"


class PlanDoubt(models.Model):
    """How often each work stays in a plan when the frozen inputs of its run vary together, and which survey would
    change the plan. `works` is {id, share}; `gains` 5 %, 50 % and 95 % of what the plan gains; `regret` the mean share
    of the gain it loses to the best plan of each draw; `stamp` the hash of the run's case."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    plan = models.OneToOneField(Plan, models.CASCADE, related_name="doubt")
    seed = models.PositiveIntegerField(default=1)
    draws = models.PositiveIntegerField()
    stamp = models.CharField(max_length=64)
    gains = models.JSONField(default=list)
    regret = models.FloatField()
    works = models.JSONField(default=list)
    surveys = models.JSONField(default=list)
    seconds = models.FloatField()
    computed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.draws} draws"
