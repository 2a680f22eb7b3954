"""`import_damage FILE --municipality CODE --product NAME`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "damage"
    help = "Bring damage observations (UNOSAT, Copernicus EMS, surveys) into a municipality."
