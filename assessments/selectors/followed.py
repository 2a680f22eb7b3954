"""Which municipalities there are for the follower, which sees none without a scope."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class Followed:
    """The newest event of a municipality, up to which one its scores were computed, and when (None: never)."""

    municipality_id: int
    seq: int
    computed_seq: int
    computed_at: datetime | None


def followed_municipalities() -> list[Followed]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, seq, computed_seq, computed_at FROM assessments_followed()")
        return [Followed(*row) for row in cursor.fetchall()]
