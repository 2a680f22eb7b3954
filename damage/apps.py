"""Registers the damage app."""

from django.apps import AppConfig


class DamageConfig(AppConfig):
    name = "damage"
    default_auto_field = "django.db.models.BigAutoField"
