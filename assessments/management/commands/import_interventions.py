"""`import_interventions FILE --municipality CODE`: the same road as the import page."""

from municipal_units.importing.command import ImportCommand


class Command(ImportCommand):
    kind = "interventions"
    help = "Bring candidate works with cost, duration, prerequisites and effects into a municipality."
