"""The parts of a neighbourhood's plan (municipal_units.md 4): what the unit writes in each, and what must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_GOALS, LONGEST = 5, 4_000


class Kind(StrEnum):
    """TEXT is prose, LINES one entry per line, CHOICE one of `words`, DAY a date as YYYY-MM-DD."""

    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    DAY = "day"


@dataclass(frozen=True)
class Field:
    key: str
    kind: Kind = Kind.TEXT
    words: tuple[str, ...] = ()


def texts(*keys: str) -> tuple[Field, ...]:
    return tuple(Field(key) for key in keys)


ANSWERS = ("yes", "no", "unknown")
RELOCATIONS = ("none", "temporary", "permanent")
# Goals of the Urban Recovery Framework, a to e (municipal_units.md 2).
URF_GOALS = ("a", "b", "c", "d", "e")
SECTIONS: Mapping[str, tuple[Field, ...]] = {
    "context": texts("hazard", "tenure", "history"),
    "diagnosis": texts("reading", "uim_gaps", "housing_gaps"),
    "vision": (Field("goals", Kind.LINES), Field("participants"), Field("dates")),
    "physical_plan": texts(
        "retain", "repair", "demolish", "new_housing", "streets", "networks", "public_space", "no_build"
    ),
    "actions": texts("order"),
    "city_links": texts("services", "transport", "land_use"),
    "tenure_hlp": (
        Field("status"),
        Field("owners_informed", Kind.CHOICE, ANSWERS),
        Field("consent", Kind.CHOICE, ANSWERS),
        Field("relocation", Kind.CHOICE, RELOCATIONS),
        Field("safeguards"),
    ),
    "finance": texts("sources", "transfer_claim"),
    "do_no_harm": texts("balance", "eviction_risk", "environment", "conflict"),
    "monitoring": (Field("how"), Field("review_on", Kind.DAY)),
    "signatures": texts("endorsement"),
}
# Filled values that the unit may state differently, with the reason beside the figure from the data.
CORRECTABLE: Mapping[str, tuple[str, ...]] = {
    "context": ("people", "resident", "displaced", "returnee", "growth"),
    "diagnosis": ("index",),
    "finance": ("cost", "funded"),
}


def problems_of(sections: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with what the unit wrote: (section.field, sentence)."""
    found = []
    for section, written in sections.items():
        if section not in SECTIONS or not isinstance(written, Mapping):
            found.append((str(section)[:40], "There is no such part of the plan."))
            continue
        fields = {field.key: field for field in SECTIONS[section]}
        for key, value in written.items():
            problem = extra_problem(section, key, value) if key not in fields else field_problem(fields[key], value)
            if problem:
                found.append((f"{section}.{key}"[:80], problem))
    return found


def field_problem(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        return "This must be a text."
    if "\x00" in value or len(value) > LONGEST:
        return f"At most {LONGEST} characters."
    if field.kind is Kind.CHOICE and value not in ("", *field.words):
        return f"Choose one of: {', '.join(field.words)}."
    if field.kind is Kind.LINES and len([line for line in value.splitlines() if line.strip()]) > MOST_GOALS:
        return f"At most {MOST_GOALS}: what everything is of first importance to, nothing is."
    return ""


def extra_problem(section: str, key: str, value: Any) -> str:
    """`own` values with their reason, `works` with owner and goal, `targets` of indicators."""
    if not isinstance(value, Mapping):
        return "There is no such field in this part of the plan."
    if key == "own" and section in CORRECTABLE:
        for name, own in value.items():
            if name not in CORRECTABLE[section]:
                return f"'{str(name)[:40]}' comes from the data and cannot be stated differently here."
            if not (isinstance(own, Mapping) and str(own.get("value", "")).strip() and str(own.get("why", "")).strip()):
                return "Give your own value and why it differs from the data."
        return ""
    if key == "works" and section == "actions":
        wrong = [w for w in value.values() if not isinstance(w, Mapping) or w.get("goal", "") not in ("", *URF_GOALS)]
        return "A goal is a letter from a to e." if wrong else ""
    if key == "targets" and section == "monitoring":
        wrong = [t for t in value.values() if not isinstance(t, str) or len(t) > 200]
        return "A target is a short text." if wrong else ""
    return "There is no such field in this part of the plan."


def not_ready(sections: Mapping[str, Any]) -> str:
    """Why a plan cannot be agreed yet; empty when it can. Nobody is moved without safeguards (municipal_units.md 6)."""
    tenure = sections.get("tenure_hlp", {})
    if tenure.get("relocation") in ("temporary", "permanent") and not tenure.get("safeguards", "").strip():
        return "People would have to move. Write down the eviction safeguards before the plan is agreed."
    if not sections.get("vision", {}).get("goals", "").strip():
        return "Write down at least one agreed goal before the plan is agreed."
    return ""


def changed_parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """(section, field, before, after) for everything written differently; "" where nothing was written."""
    return [
        (section, key, old.get(key, ""), new.get(key, ""))
        for section in SECTIONS
        for old, new in [(before.get(section, {}), after.get(section, {}))]
        for key in dict.fromkeys([*(field.key for field in SECTIONS[section]), *old, *new])
        if (old.get(key) or "") != (new.get(key) or "")
    ]
