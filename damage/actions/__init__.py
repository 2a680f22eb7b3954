"""Damage is written here and nowhere else."""

from damage.actions.products import product_named
from damage.actions.receiving import receive_damage
from damage.actions.rows import Ahead, DamageReceipt, DamageRows, ObservedAs
from damage.actions.submit import review_damage, submit_damage

__all__ = [
    "Ahead",
    "DamageReceipt",
    "DamageRows",
    "ObservedAs",
    "product_named",
    "receive_damage",
    "review_damage",
    "submit_damage",
]
