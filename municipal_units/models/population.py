"""People present: dated estimates by neighbourhood and group."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, UniqueConstraint

from municipal_units.models.places import Crisis, Municipality, Neighbourhood


class Site(models.Model):
    """A place that hosts displaced people: a camp, a school used as shelter. Known by its neighbourhood, not by a
    point, because where people shelter must not be read off a map."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="sites")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="sites")
    shelter_type = models.CharField(max_length=40, default="unknown")
    capacity = models.PositiveIntegerField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "code", name="site_once")]

    def __str__(self) -> str:
        return self.name


class PopulationRound(models.Model):
    """One count of a place: who counted, how, when, and whether it covers everybody and the sites.

    `review_state` (received, accepted, rejected): a rejected count never counts; where the municipality takes accepted
    facts only, neither does one that nobody but its author has looked at.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="population_rounds")
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    method = models.CharField(max_length=40)
    observed_on = models.DateField()
    coverage = models.CharField(max_length=20, default="complete")
    excludes_sites = models.BooleanField(default=False)
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    informants = models.PositiveIntegerField(null=True, blank=True)
    informant_types = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    review_state = models.CharField(max_length=12, default="received")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [UniqueConstraint("municipality", "name", "observed_on", name="population_round_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.observed_on})"


class PopulationEstimate(models.Model):
    """How many people of one group are present in one neighbourhood, with interval, according to one round.

    With a `site`: of these, how many live in it (or, where the round excludes sites, how many more). `disabled`:
    persons with a lot of difficulty or more in at least one domain of the Washington Group Short Set.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    round = models.ForeignKey(PopulationRound, models.CASCADE, related_name="estimates")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="population_estimates")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="estimates")
    group = models.CharField(max_length=40)
    individuals = models.FloatField()
    households = models.FloatField(null=True, blank=True)
    lo = models.FloatField(null=True, blank=True)
    hi = models.FloatField(null=True, blank=True)
    confidence = models.CharField(max_length=20, default="medium")
    status = models.CharField(max_length=20, default="estimated")
    disabled = models.FloatField(null=True, blank=True)
    written_place = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood"], name="estimate_place")]
        constraints = [
            UniqueConstraint(
                fields=["round", "neighbourhood", "group", "site"], nulls_distinct=False, name="estimate_once"
            ),
            models.CheckConstraint(condition=Q(individuals__gte=0), name="estimate_not_negative"),
            models.CheckConstraint(
                condition=Q(lo__isnull=True) | Q(lo__lte=models.F("individuals")), name="estimate_lo_below_value"
            ),
            models.CheckConstraint(
                condition=Q(hi__isnull=True) | Q(hi__gte=models.F("individuals")), name="estimate_hi_above_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.individuals:g} {self.group} in {self.neighbourhood}"


class EstimatePart(models.Model):
    """Persons of one sex and age band in an estimate, as counted. `age_min` and `age_max` are included, null is open.
    The parts need not add up to the estimate: coverage differs, and that is shown, not mended."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    estimate = models.ForeignKey(PopulationEstimate, models.CASCADE, related_name="parts")
    sex = models.CharField(max_length=24)
    age_min = models.PositiveSmallIntegerField(null=True, blank=True)
    age_max = models.PositiveSmallIntegerField(null=True, blank=True)
    individuals = models.FloatField()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["estimate", "sex", "age_min", "age_max"], nulls_distinct=False, name="estimate_part_once"
            ),
            models.CheckConstraint(condition=Q(individuals__gte=0), name="estimate_part_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.individuals:g} {self.sex} {self.age_min}-{self.age_max}"


class Movement(models.Model):
    """People who came, left, returned, moved on or were evicted: a flow, which never replaces a count of people."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="movements")
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    instance_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    group = models.CharField(max_length=40)
    origin = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    destination = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    origin_text = models.CharField(max_length=200, blank=True)
    destination_text = models.CharField(max_length=200, blank=True)
    happened_on = models.DateField()
    individuals = models.PositiveIntegerField()
    households = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    method = models.CharField(max_length=40)
    confidence = models.CharField(max_length=20, default="medium")
    source = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    review_state = models.CharField(max_length=12, default="received")

    class Meta:
        constraints = [
            UniqueConstraint("municipality", "instance_id", name="movement_once"),
            models.CheckConstraint(condition=Q(individuals__gte=1), name="movement_of_somebody"),
            models.CheckConstraint(
                condition=Q(origin__isnull=False) | Q(destination__isnull=False), name="movement_touches_the_town"
            ),
        ]
        indexes = [models.Index(fields=["municipality", "-happened_on", "-id"], name="movement_newest")]

    def __str__(self) -> str:
        return f"{self.individuals} {self.group}: {self.kind} on {self.happened_on}"


class NeedReport(models.Model):
    """What a group of people in a neighbourhood needed most on a day, `needs` at most five and one of them first. A
    newer report of the same group stands before an older one; none is overwritten."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="need_reports")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="need_reports")
    fact_id = models.UUIDField(null=True, blank=True)
    group = models.CharField(max_length=40)
    individuals = models.PositiveIntegerField()
    needs = ArrayField(models.CharField(max_length=40))
    first_need = models.CharField(max_length=40)
    urgency = models.CharField(max_length=20)
    helped = models.BooleanField(null=True, blank=True)
    helper = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=300, blank=True)
    review_state = models.CharField(max_length=20, default="accepted")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "neighbourhood", "-observed_at"], name="need_latest")]
        constraints = [
            UniqueConstraint("municipality", "fact_id", condition=Q(fact_id__isnull=False), name="need_fact_once"),
            models.CheckConstraint(condition=Q(individuals__gte=1), name="need_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.first_need}"
