"""Files of damage end in the same tables as the phone, recognise structures, and change nothing when sent twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction

from damage.models import DamageAssessment, Structure, StructureReference
from damage.selectors import assessments_to_review, damage_by_grade, structure_frame
from municipal_units.models import Event, ImportRow, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.damage.test_reports import report
from tests.imports.sending import box, checked, geojson, imported, point, received

FIELD = {"source": "Town survey", "product": "Survey 1", "scale": "ems98", "method": "rapid_field"}
METRE = 1 / 108_500  # in degrees of longitude, at 13 degrees north


def survey(rows: list[tuple[float, float, str]], seen: str = "2026-11-16T08:00:00Z", place: str = "") -> bytes:
    own = {"seen": seen, "quartier": place}
    return geojson([(point(lon, lat), {"damage": value, **own}) for lon, lat, value in rows])


def chosen(**options: Any) -> dict[str, Any]:
    return {
        "source_name": "Town survey",
        "mapping": {"value": "damage", "observed_at": "seen", "written_place": "quartier"},
        "options": FIELD | options,
    }


def everything_kept(town: Municipality) -> list[tuple[Any, ...]]:
    """Structures with their assessments, without what names the door they came through."""
    with scope(system_actor(town.pk)), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.kind, ST_AsText(s.geom), ST_AsText(s.geom_3857), s.neighbourhood_id, s.written_place,
                s.current_grade, s.current_grade_high, s.current_method, s.current_observed_at,
                s.current_assessment_id = a.id, a.neighbourhood_id, a.crisis_id, a.source_scale, a.source_value,
                a.grade, a.grade_high, a.method, a.confidence, a.observed_at, ST_AsText(a.geom), a.written_place,
                a.habitability, a.occupied_now, a.review_state, a.review_reason
            FROM damage_structure s JOIN damage_damageassessment a ON a.structure_id = s.id
            WHERE s.municipality_id = %s ORDER BY 2, a.observed_at
            """,
            [town.pk],
        )
        return cursor.fetchall()


def test_a_hundred_rows_by_phone_and_by_file_leave_equal_tables(tenkoro: Municipality, ana: User) -> None:
    rows = [(-1.001 + 0.00031 * n, 13.002 + 0.00005 * (n % 7), f"D{n % 6}") for n in range(100)]
    with taken_back():
        for lon, lat, value in rows:
            report(ana, tenkoro, place=Point(lon, lat, srid=4326), source_value=value, written_place="Wendou")
        by_phone = everything_kept(tenkoro)
    assert len(by_phone) == 100
    assert everything_kept(tenkoro) == []
    imported(ana, tenkoro, "damage", survey(rows, place="Wendou"), **chosen())
    assert everything_kept(tenkoro) == by_phone


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_the_same_file_twice_changes_nothing(tenkoro: Municipality, ana: User) -> None:
    content = survey([(-0.995, 13.005, "D3"), (-0.985, 13.005, "D5")])
    first = imported(ana, tenkoro, "damage", content, **chosen())
    kept = everything_kept(tenkoro)
    again = imported(ana, tenkoro, "damage", content, **chosen())
    assert (first.accepted, first.unchanged, again.accepted, again.unchanged) == (2, 0, 2, 2)
    assert everything_kept(tenkoro) == kept
    with scope(acting(ana)):
        assert Event.objects.filter(kind="damage.assessed").count() == 1
        assert StructureReference.objects.count() == 2


def test_a_later_map_adds_observations_not_buildings_and_lists_near_matches(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "damage", survey([(-0.995, 13.005, "D3"), (-0.985, 13.005, "D5")]), **chosen())
    later = survey([(-0.995 + 3 * METRE, 13.005, "D4"), (-0.985 + 30 * METRE, 13.005, "D1")], "2026-11-18T12:00:00Z")
    batch = imported(ana, tenkoro, "damage", later, **chosen(product="Survey 2"))
    assert (batch.summary["new"], batch.summary["changed"]) == (1, 1)
    with scope(acting(ana)):
        assert (Structure.objects.count(), DamageAssessment.objects.count()) == (3, 4)
        assert damage_by_grade(tenkoro)["very_heavy"] == 1
        near = ImportRow.objects.get(code="near_match")
        assert near.row_number == 1
        assert "3.0 m" in near.reason


def test_a_structure_is_taken_once_per_product_and_the_nearest_wins(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "damage", survey([(-0.995, 13.005, "D3")]), **chosen())
    later = survey([(-0.995 + 4 * METRE, 13.005, "D1"), (-0.995 + METRE, 13.005, "D4")], "2026-11-18T12:00:00Z")
    imported(ana, tenkoro, "damage", later, **chosen(product="Survey 2"))
    with scope(acting(ana)):
        assert (Structure.objects.count(), DamageAssessment.objects.count()) == (2, 3)
        first = StructureReference.objects.get(product__name="Survey 1").structure
        assert [seen.grade for seen in first.assessments.order_by("observed_at")] == ["heavy", "very_heavy"]


