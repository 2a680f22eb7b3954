"""The facilities of the story stand where they serve and say what the design's pages say."""

from shapely.geometry import Point

from crisis.demo.facilities import REACHES, Service, facilities
from crisis.demo.places import TENKORO, plan_polygon
from crisis.demo.story import STORY_NOW
from municipal_units.core.norms import CAPACITY_CONVERSIONS
from municipal_units.core.vocabulary import ASSET_TYPES, OperationalStatus, ServiceDomain, StatusCause

PCODES = {place.pcode for place in TENKORO.places}


def the(code: str) -> Service:
    return next(facility for facility in facilities() if facility.code == code)


def test_each_facility_lies_in_the_neighbourhood_it_is_written_in() -> None:
    polygons = {place.pcode: plan_polygon(place) for place in TENKORO.places}
    for facility in facilities():
        assert polygons[facility.pcode].contains(Point(facility.x, facility.y)), facility.code


def test_words_are_those_of_the_vocabulary_and_units_can_be_converted() -> None:
    units = {(row.service, row.unit) for row in CAPACITY_CONVERSIONS if row.factor}
    for facility in facilities():
        service = ServiceDomain(facility.service)
        assert facility.asset_type in ASSET_TYPES[service], facility.code
        assert (service, facility.unit) in units, facility.code
        assert all((facility.name, facility.name_fr, facility.name_ar))
        for state in facility.states:
            OperationalStatus(state.status)
            assert all(StatusCause(cause) for cause in state.causes)
        for need in facility.needs:
            ServiceDomain(need.service)
            assert 0 <= need.backup <= 1
            assert 0 < need.strength <= 1
        assert set() < set(facility.serves) <= PCODES
        assert all(0 < share <= 1 for share in facility.serves.values())


def test_about_sixty_facilities_of_which_nine_have_stopped() -> None:
    latest = [facility.states[-1].status for facility in facilities()]
    assert len({facility.code for facility in facilities()}) == len(latest) == 67
    assert latest.count("not_functional") == 9
    assert latest.count("fully_functional") == 31
    assert latest.count("unknown") == 10  # nine in Tambila, where the road is cut, and a market
    assert len(latest) - 9 - 31 - 10 == 17


def test_the_pump_of_f07_has_had_no_power_since_16_november() -> None:
    pump = the("F-07")
    assert pump.pcode == "TK0119"
    stopped = [state for state in pump.states if state.status == "not_functional"]
    assert stopped[0].observed_at.date().isoformat() == "2026-11-16"
    assert all(state.causes == ("no_power",) and state.measured is None for state in stopped)
    assert [(need.service, need.strength) for need in pump.needs] == [("power", 1.0)]


def test_states_follow_each_other_and_none_lies_in_the_future() -> None:
    for facility in facilities():
        moments = [state.observed_at for state in facility.states]
        assert moments == sorted(set(moments)), facility.code
        assert moments[-1] <= STORY_NOW
        assert facility.states[0].status == "fully_functional"


def test_every_service_but_housing_reaches_every_neighbourhood_that_can_be_reached() -> None:
    reached = {(pcode, facility.service) for facility in facilities() for pcode in facility.serves}
    services = {facility.service for facility in facilities()}
    assert len(services) == 9
    assert {(pcode, service) for pcode in PCODES - {"TK0117"} for service in services} <= reached


def test_in_tambila_nobody_knows_what_works() -> None:
    there = [facility for facility in facilities() if "TK0117" in facility.serves]
    assert {facility.states[-1].status for facility in there} == {"unknown"}
    assert all(facility.capacity is None for facility in there)
    assert {facility.service for facility in there} == {facility.service for facility in facilities()}


def test_local_reach_is_told_for_places_that_exist() -> None:
    assert {reach.pcode for reach in REACHES} <= PCODES
    assert all(0 < reach.share < 1 for reach in REACHES)
