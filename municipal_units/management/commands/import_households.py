"""`import_households FILE --municipality CODE`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "households"
    help = "Bring a list of households into a municipality. The file is read where it lies and not kept afterwards."
