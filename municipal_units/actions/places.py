"""Municipalities, neighbourhoods and their boundaries are made and changed here."""

from datetime import date

from django.contrib.gis.geos import MultiPolygon
from django.db import connection, transaction
from django.utils import timezone

from municipal_units.actions.norms import adopt_default_norms
from municipal_units.models import Crisis, Event, Municipality, Neighbourhood, NeighbourhoodBoundary
from municipal_units.permissions import Actor, Permission, require, scope, system_actor


def create_municipality(
    *,
    code: str,
    name: str,
    crisis: Crisis | None = None,
    name_fr: str = "",
    name_ar: str = "",
    pcode: str = "",
    outline: MultiPolygon | None = None,
    currency: str = "XOF",
    household_size: float | None = None,
) -> Municipality:
    """A new municipality. Its number is drawn first, because a row may only be written from within its own scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('municipal_units_municipality', 'id'))")
        (number,) = cursor.fetchone()
    with scope(system_actor(number)):
        municipality = Municipality.objects.create(
            pk=number,
            code=code,
            name=name,
            name_fr=name_fr,
            name_ar=name_ar,
            pcode=pcode,
            crisis=crisis,
            outline=outline,
            currency=currency,
            household_size=household_size,
        )
        Event.objects.record(
            "municipality.created", municipality_id=number, subject=municipality, shows={"code": code, "name": name}
        )
        adopt_default_norms(by=system_actor(number), municipality=municipality, today=timezone.localdate())
    return municipality


@transaction.atomic
def add_neighbourhood(
    *,
    by: Actor,
    municipality: Municipality,
    name: str,
    geom: MultiPolygon,
    valid_from: date,
    source: str,
    pcode: str = "",
    local_code: str = "",
    name_fr: str = "",
    name_ar: str = "",
    aliases: list[str] | None = None,
) -> Neighbourhood:
    """A new neighbourhood with its first boundary."""
    require(by, Permission.EDIT_PLACES, municipality.pk)
    neighbourhood = Neighbourhood.objects.create(
        municipality=municipality,
        pcode=pcode,
        local_code=local_code,
        name=name,
        name_fr=name_fr,
        name_ar=name_ar,
        aliases=aliases or [],
    )
    NeighbourhoodBoundary.objects.create(
        municipality=municipality, neighbourhood=neighbourhood, geom=geom, valid_from=valid_from, source=source
    )
    Event.objects.record(
        "boundary.changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=neighbourhood,
        neighbourhood_id=neighbourhood.pk,
        shows={"neighbourhood": neighbourhood.pk, "pcode": pcode, "name": name},
    )
    return neighbourhood
