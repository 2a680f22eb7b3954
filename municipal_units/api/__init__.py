"""The API of places, facilities, people, norms, files and accounts: routers a reader can see."""

from ninja import Router

from municipal_units.api import (
    access,
    accounts,
    facilities,
    households,
    imports,
    movements,
    needs,
    norms,
    persons,
    places,
    population,
    protection,
    safety,
    unit,
    views,
)

ROUTERS: tuple[Router, ...] = (
    accounts.router,
    access.router,
    places.router,
    facilities.router,
    population.router,
    movements.router,
    needs.router,
    households.router,
    persons.router,
    norms.router,
    unit.router,
    protection.router,
    safety.router,
    imports.router,
    views.router,
)
