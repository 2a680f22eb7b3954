"""Every address the server answers."""

from django.urls import URLPattern, URLResolver, include, path

from crisis import health, tiles

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
    *tiles.urlpatterns,
]
