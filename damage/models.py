"""Structures and the observations of their damage; observations are appended, never overwritten."""

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import Transform
from django.contrib.postgres.indexes import SpGistIndex
from django.db.models import Q, UniqueConstraint

from municipal_units.models import Crisis, Facility, ImportBatch, ImportSource, Municipality, Neighbourhood


class Structure(models.Model):
    """A building or network asset. The `current_*` columns repeat the assessment that counts now (mechanics D6)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, db_index=False, db_constraint=False)
    neighbourhood = models.ForeignKey(
        Neighbourhood, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False
    )
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="structures"
    )
    kind = models.CharField(max_length=20, default="building")
    geom = models.GeometryField(srid=4326, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=Transform("geom", 3857),
        output_field=models.GeometryField(srid=3857, spatial_index=False),
        db_persist=True,
    )
    # The tile of zoom 17 a point stands in (see `square_of`); none for shapes, which a tree finds.
    square = models.GeneratedField(
        expression=models.Func("geom", function="damage_square"),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    structure_type = models.CharField(max_length=40, blank=True)
    occupancy = models.CharField(max_length=40, blank=True)
    storeys = models.PositiveSmallIntegerField(null=True, blank=True)
    dwelling_units = models.PositiveIntegerField(null=True, blank=True)
    floor_area_m2 = models.FloatField(null=True, blank=True)
    written_place = models.CharField(max_length=200, blank=True)
    current_grade = models.CharField(max_length=20, default="not_assessed")
    current_grade_high = models.CharField(max_length=20, blank=True)
    current_method = models.CharField(max_length=40, blank=True)
    current_observed_at = models.DateTimeField(null=True)
    current_assessment_id = models.BigIntegerField(null=True)
    # Hidden everywhere by a policy: the import that brought it was taken back.
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["square"], name="structure_square"),
            SpGistIndex("geom_3857", condition=Q(square__isnull=True), name="structure_shapes"),
            models.Index(fields=["municipality", "neighbourhood", "current_grade"], name="structure_place_grade"),
            models.Index(fields=["facility"], condition=Q(facility__isnull=False), name="structure_facility"),
        ]

    def __str__(self) -> str:
        return f"structure {self.pk}"


class DamageProduct(models.Model):
    """One delivery of damage observations: a satellite map of a date, a survey, a phone form."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="damage_products")
    source = models.ForeignKey(ImportSource, models.PROTECT, null=True, blank=True)
    source_name = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    method = models.CharField(max_length=40)

    class Meta:
        constraints = [UniqueConstraint("municipality", "source_name", "name", name="damage_product_once")]

    def __str__(self) -> str:
        return f"{self.source_name}: {self.name}"


class StructureReference(models.Model):
    """How one product names one structure: the file's stable id, or the place it gives."""

    pk = models.CompositePrimaryKey("product_id", "feature_key")
    municipality = models.ForeignKey(Municipality, models.PROTECT, db_index=False, db_constraint=False)
    structure = models.ForeignKey(
        Structure, models.CASCADE, related_name="references", db_index=False, db_constraint=False
    )
    product = models.ForeignKey(DamageProduct, models.PROTECT, db_index=False, db_constraint=False)
    feature_key = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.product_id}:{self.feature_key}"


class DamageAssessment(models.Model):
    """One observation of one structure's damage, with the source's own scale and word beside our grade."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, db_index=False, db_constraint=False)
    structure = models.ForeignKey(
        Structure, models.CASCADE, related_name="assessments", db_index=False, db_constraint=False
    )
    product = models.ForeignKey(
        DamageProduct, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    crisis = models.ForeignKey(Crisis, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False)
    neighbourhood = models.ForeignKey(
        Neighbourhood, models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False
    )
    fact_id = models.UUIDField(null=True, blank=True)
    source_scale = models.CharField(max_length=30)
    source_value = models.CharField(max_length=100)
    grade = models.CharField(max_length=20)
    grade_high = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=40)
    confidence = models.CharField(max_length=20, default="medium")
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    geom = models.GeometryField(srid=4326, null=True, blank=True, spatial_index=False)
    written_place = models.CharField(max_length=200, blank=True)
    habitability = models.CharField(max_length=30, blank=True)
    occupied_now = models.BooleanField(null=True, blank=True)
    review_state = models.CharField(max_length=20, default="received")
    review_reason = models.CharField(max_length=60, blank=True)
    row_number = models.BigIntegerField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        indexes = [models.Index(fields=["structure", "-observed_at"], name="assessment_structure")]
        constraints = [
            UniqueConstraint("municipality", "fact_id", condition=Q(fact_id__isnull=False), name="assessment_fact_once")
        ]

    def __str__(self) -> str:
        return f"{self.grade} at structure {self.structure_id}"


class HousingStock(models.Model):
    """Dwelling units of a neighbourhood as counted or estimated on a date, before damage."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    neighbourhood = models.ForeignKey(Neighbourhood, models.CASCADE, related_name="housing_stocks")
    dwelling_units = models.PositiveIntegerField()
    observed_on = models.DateField()
    registered_complete = models.BooleanField(default=False)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=20, default="medium")

    class Meta:
        constraints = [UniqueConstraint("neighbourhood", "observed_on", "source", name="housing_stock_once")]

    def __str__(self) -> str:
        return f"{self.dwelling_units} dwellings in {self.neighbourhood}"


class Hazard(models.Model):
    """Something dangerous at a place. `reach_m`: how far from `geom` it may lie, because it was seen from afar or
    measured roughly. Without a position it is somewhere in its neighbourhood. Its steps keep every state with its day.
    """

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="hazards")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    fact_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=30, default="suspected")
    status_on = models.DateField()
    confidence = models.CharField(max_length=20, default="reported")
    geom = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    geom_3857 = models.GeneratedField(
        expression=Transform("geom", 3857),
        output_field=models.PointField(srid=3857, null=True, spatial_index=False),
        db_persist=True,
    )
    reach_m = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    blocks_road = models.BooleanField(null=True, blank=True)
    marked = models.BooleanField(null=True, blank=True)
    written_place = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    review_state = models.CharField(max_length=20, default="accepted")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        indexes = [models.Index(fields=["municipality", "status"], name="hazard_status")]
        constraints = [
            UniqueConstraint("municipality", "fact_id", condition=Q(fact_id__isnull=False), name="hazard_fact_once"),
            models.CheckConstraint(
                condition=Q(geom__isnull=False) | Q(neighbourhood__isnull=False), name="hazard_is_somewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.status}"


class HazardStep(models.Model):
    """A state a hazard came into: when, who says so, and on what ground (a survey, a completion certificate)."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="steps")
    status = models.CharField(max_length=30)
    on = models.DateField()
    note = models.TextField(blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"{self.status} since {self.on}"
