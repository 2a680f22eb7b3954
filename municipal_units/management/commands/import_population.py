"""`import_population FILE --municipality CODE`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "population"
    help = "Bring a file of population into a municipality."
