"""Which disclosure rule applies to a reader, and people by place as that reader is told them (reliability.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from crisis.lib.disclosure import RULES, Audience, Release, Rule, safe_table, tightened
from municipal_units.models import DisclosureRule, Municipality
from municipal_units.permissions import Actor, Role

OWN_ROLES = frozenset({Role.COORDINATOR, Role.UNIT_LEAD, Role.SERVICE_REP, Role.ENUMERATOR, Role.COMMUNITY_REP})
TOLD_GROUPS = ("resident", "displaced", "returnee", "unknown")


def audience_of(actor: Actor, municipality: Municipality) -> Audience:
    """People of the municipality's own unit see exact counts, partners rounded ones, everybody else the public's."""
    if actor.is_system or actor.roles_in(municipality.pk) & OWN_ROLES:
        return Audience.OWN
    return Audience.PARTNER if Role.PARTNER in actor.roles_in(municipality.pk) else Audience.PUBLIC


def rule_for(municipality: Municipality, audience: Audience) -> Rule:
    """The rule of an audience, tightened where the municipality decided so."""
    own = DisclosureRule.objects.filter(municipality=municipality, audience=audience).first()
    if own is None:
        return RULES[audience]
    return tightened(RULES[audience], threshold=own.threshold, base=own.base, sensitive=own.sensitive_threshold)


@dataclass(frozen=True)
class Told:
    """People by place and group as a reader may see them; None where withheld or not known."""

    places: Mapping[int, Mapping[str, int | None]]
    totals: Mapping[str, int | None]
    release: Release | None = None

    def withheld(self, place: int, known: float | None) -> bool:
        """Whether there is a count of this place's people that the reader is not told."""
        return known is not None and known == known and self.places.get(place, {}).get("people") is None


def told_people(
    present: pd.DataFrame, rule: Rule, *, before: Release | None = None, partner: Release | None = None
) -> Told:
    """The declared table people x groups by neighbourhood, from `present_by_place`. `before` is what was last told to
    the same audience, `partner` what partners are told, beyond which the public never goes."""
    cells = present.reindex(columns=TOLD_GROUPS).to_numpy(dtype=float)
    if not len(cells):
        return Told({}, dict.fromkeys(("people", *TOLD_GROUPS)))
    release = safe_table(cells, rule, before=before, also_hidden=None if partner is None else partner.hidden)
    names = (*TOLD_GROUPS, "people")
    rows = [
        {name: None if value != value else int(value) for name, value in zip(names, row, strict=True)}
        for row in release.shown
    ]
    places = dict(zip((int(pk) for pk in present.index), rows[:-1], strict=True))
    return Told(places, rows[-1], release)