def test_a_point_within_a_footprint_means_that_building(tenkoro: Municipality, ana: User) -> None:
    house = box(-0.995, 13.005, -0.995 + 40 * METRE, 13.005 + 40 * METRE)
    content = geojson([(house, {"damage": "D2", "seen": "2026-11-16", "quartier": ""})])
    imported(ana, tenkoro, "damage", content, **chosen())
    inside = survey([(-0.995 + 20 * METRE, 13.005 + 20 * METRE, "D5")], "2026-11-18")
    imported(ana, tenkoro, "damage", inside, **chosen(product="Survey 2"))
    with scope(acting(ana)):
        assert Structure.objects.get().current_grade == "destroyed"


def test_damage_may_fall_only_by_the_rule(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "damage", survey([(-0.995, 13.005, "D5")]), **chosen())
    above = survey([(-0.995, 13.005, "D1")], "2026-11-18T12:00:00Z")
    batch = imported(ana, tenkoro, "damage", above, **chosen(product="Satellite", method="satellite"))
    with scope(acting(ana)):
        assert Structure.objects.get().current_grade == "destroyed"
        assert [seen.grade for seen in assessments_to_review(tenkoro)] == ["slight"]
        assert ImportRow.objects.get(batch=batch, code="to_review").status == "noted"
    closer = survey([(-0.995, 13.005, "D2")], "2026-11-19T12:00:00Z")
    imported(ana, tenkoro, "damage", closer, **chosen(product="Inspection", method="detailed_engineering"))
    with scope(acting(ana)):
        assert Structure.objects.get().current_grade == "moderate"


def test_places_outside_are_accepted_listed_or_refused_with_their_distance(tenkoro: Municipality, ana: User) -> None:
    rows = [(-0.995, 13.005, "D3"), (-0.995, 13.0130, "D3"), (-0.995, 13.05, "D3"), (-0.985, 13.005, "D3")]
    batch = imported(ana, tenkoro, "damage", survey(rows, place="Wendou"), **chosen())
    assert (batch.accepted, batch.refused) == (3, 1)
    with scope(acting(ana)):
        notes = {(note.row_number, note.code): note for note in ImportRow.objects.filter(batch=batch)}
        assert set(notes) == {(3, "outside_municipality"), (2, "no_neighbourhood"), (4, "place_differs")}
        assert "4.5 km outside Tenkoro" in notes[(3, "outside_municipality")].reason
        assert "lies in Pelga" in notes[(4, "place_differs")].reason
        assert notes[(4, "place_differs")].written == "Wendou"
        assert DamageAssessment.objects.filter(written_place="Wendou").count() == 3


def test_the_neighbourhood_is_the_one_of_the_day_of_observation(tenkoro: Municipality, ana: User) -> None:
    wider = geojson([(box(-1.0, 13.0, -0.985, 13.01), {"name": "Wendou", "code": "TK0101"})])
    narrower = geojson([(box(-0.985, 13.0, -0.98, 13.01), {"name": "Pelga", "code": "TK0102"})])
    for content in (wider, narrower):
        imported(
            ana, tenkoro, "boundaries", content, source_name="Town hall", mapping={"name": "name", "pcode": "code"},
            options={"source": "Town hall", "valid_from": "2026-11-17"},
        )  # fmt: skip
    place = (-0.988, 13.005)
    imported(ana, tenkoro, "damage", survey([(*place, "D3")], "2026-11-16"), **chosen())
    imported(ana, tenkoro, "damage", survey([(*place, "D4")], "2026-11-18"), **chosen(product="Survey 2"))
    with scope(acting(ana)):
        seen = DamageAssessment.objects.order_by("observed_at").select_related("neighbourhood")
        assert [(s.grade, s.neighbourhood and s.neighbourhood.pcode) for s in seen] == [
            ("heavy", "TK0102"),
            ("very_heavy", "TK0101"),
        ]


def test_a_value_nobody_explained_is_asked_about_once_and_remembered(tenkoro: Municipality, ana: User) -> None:
    content = survey([(-0.995, 13.005, "1"), (-0.985, 13.005, "6"), (-0.975, 13.005, "6")])
    choices = chosen(scale="unosat", method="satellite")
    batch = checked(ana, tenkoro, "damage", content, **choices)
    assert batch.state == "asks"
    (question,) = batch.summary["questions"]
    assert (question["key"], question["rows"]) == ("6", 2)
    batch = imported(ana, tenkoro, "damage", content, **choices, answers={"6": "possible"})
    assert batch.accepted == 3
    with scope(acting(ana)):
        assert damage_by_grade(tenkoro)["possible"] == 2
    later = survey([(-0.996, 13.002, "6")], "2026-11-18")
    remembered = received(ana, tenkoro, "damage", later)
    assert remembered.answers == {"6": "possible"}
    assert remembered.mapping["value"] == "damage"


