"""After boundaries changed, structures get the neighbourhood they lie in now; assessments keep theirs."""

from datetime import date

from django.db import transaction

from municipal_units.actions.moves import Moves, place_again, record_moves
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require


@transaction.atomic
def place_structures_again(*, by: Actor, municipality: Municipality, on: date) -> Moves:
    """Structures whose neighbourhood changes: how many from which to which."""
    require(by, Permission.EDIT_PLACES, municipality.pk)
    moves = place_again("damage_structure", municipality, on=on)
    record_moves("structure.changed", moves, by, municipality)
    return moves
