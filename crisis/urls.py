"""Every address the server answers."""

from django.urls import URLPattern, URLResolver, include, path

from crisis import (
    access_pages,
    account_pages,
    export_pages,
    facility_pages,
    field_pages,
    funding_pages,
    health,
    history_pages,
    household_pages,
    import_pages,
    openrosa,
    pages,
    plan_pages,
    presence_pages,
    protection_pages,
    public_pages,
    review_pages,
    tiles,
    unit_pages,
)
from crisis.api import urls as api_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api_urls()),
    *tiles.urlpatterns,
    *pages.urlpatterns,
    *facility_pages.urlpatterns,
    *export_pages.urlpatterns,
    *unit_pages.urlpatterns,
    *protection_pages.urlpatterns,
    *history_pages.urlpatterns,
    *presence_pages.urlpatterns,
    *household_pages.urlpatterns,
    *import_pages.urlpatterns,
    *field_pages.urlpatterns,
    *plan_pages.urlpatterns,
    *funding_pages.urlpatterns,
    *account_pages.urlpatterns,
    *access_pages.urlpatterns,
    *public_pages.urlpatterns,
    *openrosa.urlpatterns,
    *review_pages.urlpatterns,
]
handler403 = "crisis.pages.forbidden"
