"""The register of households: who came, with the least about persons that works. Names and phones are sealed."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, UniqueConstraint

from crisis.lib.errors import NotFound
from municipal_units.models.history import versioned
from municipal_units.models.places import Crisis, Municipality, Neighbourhood
from municipal_units.models.population import Site
from municipal_units.models.sealed import SealedField


@versioned(exclude=["changed_at", "digest"])
class Household(models.Model):
    """People who live and move together. `size` counts all of them, `Member` rows name those who have to be known.

    `code` is what people write on a card: the beginning of `uuid`, which says nothing about anybody. `group` and
    `stock_class` (IRIS) are kept apart on purpose. `digest` recognises the same registration sent again.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="households")
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    code = models.CharField(max_length=8)
    instance_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=40)
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="households")
    group = models.CharField(max_length=40)
    stock_class = models.CharField(max_length=40, default="unknown")
    size = models.PositiveIntegerField()
    phone = SealedField(blank=True)
    origin = models.CharField(max_length=200, blank=True)
    arrived_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    shelter_type = models.CharField(max_length=40, default="unknown")
    needs = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    intention = models.CharField(max_length=40, blank=True)
    intention_on = models.DateField(null=True, blank=True)
    legal_basis = models.CharField(max_length=20, default="consent")
    consent_on = models.DateField(null=True, blank=True)
    keep_until = models.DateField()
    registered_on = models.DateField()
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    left_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="absorbed")

    class Meta:
        constraints = [
            UniqueConstraint("municipality", "instance_id", name="household_once"),
            models.CheckConstraint(condition=Q(size__gte=1), name="household_has_people"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="household_not_into_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["municipality", "-id"], condition=Q(merged_into=None), name="household_newest"),
            models.Index(fields=["municipality", "neighbourhood", "group"], include=["size"], name="household_place"),
            models.Index(
                fields=["municipality", "arrived_on", "id"], condition=Q(merged_into=None), name="household_arrival"
            ),
            models.Index(fields=["municipality", "size", "id"], condition=Q(merged_into=None), name="household_size"),
            models.Index(fields=["municipality", "code"], name="household_code"),
            models.Index(fields=["municipality", "registered_by", "registered_at"], name="household_registrar"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """How its history calls it: by the code on its card, never by a person."""
        return self.code

    @property
    def is_present(self) -> bool:
        return self.left_on is None and self.merged_into_id is None


@versioned(exclude=["tokens"])
class Member(models.Model):
    """One person of a household. `wg`: the six answers of the Washington Group Short Set (1-4, null not asked).
    `tokens`: keyed blind index of the name parts, phone and age band; nothing leads back from them."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    is_head = models.BooleanField(default=False)
    name = SealedField(blank=True)
    sex = models.CharField(max_length=24, default="unknown")
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    wg = ArrayField(models.PositiveSmallIntegerField(null=True), size=6, default=list, blank=True)
    tokens = ArrayField(models.CharField(max_length=16), default=list, blank=True)

    class Meta:
        constraints = [UniqueConstraint("household", condition=Q(is_head=True), name="household_one_head")]
        indexes = [GinIndex(fields=["tokens"], name="member_tokens")]

    def __str__(self) -> str:
        return f"member {self.pk}"


class DuplicatePair(models.Model):
    """Two households that may be one, parked until a person decides: open, merged or different."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    first = models.ForeignKey(Household, models.CASCADE, related_name="+")
    second = models.ForeignKey(Household, models.CASCADE, related_name="+")
    score = models.FloatField()
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    state = models.CharField(max_length=12, default="open")
    found_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint("first", "second", name="pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["municipality", "state", "-score", "id"], name="pair_open")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.score:.2f}"

    def in_order(self, keep: uuid.UUID) -> tuple[Household, Household]:
        """The one to keep, and the other."""
        if keep == self.first.uuid:
            return self.first, self.second
        if keep == self.second.uuid:
            return self.second, self.first
        raise NotFound("The household to keep is none of this pair.")


class HouseholdMerge(models.Model):
    """What a merge did, so that it can be taken back exactly. `before`: sealed JSON of the values it replaced."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    kept = models.ForeignKey(Household, models.CASCADE, related_name="+")
    absorbed = models.ForeignKey(Household, models.CASCADE, related_name="+")
    before = SealedField()
    moved_members = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["municipality", "kept"], name="merge_kept")]
        constraints = [UniqueConstraint("absorbed", condition=Q(undone_at=None), name="absorbed_once")]

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.kept_id}"


class PersonAccess(models.Model):
    """Somebody looked at persons: who, when, why and at how many households. Appended, never changed."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=12)
    purpose = models.CharField(max_length=20)
    households = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["municipality", "-id"], name="person_access_newest")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_id} for {self.purpose}"


class RegisterCoverage(models.Model):
    """Somebody's word that the register holds everybody of a group in a place (mechanics D8); the newest row counts."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, related_name="+")
    group = models.CharField(max_length=40)
    complete = models.BooleanField()
    stated_on = models.DateField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["municipality", "neighbourhood", "group", "-id"], name="register_coverage_newest")
        ]

    def __str__(self) -> str:
        return f"{self.group} in {self.neighbourhood_id}: {'complete' if self.complete else 'incomplete'}"
