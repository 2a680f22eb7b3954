"""Files of damage (satellite products, surveys, lists of buildings) and of the dwellings there were before it."""

from damage.importers.damage import DamageImporter
from damage.importers.housing import HousingImporter

__all__ = ["DamageImporter", "HousingImporter"]
