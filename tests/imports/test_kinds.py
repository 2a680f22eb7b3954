"""Each kind of file: how its rows are recognised, what is asked, what is refused in words."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest

from assessments.models import Intervention
from crisis.lib.errors import Invalid
from municipal_units.models import (
    Event,
    Facility,
    FacilityStatus,
    ImportBatch,
    ImportRow,
    Municipality,
    Neighbourhood,
    NeighbourhoodBoundary,
    PopulationEstimate,
    PopulationRound,
    User,
)
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.imports.sending import box, checked, geojson, imported, point, received


def reasons(batch: ImportBatch, status: str = "refused") -> dict[int, str]:
    with scope(system_actor(batch.municipality_id)):
        return dict(ImportRow.objects.filter(batch=batch, status=status).values_list("row_number", "reason"))


# -- boundaries --------------------------------------------------------------------------------------------------------

DRAWN: dict[str, Any] = {
    "source_name": "Town hall",
    "mapping": {"name": "name", "pcode": "code"},
    "options": {"source": "Town hall", "valid_from": "2026-06-01"},
}


def boundaries(*rows: tuple[str, str, tuple[float, float, float, float]]) -> bytes:
    return geojson([(box(*corners), {"name": name, "code": code}) for name, code, corners in rows])


def test_boundaries_are_recognised_by_code_and_a_new_outline_is_a_new_version(tenkoro: Municipality, ana: User) -> None:
    same, moved = ("Wendou", "TK0101", (-1.0, 13.0, -0.99, 13.01)), ("Pelga", "TK0102", (-0.99, 13.0, -0.981, 13.01))
    fresh = ("Zone 4", "TK0104", (-0.97, 13.0, -0.96, 13.01))
    batch = imported(ana, tenkoro, "boundaries", boundaries(same, moved, fresh), **DRAWN)
    assert (batch.summary["new"], batch.summary["changed"], batch.unchanged) == (1, 1, 1)
    with scope(acting(ana)):
        versions = NeighbourhoodBoundary.objects.filter(neighbourhood__pcode="TK0102").order_by("valid_from")
        assert [(v.valid_from, v.valid_to) for v in versions] == [
            (date(2020, 1, 1), date(2026, 6, 1)),
            (date(2026, 6, 1), None),
        ]
        assert Neighbourhood.objects.get(pcode="TK0104").name == "Zone 4"
    again = imported(ana, tenkoro, "boundaries", boundaries(same, moved, fresh), **DRAWN)
    assert again.unchanged == 3
    with scope(acting(ana)):
        assert Event.objects.filter(kind="boundary.changed").count() == 4


def test_an_outline_from_the_same_day_with_another_shape_is_refused(tenkoro: Municipality, ana: User) -> None:
    early = DRAWN | {"options": {"source": "Town hall", "valid_from": "2020-01-01"}}
    batch = imported(ana, tenkoro, "boundaries", boundaries(("Wendou", "TK0101", (-1.0, 13.0, -0.995, 13.01))), **early)
    assert batch.refused == 1
    assert "already has another outline from 2020-01-01" in reasons(batch)[1]


def test_the_day_from_which_boundaries_hold_is_asked_for(tenkoro: Municipality, ana: User) -> None:
    batch = checked(
        ana, tenkoro, "boundaries", boundaries(("Neuf", "", (-0.9, 13.0, -0.89, 13.01))), source_name="Town hall"
    )
    assert batch.state == "asks"
    assert batch.summary["questions"][0]["key"] == "valid_from"


def test_a_broken_outline_is_refused_and_an_overlap_is_listed(tenkoro: Municipality, ana: User) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[-0.9, 13.0], [-0.89, 13.01], [-0.89, 13.0], [-0.9, 13.01], [-0.9, 13.0]]],
    }
    over = box(-0.975, 13.0, -0.96, 13.01)
    content = geojson([(bow, {"name": "Bow", "code": "B"}), (over, {"name": "Over", "code": "O"})])
    batch = imported(ana, tenkoro, "boundaries", content, **DRAWN)
    assert (batch.accepted, batch.refused) == (1, 1)
    assert "crosses itself" in reasons(batch)[1]
    assert reasons(batch, "noted")[2].startswith("It overlaps Forage by ")


def test_after_new_boundaries_facilities_lie_where_they_lie_now(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "facilities", WELL, "wells.geojson", **WELLS)
    wider = ("Wendou", "TK0101", (-1.0, 13.0, -0.986, 13.01))
    narrower = ("Pelga", "TK0102", (-0.986, 13.0, -0.98, 13.01))
    batch = imported(ana, tenkoro, "boundaries", boundaries(wider, narrower), **DRAWN)
    with scope(acting(ana)):
        places = {place.pk: place.name for place in Neighbourhood.objects.all()}
        well = Facility.objects.get()
        assert well.neighbourhood is not None
        assert well.neighbourhood.name == "Wendou"
        moved = batch.summary["moved"]["facilities"]
        assert [(places[move["from"]], places[move["to"]], move["count"]) for move in moved] == [("Pelga", "Wendou", 1)]
        assert batch.summary["lines"] == ["1 facilities lie in another neighbourhood now."]


def test_two_places_of_one_name_stay_two_and_come_back_as_themselves(tenkoro: Municipality, ana: User) -> None:
    content = geojson(
        [
            (box(-0.9, 13.0, -0.89, 13.01), {"name": "Tishreen"}),
            (box(-0.88, 13.0, -0.87, 13.01), {"name": "Tishreen"}),
        ]
    )
    choices = DRAWN | {"mapping": {"name": "name"}}
    batch = imported(ana, tenkoro, "boundaries", content, **choices)
    assert batch.summary["new"] == 2
    assert "only their outlines tell them apart" in reasons(batch, "noted")[2]
    assert imported(ana, tenkoro, "boundaries", content, **choices).unchanged == 2


def test_the_area_of_interest_of_a_delivery_becomes_one_neighbourhood(tenkoro: Municipality, ana: User) -> None:
    content = geojson([(box(-0.9, 13.0, -0.8, 13.1), {"name": "Savelli"})])
    batch = received(ana, tenkoro, "boundaries", content, "EMSR190_area_of_interest.geojson")
    assert batch.preset == "area_of_interest"
    assert batch.mapping["name"] == "name"


def test_areas_without_names_get_the_one_that_was_given(tenkoro: Municipality, ana: User) -> None:
    content = geojson([(box(-0.9, 13.0, -0.89, 13.01), {}), (box(-0.8, 13.0, -0.79, 13.01), {})])
    batch = checked(ana, tenkoro, "boundaries", content, **DRAWN | {"mapping": {}})
    assert batch.summary["refused"] == 2
    named = DRAWN | {"mapping": {}, "options": DRAWN["options"] | {"name_if_none": "Camp"}}
    imported(ana, tenkoro, "boundaries", content, **named)
    with scope(acting(ana)):
        names = Neighbourhood.objects.filter(name__startswith="Camp").values_list("name", flat=True)
        assert sorted(names) == ["Camp", "Camp 2"]


def test_the_outer_edge_may_become_the_outline_of_the_town(tenkoro: Municipality, ana: User) -> None:
    choices = DRAWN | {"options": DRAWN["options"] | {"also_outline": "yes"}}
    imported(ana, tenkoro, "boundaries", boundaries(("Est", "TK0105", (-0.97, 13.0, -0.96, 13.01))), **choices)
    with scope(acting(ana)):
        tenkoro.refresh_from_db()
        assert tenkoro.outline is not None
        assert tenkoro.outline.extent == pytest.approx((-1.0, 13.0, -0.96, 13.01))


# -- facilities --------------------------------------------------------------------------------------------------------

WELL = geojson([(point(-0.988, 13.005), {"code": "F-01", "name": "Forage", "capacity": 8, "unit": "m3/day"})])
WELLS: dict[str, Any] = {"source_name": "Water office", "options": {"source": "Water office", "service": "water"}}


def facilities(text: str) -> bytes:
    return text.encode()


def test_capacities_are_converted_and_states_recorded(tenkoro: Municipality, ana: User) -> None:
    text = (
        "code,name,service,type,lon,lat,capacity,unit,status,causes,observed at\n"
        "F-07,Forage 7,eau,forage,-0.995,13.005,8,m3/jour,en panne,no_power,2026-11-16\n"
        "S-01,School,education,primary,-0.985,13.005,6,classrooms,works,,2026-11-15\n"
        "H-01,Clinic,health,CSPS,-0.975,13.005,1,facility,,,\n"
    )
    batch = imported(ana, tenkoro, "facilities", facilities(text), "list.csv", **WELLS)
    assert (batch.accepted, batch.refused) == (3, 0)
    with scope(acting(ana)):
        kept = {f.code: (f.service, f.asset_type, f.capacity, f.stated_capacity) for f in Facility.objects.all()}
        assert kept == {
            "F-07": ("water", "borehole", 8_000, 8),
            "S-01": ("education", "primary", 240, 6),
            "H-01": ("health", "health_centre", 5, 1),
        }
        status = FacilityStatus.objects.get(facility__code="F-07")
        assert (status.status, status.causes, status.observed_at.date()) == (
            "not_functional",
            ["no_power"],
            date(2026, 11, 16),
        )
    assert imported(ana, tenkoro, "facilities", facilities(text), "list.csv", **WELLS).unchanged == 3
    newer = text.replace("en panne,no_power,2026-11-16", "fonctionne,,2026-11-18")
    assert imported(ana, tenkoro, "facilities", facilities(newer), "list.csv", **WELLS).summary["changed"] == 1


def test_a_workbook_is_read_sheet_by_sheet(tenkoro: Municipality, ana: User) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Name", "Lon", "Lat", "Capacity", "Unit"])
    book.active.append(["Forage", -0.995, 13.005, 8, "m3/day"])
    book.create_sheet("notes").append(["nothing here"])
    target = io.BytesIO()
    book.save(target)
    batch = imported(ana, tenkoro, "facilities", target.getvalue(), "wells.xlsx", **WELLS)
    assert (batch.layers, batch.accepted) == (["Sheet"], 1)
    with scope(acting(ana)):
        assert Facility.objects.get().capacity == 8_000


def test_a_file_without_places_is_one_mistake_not_one_per_row(tenkoro: Municipality, ana: User) -> None:
    with pytest.raises(Invalid, match="The file says no places"):
        checked(ana, tenkoro, "facilities", b"Name,Town\nForage,Wendou\n", "wells.csv", **WELLS)


def test_a_list_without_codes_gives_each_place_the_same_code_again(tenkoro: Municipality, ana: User) -> None:
    text = "Name,Lon,Lat\nÜsküdar Devlet Hastanesi,-0.995,13.005\nÜsküdar Devlet Hastanesi,-0.985,13.005\n"
    choices = {"source_name": "List", "options": {"source": "List", "service": "health", "asset_type": "hospital"}}
    imported(ana, tenkoro, "facilities", facilities(text), "hospitals.csv", **choices)
    with scope(acting(ana)):
        assert sorted(Facility.objects.values_list("code", flat=True)) == [
            "USKUDAR-DEVLET-HASTANESI",
            "USKUDAR-DEVLET-HASTANESI-2",
        ]
    assert imported(ana, tenkoro, "facilities", facilities(text), "hospitals.csv", **choices).unchanged == 2


def test_facilities_that_cannot_be_taken_say_why(tenkoro: Municipality, ana: User) -> None:
    text = (
        "code,name,service,type,lon,lat,capacity,unit,quartier\n"
        "A,One,magic,,-0.995,13.005,,,\n"
        "B,Two,water,spaceship,-0.995,13.005,,,\n"
        "C,Three,water,,,,,,\n"
        "D,Four,water,,-0.995,13.005,3,elephants,\n"
        "E,Five,water,,-0.995,13.005,,,Pelga\n"
        "E,Six,water,,-0.995,13.005,,,\n"
    )
    batch = imported(ana, tenkoro, "facilities", facilities(text), "list.csv", source_name="x", options={"source": "x"})
    why = reasons(batch)
    assert sorted(why) == [2, 3, 4, 5, 7]
    assert "is not one of" in why[2]
    assert "no kind of water facility" in why[3]
    assert "has no place" in why[4]
    assert "no unit of water" in why[5]
    assert "stands in more than one row" in why[7]
    assert "lies in Wendou" in reasons(batch, "noted")[6]


# -- people ------------------------------------------------------------------------------------------------------------

COUNT: dict[str, Any] = {
    "source_name": "Town hall",
    "options": {
        "source": "Town hall", "round": "November", "method": "admin_record", "observed_on": "2026-11-01",
    },
}  # fmt: skip


def test_a_wide_table_counts_each_group_and_leaves_a_wrong_total_alone(tenkoro: Municipality, ana: User) -> None:
    text = (
        "Quartier;Hôtes;PDI;Retournés;Total\n"
        "#adm4+name;#population+host;#affected+idps;#affected+returnees;#population+total\n"
        "Wendou;1 500;5 200;0;6 700\n"
        "TK0102;1 000;200;50;1 300\n"
        "Wendu;1;2;3;6\n"
    )
    batch = imported(ana, tenkoro, "population", text.encode(), "count.csv", **COUNT)
    assert (batch.rows, batch.accepted, batch.refused) == (3, 2, 1)
    assert reasons(batch)[5] == "No place is called 'Wendu'. The nearest spelling is Wendou."
    assert "add up to 1,250, the total says 1,300" in reasons(batch, "noted")[4]
    with scope(acting(ana)):
        counted = PopulationRound.objects.get()
        assert (counted.name, counted.observed_on, counted.coverage) == ("November", date(2026, 11, 1), "complete")
        figures = PopulationEstimate.objects.filter(neighbourhood__name="Wendou")
        assert dict(figures.values_list("group", "individuals")) == {
            "host_community": 1500.0,
            "idp": 5200.0,
            "returnee_idp": 0.0,
        }
    assert imported(ana, tenkoro, "population", text.encode(), "count.csv", **COUNT).unchanged == 2


def test_a_long_table_has_one_row_per_group(tenkoro: Municipality, ana: User) -> None:
    text = "pcode,group,people,low,high,date\nTK0101,idp,5200,5000,5400,2026-11-02\nTK0101,host,1500,,,2026-11-02\n"
    batch = imported(ana, tenkoro, "population", text.encode(), "count.csv", **COUNT)
    assert batch.accepted == 2
    with scope(acting(ana)):
        idp = PopulationEstimate.objects.get(group="idp")
        assert (idp.individuals, idp.lo, idp.hi, idp.round.observed_on) == (5200, 5000, 5400, date(2026, 11, 2))


def test_households_are_turned_into_people_only_with_a_stated_size(tenkoro: Municipality, ana: User) -> None:
    text = "الرقم,الحي,عدد الأسر\n1,Wendou,100\n2,Pelga,50\n".encode("utf-8-sig")
    tenkoro.household_size = None
    with scope(acting(ana)):
        tenkoro.save(update_fields=["household_size"])
    choices = COUNT | {"options": COUNT["options"] | {"group": "idp"}}
    assert checked(ana, tenkoro, "population", text, "count.csv", **choices).state == "asks"
    choices = COUNT | {"options": choices["options"] | {"household_size": "6.5"}}
    batch = imported(ana, tenkoro, "population", text, "count.csv", **choices)
    with scope(acting(ana)):
        figures = PopulationEstimate.objects.order_by("-individuals")
        assert [(f.individuals, f.households, f.confidence) for f in figures] == [(650, 100, "low"), (325, 50, "low")]
    assert "6.5 people each make 650" in reasons(batch, "noted")[2]


def test_who_was_counted_is_asked_not_guessed(tenkoro: Municipality, ana: User) -> None:
    batch = checked(ana, tenkoro, "population", b"Quartier,Personnes\nWendou,100\n", "count.csv", **COUNT)
    assert batch.state == "asks"
    assert batch.summary["questions"][0]["key"] == "group"


def test_a_date_that_can_be_read_two_ways_is_asked_about(tenkoro: Municipality, ana: User) -> None:
    text = b"quartier,idp,date\nWendou,100,03/04/2026\nPelga,50,05/06/2026\n"
    batch = checked(ana, tenkoro, "population", text, "count.csv", **COUNT)
    assert [question["key"] for question in batch.summary["questions"]] == ["date_order"]
    imported(ana, tenkoro, "population", text, "count.csv", **COUNT, answers={"date_order": "dmy"})
    with scope(acting(ana)):
        days = PopulationRound.objects.order_by("observed_on").values_list("observed_on", flat=True)
        assert list(days) == [date(2026, 4, 3), date(2026, 6, 5)]


# -- works -------------------------------------------------------------------------------------------------------------

WORKS = (
    "Code,Name,Type,Cost,Duration,Crew,Requires,Group,Effect,Facility,Adds,Unit,Target neighbourhood,Service\n"
    "T-09,Reconnect transformer,repair,14000000,6,electric,,,capacity,F-01,4,m3/day,,\n"
    "B-01,Solar backup,new,9000000,10,electric,T-09,backup,backup,F-01,0.5,,,power\n"
    "B-01,,,,,,,,local,,0.2,,Pelga,water\n"
    "X-01,Costs nothing said,repair,,6,,,,capacity,F-01,1,,,\n"
    "X-02,Unknown site,repair,5,6,,,,capacity,F-99,1,,,\n"
    "X-03,Impossible order,repair,5,6,,X-99,,,,,,,\n"
)
PROPOSED: dict[str, Any] = {"source_name": "Unit", "options": {"source": "Unit", "currency": "XOF"}}


def test_works_come_with_their_effects_and_prerequisites(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "facilities", WELL, "wells.geojson", **WELLS)
    batch = imported(ana, tenkoro, "interventions", WORKS.encode(), "works.csv", **PROPOSED)
    assert (batch.rows, batch.accepted, batch.refused) == (6, 3, 3)
    why = reasons(batch)
    assert why[5] == "The work has no cost. Write 0 if it costs nothing."
    assert why[6].startswith("No facility has the code 'F-99'")
    assert why[7].startswith("It requires X-99")
    with scope(acting(ana)):
        solar = Intervention.objects.get(code="B-01")
        assert [work.code for work in solar.requires.all()] == ["T-09"]
        assert sorted(solar.actions.values_list("kind", "add", "service")) == [
            ("backup", 0.5, "power"),
            ("local", 0.2, "water"),
        ]
        assert Intervention.objects.get(code="T-09").actions.get().add == 4_000
    again = imported(ana, tenkoro, "interventions", WORKS.encode(), "works.csv", **PROPOSED)
    assert (again.unchanged, again.refused) == (3, 3)


def test_a_work_is_taken_whole_or_not_at_all(tenkoro: Municipality, ana: User) -> None:
    imported(ana, tenkoro, "facilities", WELL, "wells.geojson", **WELLS)
    text = WORKS.split("\n")[0] + ("\nB-01,Solar,new,9,10,,,,capacity,F-01,1,,,\nB-01,,,,,,,,capacity,F-98,1,,,\n")
    batch = imported(ana, tenkoro, "interventions", text.encode(), "works.csv", **PROPOSED)
    assert batch.refused == 2
    assert reasons(batch)[2].startswith("Row 3 of the same work is wrong")
    with scope(acting(ana)):
        assert not Intervention.objects.exists()