def test_rows_that_were_said_to_be_no_observation_are_left_out(tenkoro: Municipality, ana: User) -> None:
    content = survey([(-0.995, 13.005, "1"), (-0.985, 13.005, "6")])
    batch = imported(
        ana, tenkoro, "damage", content, **chosen(scale="unosat", method="satellite"), answers={"6": "leave_out"}
    )
    assert (batch.accepted, batch.refused) == (1, 1)


def test_a_row_may_hold_several_dates_and_counts_once(tenkoro: Municipality, ana: User) -> None:
    own = {"Main_Dam_1": "3", "SensorDa_1": "2026/08/01", "Main_Dam_2": "1", "SensorDa_2": "2026/10/01"}
    still = own | {"Main_Dam_2": None}
    content = geojson([(point(-0.995, 13.005), own), (point(-0.985, 13.005), still)])
    batch = imported(ana, tenkoro, "damage", content, "unosat_town.geojson")
    assert (batch.rows, batch.accepted, batch.preset) == (2, 2, "unosat")
    with scope(acting(ana)):
        assert (Structure.objects.count(), DamageAssessment.objects.count()) == (2, 3)
        assert (damage_by_grade(tenkoro)["destroyed"], damage_by_grade(tenkoro)["moderate"]) == (1, 1)
    again = imported(ana, tenkoro, "damage", content, "unosat_town.geojson")
    assert again.unchanged == 2


def test_rows_that_cannot_be_read_say_why(tenkoro: Municipality, ana: User) -> None:
    features = [
        (point(-0.995, 13.005), {"damage": "D3", "seen": "31/11/2026", "quartier": ""}),
        (point(-0.985, 13.005), {"damage": "", "seen": "16/11/2026", "quartier": ""}),
        (point(-0.975, 13.005), {"damage": "D3", "seen": "", "quartier": ""}),
        (point(-0.974, 13.005), {"damage": "D3", "seen": "16/11/2031", "quartier": ""}),
        (point(-0.973, 13.005), {"damage": "D3", "seen": "16/11/2026", "quartier": ""}),
        (point(181.0, 13.005), {"damage": "D3", "seen": "16/11/2026", "quartier": ""}),
    ]
    batch = imported(ana, tenkoro, "damage", geojson(features), **chosen())
    assert (batch.accepted, batch.refused) == (1, 5)
    with scope(acting(ana)):
        notes = {note.row_number: (note.code, note.reason) for note in ImportRow.objects.filter(batch=batch)}
    assert notes[1] == ("bad_date", "November has 30 days. Write the date again.")
    assert [notes[row][0] for row in (2, 3, 4)] == ["no_value", "no_date", "future_date"]
    assert "not on the globe" in notes[6][1]


def test_two_rows_with_one_id_and_day_are_taken_once(tenkoro: Municipality, ana: User) -> None:
    rows = [("A1", "D3"), ("A1", "D3"), ("A2", "D4"), ("A2", "D5"), ("A3", "D1")]
    features = [
        (point(-0.995 + 0.0003 * n, 13.005), {"id": key, "damage": value, "seen": "2026-11-16"})
        for n, (key, value) in enumerate(rows)
    ]
    choices = chosen()
    choices["mapping"] = {"value": "damage", "observed_at": "seen", "key": "id"}
    batch = imported(ana, tenkoro, "damage", geojson(features), **choices)
    assert (batch.accepted, batch.refused) == (3, 2)
    with scope(acting(ana)):
        reasons = dict(ImportRow.objects.filter(batch=batch, status="refused").values_list("row_number", "reason"))
    assert reasons[2] == "Row 1 says the same. It is taken once."
    assert "Row 3 says another class" in reasons[4]


def test_two_features_at_one_place_are_two_structures(tenkoro: Municipality, ana: User) -> None:
    content = survey([(-0.995, 13.005, "D3"), (-0.995, 13.005, "D5")])
    imported(ana, tenkoro, "damage", content, **chosen())
    again = imported(ana, tenkoro, "damage", content, **chosen())
    assert again.unchanged == 2
    with scope(acting(ana)):
        assert Structure.objects.count() == 2


def test_lines_are_network_assets_and_come_back_as_the_same(tenkoro: Municipality, ana: User) -> None:
    road = {"type": "LineString", "coordinates": [[-0.999, 13.005], [-0.991, 13.005]]}
    crossing = {"type": "LineString", "coordinates": [[-0.995, 13.001], [-0.995, 13.009]]}
    own = {"damage": "D0", "seen": "2026-11-16", "quartier": ""}
    imported(ana, tenkoro, "damage", geojson([(road, own), (crossing, own)]), **chosen())
    shifted = {"type": "LineString", "coordinates": [[-0.999, 13.00501], [-0.991, 13.00501]]}
    later = geojson([(shifted, own | {"seen": "2026-11-18", "damage": "D4"})])
    imported(ana, tenkoro, "damage", later, **chosen(product="Survey 2"))
    with scope(acting(ana)):
        frame = structure_frame(tenkoro)
        assert sorted(frame["grade"]) == ["none", "very_heavy"]
        assert set(frame["kind"]) == {"network"}
