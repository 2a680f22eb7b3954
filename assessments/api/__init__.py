"""The API of what it means and what to do first: routers a reader can see."""

from ninja import Router

from assessments.api import (
    area_plans,
    assemblies,
    expansion,
    field,
    history,
    plans,
    plans_funding,
    review,
    situation,
    visits,
    weights,
    works,
)

ROUTERS: tuple[Router, ...] = (
    field.router,
    situation.router,
    works.router,
    plans.router,
    plans_funding.router,
    weights.router,
    expansion.router,
    area_plans.router,
    assemblies.router,
    history.router,
    review.router,
    visits.router,
)
