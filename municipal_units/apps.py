"""Registers the municipal_units app."""

from django.apps import AppConfig


class MunicipalUnitsConfig(AppConfig):
    name = "municipal_units"
    default_auto_field = "django.db.models.BigAutoField"
