"""The story's calendar: everything is dated around its today, 20 November 2026, 14:32 UTC."""

from datetime import UTC, date, datetime, time, timedelta

STORY_DAY = date(2026, 11, 20)
STORY_NOW = datetime(2026, 11, 20, 14, 32, tzinfo=UTC)
DISPLACEMENT_BEGAN = date(2026, 8, 1)
FLOOD = date(2026, 9, 4)
SATELLITE_PASS = date(2026, 9, 7)
POWER_LOST = date(2026, 11, 16)
WORKS_PROPOSED = date(2026, 11, 18)

CRISIS_NAME = "Displacement since August"


def moment(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of the story, in UTC (which is also local time in Tenkoro)."""
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


def ago(days: float = 0, hours: float = 0) -> datetime:
    """The moment so long before the story's now."""
    return STORY_NOW - timedelta(days=days, hours=hours)


class StoryClock:
    """Moves the whole story so that its now is `now`: ages of observations stay exactly what the story says."""

    def __init__(self, now: datetime) -> None:
        self.shift = now - STORY_NOW
        self.days = now.date() - STORY_DAY

    def at(self, when: datetime) -> datetime:
        return when + self.shift

    def day(self, when: date) -> date:
        return when + self.days
