"""Evictions: stages, safeguards and what follows from them (municipal_units.md 6). Never a legal finding."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import median

PERIOD_DAYS = 90
MOST_UNKNOWN = 3


class CaseStage(StrEnum):
    RISK_IDENTIFIED = "risk_identified"
    THREAT_VERBAL = "threat_verbal"
    NOTICE_WRITTEN = "notice_written"
    COURT = "court"
    NEGOTIATION = "negotiation"
    CARRIED_OUT = "carried_out"
    AVERTED = "averted"
    RESETTLED = "resettled"
    REMEDIED = "remedied"


AT_RISK = frozenset(
    {
        CaseStage.RISK_IDENTIFIED,
        CaseStage.THREAT_VERBAL,
        CaseStage.NOTICE_WRITTEN,
        CaseStage.COURT,
        CaseStage.NEGOTIATION,
    }
)
# After it was carried out a case cannot become one of mere risk again, nor be averted.
AFTER_CARRIED_OUT = frozenset({CaseStage.CARRIED_OUT, CaseStage.RESETTLED, CaseStage.REMEDIED})


class ActorType(StrEnum):
    PRIVATE_OWNER = "private_owner"
    MUNICIPALITY = "municipality"
    STATE = "state"
    ARMED_ACTOR = "armed_actor"
    DEVELOPER = "developer"
    HOST_FAMILY = "host_family"
    SITE_MANAGER = "site_manager"
    UNKNOWN = "unknown"


class EvictionCause(StrEnum):
    NON_PAYMENT = "non_payment"
    OWNER_RETURN = "owner_return"
    PUBLIC_WORKS = "public_works"
    SAFETY_DEMOLITION = "safety_demolition"
    SCHOOL_REOPENING = "school_reopening"
    LAND_DISPUTE = "land_dispute"
    DISCRIMINATION = "discrimination"
    CONFLICT = "conflict"
    OTHER = "other"


class Tenure(StrEnum):
    OWNED_TITLED = "owned_titled"
    OWNED_CUSTOMARY = "owned_customary"
    RENTED_WRITTEN = "rented_written"
    RENTED_VERBAL = "rented_verbal"
    FREE_PERMISSION = "free_permission"
    NO_PERMISSION = "no_permission"
    PUBLIC_ALLOCATION = "public_allocation"
    UNKNOWN = "unknown"


class Safeguard(StrEnum):
    """The eight protections of General Comment 7, paragraph 15, and three of the Basic Principles."""

    CONSULTATION = "consultation"
    NOTICE = "reasonable_notice"
    INFORMATION = "information_on_purpose"
    OFFICIALS = "officials_present"
    IDENTIFICATION = "identification"
    TIMING = "not_at_night_or_bad_weather"
    REMEDY = "remedy"
    LEGAL_AID = "legal_aid"
    ALTERNATIVES = "alternatives_explored"
    HOUSING = "alternative_housing"
    COMPENSATION = "compensation"


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Classification(StrEnum):
    LIKELY_FORCED = "likely_forced"
    INSUFFICIENT = "insufficient_info"
    PROTECTED = "procedurally_protected"


DECISIVE = (Safeguard.CONSULTATION, Safeguard.NOTICE, Safeguard.REMEDY, Safeguard.HOUSING)


def classification_of(stages: Iterable[str], safeguards: Mapping[str, str]) -> Classification:
    """`stages`: all the case has gone through. Derived by rule and shown as such."""
    carried_out = CaseStage.CARRIED_OUT in set(stages)
    if carried_out and any(safeguards.get(name) == Answer.NO for name in DECISIVE):
        return Classification.LIKELY_FORCED
    unknown = sum(safeguards.get(name, Answer.UNKNOWN) == Answer.UNKNOWN for name in Safeguard)
    return Classification.INSUFFICIENT if unknown > MOST_UNKNOWN else Classification.PROTECTED


@dataclass(frozen=True)
class CaseFacts:
    """What the indicators need of one case. `stages`: day by stage."""

    stage: str
    households: int
    notice_days: int | None
    safeguards: Mapping[str, str]
    stages: Mapping[str, date]


@dataclass(frozen=True)
class EvictionSums:
    """`at_risk_per_1000` of the households present, None where these are not known; shares 0-1, None of nothing."""

    cases: int
    households_at_risk: int
    at_risk_per_1000: float | None
    carried_out_90d: int
    households_carried_out_90d: int
    median_notice_days: float | None
    with_alternatives: float | None
    averted_rate: float | None


def sums_of(cases: Iterable[CaseFacts], *, households_present: float | None, today: date) -> EvictionSums:
    cases = list(cases)
    at_risk = sum(case.households for case in cases if case.stage in AT_RISK)
    recent = [
        case
        for case in cases
        if (day := case.stages.get(CaseStage.CARRIED_OUT)) and today - timedelta(days=PERIOD_DAYS) <= day <= today
    ]
    notices = [case.notice_days for case in cases if case.notice_days is not None]
    told = [case for case in cases if case.safeguards.get(Safeguard.ALTERNATIVES) in (Answer.YES, Answer.NO)]
    explored = sum(case.safeguards[Safeguard.ALTERNATIVES] == Answer.YES for case in told)
    carried_out = sum(CaseStage.CARRIED_OUT in case.stages for case in cases)
    averted = sum(case.stage == CaseStage.AVERTED for case in cases)
    return EvictionSums(
        cases=len(cases),
        households_at_risk=at_risk,
        at_risk_per_1000=1000 * at_risk / households_present if households_present else None,
        carried_out_90d=len(recent),
        households_carried_out_90d=sum(case.households for case in recent),
        median_notice_days=float(median(notices)) if notices else None,
        with_alternatives=explored / len(told) if told else None,
        averted_rate=averted / (averted + carried_out) if averted + carried_out else None,
    )
