"""Which disclosure rule applies to a reader (reliability.md 4)."""

from crisis.lib.disclosure import Audience
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Role

OWN_ROLES = frozenset({Role.COORDINATOR, Role.UNIT_LEAD, Role.SERVICE_REP, Role.ENUMERATOR, Role.COMMUNITY_REP})


def audience_of(actor: Actor, municipality: Municipality) -> Audience:
    """People of the municipality's own unit see exact counts, partners rounded ones, everybody else the public's."""
    if actor.is_system or actor.roles_in(municipality.pk) & OWN_ROLES:
        return Audience.OWN
    return Audience.PARTNER if Role.PARTNER in actor.roles_in(municipality.pk) else Audience.PUBLIC
