"""`import_boundaries FILE --municipality CODE`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "boundaries"
    help = "Bring a file of boundaries into a municipality."
