"""Files of damage: satellite products, surveys, lists of buildings."""

from damage.importers.damage import DamageImporter

__all__ = ["DamageImporter"]
