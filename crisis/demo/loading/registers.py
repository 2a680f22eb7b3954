"""Places, facilities and works of the story, written into the registers."""

from collections.abc import Mapping
from datetime import date

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from shapely.geometry import MultiPolygon as PlainMultiPolygon

from assessments.actions.planning import propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from crisis.demo.facilities import Service
from crisis.demo.places import Town, boundary, outline, project
from crisis.demo.story import StoryClock
from crisis.demo.works import Effect, Work
from municipal_units.actions.facilities import register_facilities, set_dependencies, state_catchment_shares
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow
from municipal_units.actions.places import add_neighbourhood, create_municipality
from municipal_units.actions.rows import RowOutcome
from municipal_units.models import Crisis, Facility, Municipality, Neighbourhood
from municipal_units.permissions import Actor

PLAN_DRAWN_ON = date(2020, 1, 1)
REGISTERED_ON = date(2026, 7, 6)


def found_town(town: Town, *, crisis: Crisis, household_size: float) -> Municipality:
    """The municipality with its outline, norms and counter; no neighbourhoods yet."""
    return create_municipality(
        code=town.code,
        name=town.name,
        name_fr=town.name_fr,
        name_ar=town.name_ar,
        pcode=town.pcode,
        crisis=crisis,
        outline=geos(outline(town)),
        household_size=household_size,
    )


def draw_places(town: Town, municipality: Municipality, *, by: Actor) -> dict[str, Neighbourhood]:
    """The neighbourhoods with their boundaries, by P-code."""
    return {
        place.pcode: add_neighbourhood(
            by=by,
            municipality=municipality,
            name=place.name,
            name_fr=place.name_fr,
            name_ar=place.name_ar,
            aliases=list(place.aliases),
            pcode=place.pcode,
            geom=geos(boundary(town, place)),
            valid_from=PLAN_DRAWN_ON,
            source=f"Town plan of {town.name}, 2020",
        )
        for place in town.places
    }


def register(
    town: Town,
    municipality: Municipality,
    services: tuple[Service, ...],
    places: Mapping[str, Neighbourhood],
    *,
    by: Actor,
    clock: StoryClock,
) -> dict[str, Facility]:
    """The facilities by code, with what they need and whom they serve."""
    day = clock.day(REGISTERED_ON)
    rows = []
    for service in services:
        lon, lat = project(town, service.x, service.y)
        rows.append(
            FacilityRow(
                code=service.code,
                name=service.name,
                name_fr=service.name_fr,
                name_ar=service.name_ar,
                service=service.service,
                asset_type=service.asset_type,
                lon=lon,
                lat=lat,
                capacity=service.capacity,
                unit=service.unit,
                capacity_source="Facility register, July 2026",
                written_place=places[service.pcode].name,
                source=f"Facility register of {town.name}",
                source_key=service.code,
                observed_on=day,
            )
        )
    accepted(register_facilities(by=by, municipality=municipality, rows=rows))
    by_code = {facility.code: facility for facility in Facility.objects.filter(municipality=municipality)}
    needs = [
        DependencyRow(
            facility_id=by_code[service.code].pk,
            service=need.service,
            strength=need.strength,
            backup_share=need.backup,
            source="Service survey, July 2026",
            observed_on=day,
        )
        for service in services
        for need in service.needs
    ]
    accepted(set_dependencies(by=by, municipality=municipality, rows=needs))
    shares = [
        CatchmentRow(
            facility_id=by_code[service.code].pk,
            neighbourhood_id=places[pcode].pk,
            share=share,
            source="Stated by the service, July 2026",
            observed_on=day,
        )
        for service in services
        for pcode, share in service.serves.items()
    ]
    accepted(state_catchment_shares(by=by, municipality=municipality, rows=shares))
    return by_code


def propose(
    municipality: Municipality,
    candidates: tuple[Work, ...],
    facilities: Mapping[str, Facility],
    places: Mapping[str, Neighbourhood],
    *,
    by: Actor,
    day: date,
) -> None:
    """The works with their effects and what they need first."""
    rows = [
        WorkRow(
            code=work.code,
            name=work.name,
            name_fr=work.name_fr,
            name_ar=work.name_ar,
            intervention_type=work.kind,
            phase=work.phase,
            neighbourhood_id=places[work.pcode].pk,
            cost=work.cost,
            currency="XOF",
            duration_days=work.days,
            crew=work.crew,
            crew_units=work.crew_units,
            exclusive_group=work.group,
            requires=work.requires,
            actions=tuple(_action(effect, facilities, places) for effect in work.effects),
            source=work.source,
            observed_on=day,
        )
        for work in candidates
    ]
    accepted(propose_works(by=by, municipality=municipality, rows=rows))


def _action(effect: Effect, facilities: Mapping[str, Facility], places: Mapping[str, Neighbourhood]) -> WorkAction:
    if effect.kind == "local":
        return WorkAction(
            kind="local", neighbourhood_id=places[effect.target].pk, service=effect.service, add=effect.amount
        )
    facility = facilities[effect.target]
    return WorkAction(
        kind=effect.kind,
        facility_id=facility.pk,
        service=effect.service,
        add=effect.amount,
        unit=facility.capacity_unit,
    )


def accepted(outcomes: list[RowOutcome]) -> list[RowOutcome]:
    """Our own rows are never wrong: the first refusal ends the loading."""
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return outcomes


def geos(shape: PlainMultiPolygon) -> MultiPolygon:
    geometry = GEOSGeometry(memoryview(shape.wkb), srid=4326)
    assert isinstance(geometry, MultiPolygon)
    return geometry
