"""The database refuses damage rows whose parents are missing or foreign, and the loss of parents with children."""

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection, transaction

from assessments.models import Visit
from damage.models import DamageAssessment, DamageProduct, Structure, StructureReference
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import scope, system_actor
from tests.damage.test_reports import report

HERE = Point(-0.995, 13.005, srid=4326)


def test_a_structure_cannot_lie_in_a_neighbourhood_of_another_town(
    tenkoro: Municipality, barsalo: Municipality
) -> None:
    with scope(system_actor(tenkoro.pk, barsalo.pk)):
        foreign = Neighbourhood.objects.filter(municipality=barsalo).first()
        with pytest.raises(IntegrityError, match="damage_structure"), transaction.atomic():
            Structure.objects.create(municipality=tenkoro, neighbourhood=foreign, geom=HERE)
        structure = Structure.objects.create(municipality=tenkoro, geom=HERE)
        with pytest.raises(IntegrityError, match="neighbourhood"), transaction.atomic():
            Structure.objects.filter(pk=structure.pk).update(neighbourhood=foreign)


def test_references_and_assessments_need_their_structure(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        product = DamageProduct.objects.create(municipality=tenkoro, source_name="a", name="b", method="satellite")
        with pytest.raises(IntegrityError), transaction.atomic():
            StructureReference.objects.create(
                municipality=tenkoro, structure_id=2**40, product=product, feature_key="x"
            )


def lose_structures() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM damage_structure")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_structure_with_assessments_is_not_lost(tenkoro: Municipality, ben: User) -> None:
    report(ben, tenkoro)
    with scope(system_actor(tenkoro.pk)):
        with pytest.raises(IntegrityError, match="still named"):
            lose_structures()
        assert DamageAssessment.objects.count() == Structure.objects.count() == 1


def test_a_structure_stays_in_its_town_and_a_visit_names_one_of_its_own(
    tenkoro: Municipality, barsalo: Municipality
) -> None:
    with scope(system_actor(tenkoro.pk, barsalo.pk)):
        structure = Structure.objects.create(municipality=tenkoro, geom=HERE)
        with pytest.raises(IntegrityError, match="stays in its municipality"), transaction.atomic():
            Structure.objects.filter(pk=structure.pk).update(municipality=barsalo)
        Visit.objects.create(municipality=tenkoro, structure=structure, title="a")
        with pytest.raises(IntegrityError, match="visit names a structure"):
            visit_and_check(barsalo, structure)


def visit_and_check(town: Municipality, structure: Structure) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        Visit.objects.create(municipality=town, structure=structure, title="b")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
