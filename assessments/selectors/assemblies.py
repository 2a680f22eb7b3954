"""How assemblies voted, by work and by group, as a reader may be told."""

from collections import defaultdict
from typing import Any

from assessments.models import AssemblyVote, Intervention
from crisis.lib.disclosure import safe_count
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of


def assemblies_told(municipality: Municipality, *, actor: Actor) -> dict[str, Any]:
    """`works`: votes for and against summed over assemblies, most wanted first. `participation`: of each assembly how
    many of each group came (the most present at any of its votes: nobody is counted twice). Counts below the reader's
    threshold are left out."""
    require_somewhere(actor, Permission.VIEW_WORKS, municipality)
    audience = audience_of(actor, municipality)
    names = {work.pk: work for work in Intervention.objects.filter(municipality=municipality)}
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    came: dict[tuple[str, Any], dict[str, int]] = defaultdict(dict)
    for vote in AssemblyVote.objects.filter(municipality=municipality).order_by("held_on", "assembly"):
        sums[vote.intervention_id][0] += vote.votes_for
        sums[vote.intervention_id][1] += vote.votes_against
        groups = came[(vote.assembly, vote.held_on)]
        groups[vote.group] = max(groups.get(vote.group, 0), vote.present)
    ordered = sorted(sums.items(), key=lambda pair: (pair[1][1] - pair[1][0], names[pair[0]].code))
    return {
        "works": [
            {
                "id": pk,
                "code": names[pk].code,
                "names": {
                    "en": names[pk].name,
                    "fr": names[pk].name_fr or names[pk].name,
                    "ar": names[pk].name_ar or names[pk].name,
                },
                "votes_for": safe_count(wanted, audience),
                "votes_against": safe_count(unwanted, audience),
            }
            for pk, (wanted, unwanted) in ordered
        ],
        "participation": [
            {
                "assembly": assembly,
                "held_on": held_on,
                "groups": {group: safe_count(number, audience) for group, number in sorted(groups.items())},
            }
            for (assembly, held_on), groups in came.items()
        ],
    }
