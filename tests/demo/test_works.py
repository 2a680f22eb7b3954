"""The works of the story can be done, name what exists and cost what the pages say."""

from assessments.core.works import EffectKind, WorkPhase, WorkType, impossible_requirement
from crisis.demo.facilities import facilities
from crisis.demo.places import TENKORO
from crisis.demo.works import Work, works
from municipal_units.core.vocabulary import ServiceDomain

PCODES = {place.pcode for place in TENKORO.places}
BY_CODE = {facility.code: facility for facility in facilities()}


def the(code: str) -> Work:
    return next(work for work in works() if work.code == code)


def test_there_are_forty_works_with_one_code_each() -> None:
    assert len(works()) == len({work.code for work in works()}) == 40


def test_works_name_facilities_places_and_services_that_exist() -> None:
    for work in works():
        WorkType(work.kind)
        WorkPhase(work.phase)
        assert work.pcode in PCODES
        assert all((work.name, work.name_fr, work.name_ar, work.source))
        for effect in work.effects:
            EffectKind(effect.kind)
            assert effect.amount > 0
            assert effect.target in (PCODES if effect.kind == "local" else BY_CODE), work.code
            if effect.kind != "capacity":
                ServiceDomain(effect.service)


def test_a_backup_is_for_something_the_facility_needs() -> None:
    for work in works():
        for effect in work.effects:
            if effect.kind == "backup":
                assert effect.service in {need.service for need in BY_CODE[effect.target].needs}, work.code


def test_no_work_waits_for_itself_or_excludes_what_it_needs() -> None:
    requires = {work.code: set(work.requires) for work in works()}
    groups = {work.code: work.group for work in works()}
    assert all(set(needed) <= set(requires) for needed in requires.values())
    assert all(impossible_requirement(requires, groups, work.code) is None for work in works())
    assert requires["L-05"] == {"LN-1"}  # ten latrine blocks need the land note
    assert groups["T-09"] == groups["T-09-L"]  # the temporary cable or the transformer


def test_the_costs_of_the_pages() -> None:
    assert (the("T-09").cost, the("T-09").days) == (14e6, 6)
    assert (the("F-07-G").cost, the("S-01").cost) == (5e6, 196e6)
    assert (the("L-05").cost, the("L-05").days) == (38e6, 21)
    assert (the("SP-12").cost, the("D-02").cost, the("T-12").cost) == (74e6, 37e6, 45e6)
