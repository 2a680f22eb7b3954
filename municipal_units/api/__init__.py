"""The API of places, facilities, people, norms and accounts: routers a reader can see."""

from ninja import Router

from municipal_units.api import accounts, facilities, norms, places, population

ROUTERS: tuple[Router, ...] = (
    accounts.router,
    places.router,
    facilities.router,
    population.router,
    norms.router,
)
