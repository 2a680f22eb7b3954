"""`import_facilities FILE --municipality CODE`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "facilities"
    help = "Bring a file of facilities into a municipality."
