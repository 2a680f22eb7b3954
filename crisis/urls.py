"""Every address the server answers."""

from django.urls import URLPattern, URLResolver, include, path

from crisis import health, openrosa, tiles
from crisis.api import urls as api_urls
from crisis.pages import (
    access,
    account,
    expansion,
    exports,
    facilities,
    field,
    funding,
    hazards,
    history,
    holdings,
    households,
    imports,
    plans,
    presence,
    protection,
    public,
    review,
    safety,
    situation,
    unit,
    visits,
    weights,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api_urls()),
    *tiles.urlpatterns,
    *situation.urlpatterns,
    *facilities.urlpatterns,
    *exports.urlpatterns,
    *unit.urlpatterns,
    *weights.urlpatterns,
    *protection.urlpatterns,
    *hazards.urlpatterns,
    *history.urlpatterns,
    *holdings.urlpatterns,
    *presence.urlpatterns,
    *households.urlpatterns,
    *imports.urlpatterns,
    *field.urlpatterns,
    *plans.urlpatterns,
    *funding.urlpatterns,
    *expansion.urlpatterns,
    *account.urlpatterns,
    *access.urlpatterns,
    *public.urlpatterns,
    *safety.urlpatterns,
    *openrosa.urlpatterns,
    *review.urlpatterns,
    *visits.urlpatterns,
]
handler403 = "crisis.pages.town.forbidden"
