"""The safety settings of a municipality: which there are, their bounds, and which of two values protects more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Setting:
    """A number from `least` to `most`; `safer` is 1 where more protects more, -1 where less does. `kind` is number,
    switch (on protects more; off for `safer` -1) or services (more of them protect more)."""

    kind: str = "number"
    least: int = 0
    most: int = 0
    safer: int = 1


# The floors are those of reliability.md 4; a municipality only ever protects more than they do.
SETTINGS: Mapping[str, Setting] = {
    "conflict_mode": Setting("switch"),
    "sensitive_services": Setting("services"),
    "grid_m": Setting(least=1_000, most=20_000),
    "hazard_buffer_m": Setting(least=200, most=5_000),
    "publication_delay_hours": Setting(least=72, most=24 * 365),
    "publish_weekly": Setting("switch", safer=-1),
    "review_every_days": Setting(least=7, most=366, safer=-1),
    "partner_threshold": Setting(least=5, most=1_000),
    "partner_base": Setting(least=5, most=1_000),
    "public_threshold": Setting(least=10, most=1_000),
    "public_base": Setting(least=5, most=1_000),
}


def protects_less(name: str, before: Any, after: Any) -> bool:
    """Whether a change of this setting tells more to people outside, or looks less often."""
    setting = SETTINGS[name]
    if setting.kind == "services":
        return not set(before) <= set(after)
    return bool((int(after) - int(before)) * setting.safer < 0)
