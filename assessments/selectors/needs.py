"""What facilities need from other services, with their backups in terms of capacity."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from assessments.selectors.condition import OUTAGES
from municipal_units.core.norms import OUTAGE_PROVIDERS
from municipal_units.core.vocabulary import StatusCause
from municipal_units.models import Dependency, Municipality
from municipal_units.selectors.norms import Norms

DEPENDENCY_COLUMNS = ["facility", "service", "strength", "share", "hours", "since"]


def dependencies_frame(municipality: Municipality) -> pd.DataFrame:
    """Registered dependencies: facility (id as text), service, strength, share and hours of backup, since."""
    rows = Dependency.objects.filter(municipality=municipality, strength__gt=0).order_by("facility", "service")
    names = ["facility", "service", "strength", "backup_share", "hours_backup", "backup_since"]
    frame = pd.DataFrame.from_records(list(rows.values_list(*names)), columns=DEPENDENCY_COLUMNS)
    return frame.astype({"facility": str, "service": str, "strength": float, "share": float, "hours": float})


def needs_frame(
    dependencies: pd.DataFrame,
    *,
    facilities: pd.DataFrame,
    norms: Norms,
    as_of: datetime,
    warnings: list[dict[str, Any]],
) -> tuple[pd.DataFrame, datetime]:
    """Dependencies with their backup in capacity terms, and the moment the next backup runs out.

    backup = share x strength x K, while its hours last. A report that names an outage ("no power") of something the
    register does not list as needed is itself the evidence: the default strength is assumed, or full dependence.
    """
    capacity = facilities.set_index("id")["k"]
    rows = dependencies[dependencies["facility"].isin(capacity.index)]
    ends = [
        since + timedelta(hours=hours) if pd.notna(hours) and pd.notna(since) else None
        for hours, since in zip(rows["hours"], rows["since"], strict=True)
    ]
    lasts = np.array([end is None or end > as_of for end in ends], bool)
    full = (rows["share"] * rows["strength"]).to_numpy() * capacity.reindex(rows["facility"]).to_numpy(float)
    needs = rows[["facility", "service", "strength"]].assign(backup=np.where(lasts, full, 0.0))
    told = set(zip(needs["facility"], needs["service"], strict=True))
    assumed = []
    for row in facilities[facilities["basis"] == "outage"].to_dict("records"):
        for cause in sorted(set(row["causes"]) & OUTAGES):
            provider = OUTAGE_PROVIDERS[StatusCause(cause)]
            if provider is None:
                warnings.append({"code": "outage_without_provider", "facility": row["code"], "cause": str(cause)})
            elif (row["id"], provider) not in told:
                strength = norms.needs(row["service"], row["asset_type"] or "").get(provider) or 1.0
                assumed.append((row["id"], str(provider), strength, 0.0))
                warnings.append({"code": "need_assumed", "facility": row["code"], "service": str(provider)})
    if assumed:
        needs = pd.concat([needs, pd.DataFrame.from_records(assumed, columns=needs.columns)], ignore_index=True)
    expires = min((end for end in ends if end is not None and end > as_of), default=datetime.max.replace(tzinfo=UTC))
    return needs.reset_index(drop=True), expires
