"""An import of damage is taken back here: its observations are rejected, and structures nobody else saw are hidden."""

from collections.abc import Sequence

from django.db import connection

from damage.actions.receiving import histories_of
from damage.actions.staging import forget_current, make_current
from damage.core.history import ACCEPTED, REJECTED, standing
from damage.models import DamageProduct
from municipal_units.importing.contract import Withdrawn
from municipal_units.models import Event, ImportBatch
from municipal_units.permissions import Actor, showing_deleted

TAKEN_BACK = "import taken back"
AT_ONCE = 5_000
MOST_NAMED = 1_000


def withdraw_damage(*, by: Actor, batch: ImportBatch) -> Withdrawn:
    """Observations a person accepted since stay, and so do structures that somebody else saw or linked to a facility;
    these get the grade that counts without the import. A product that only this import brought gives its name free, so
    that a mended file can bring it again; where others brought it too, its structures stay, as not assessed."""
    town, values = batch.municipality, {"town": batch.municipality_id, "batch": batch.pk}
    products = list(DamageProduct.objects.filter(pk__in=_ids(PRODUCTS, values)))
    shared = _ids(SHARED_PRODUCTS, values)
    hidden = 0
    if not shared:
        with showing_deleted(), connection.cursor() as cursor:
            cursor.execute(HIDE, values)
            hidden = cursor.rowcount
    with connection.cursor() as cursor:
        cursor.execute(REJECT, {**values, "reason": TAKEN_BACK})
        withdrawn = cursor.rowcount
    staying = _ids(STAYING, values)
    for first in range(0, len(staying), AT_ONCE):
        _settle(staying[first : first + AT_ONCE], accepted_only=town.accepted_facts_only)
    accepted = _ids(ACCEPTED_SINCE, values)
    if not shared and not accepted:
        for product in products:
            product.name = f"{product.name[:150]} (import {batch.pk} taken back)"
            product.save(update_fields=["name"])
    Event.objects.record(
        "structure.changed",
        municipality_id=town.pk,
        by_id=by.user_id,
        subject=batch,
        shows={"undone_import": batch.pk, "hidden": hidden, "observations": withdrawn, "settled": len(staying)},
    )
    left = [f"B-{pk}: somebody accepted what was seen of it" for pk in accepted[:MOST_NAMED]]
    return Withdrawn(withdrawn, len(staying), tuple(left))


def _ids(sql: str, values: dict[str, int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _settle(structures: Sequence[int], *, accepted_only: bool) -> None:
    """The grade that counts now of structures that stay."""
    current, none = [], []
    for structure, history in histories_of(structures).items():
        verdict = standing([seen.observation for seen in history], accepted_only=accepted_only)
        if verdict.current is None:
            none.append(structure)
        else:
            current.append(history[verdict.current].pk)
    forget_current(none)
    make_current(current)


OWN = "own.municipality_id = %(town)s AND own.batch_id = %(batch)s"
PRODUCTS = f"SELECT DISTINCT product_id FROM damage_damageassessment AS own WHERE {OWN} AND product_id IS NOT NULL"
SHARED_PRODUCTS = f"""
SELECT DISTINCT other.product_id FROM damage_damageassessment AS other
WHERE other.municipality_id = %(town)s AND other.batch_id IS DISTINCT FROM %(batch)s
    AND other.review_state <> '{REJECTED}' AND other.product_id IN ({PRODUCTS})
"""
HIDE = f"""
UPDATE damage_structure SET deleted_at = now()
WHERE municipality_id = %(town)s AND facility_id IS NULL AND deleted_at IS NULL AND id IN (
    SELECT own.structure_id FROM damage_damageassessment AS own WHERE {OWN}
    GROUP BY own.structure_id HAVING bool_and(own.review_state <> '{ACCEPTED}')
) AND NOT EXISTS (
    SELECT FROM damage_damageassessment AS other
    WHERE other.structure_id = damage_structure.id AND other.batch_id IS DISTINCT FROM %(batch)s
)
"""
REJECT = f"""
UPDATE damage_damageassessment AS own SET review_state = '{REJECTED}', review_reason = %(reason)s
WHERE {OWN} AND review_state NOT IN ('{ACCEPTED}', '{REJECTED}')
"""
STAYING = f"""
SELECT DISTINCT own.structure_id FROM damage_damageassessment AS own
JOIN damage_structure AS structure ON structure.id = own.structure_id
WHERE {OWN} ORDER BY own.structure_id
"""
ACCEPTED_SINCE = f"""
SELECT DISTINCT own.structure_id FROM damage_damageassessment AS own
WHERE {OWN} AND own.review_state = '{ACCEPTED}' ORDER BY own.structure_id
"""
