"""Works are proposed and followed here: what they cost, what they need first, what they would restore."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.actions.relocation import refuse_without_safeguards
from assessments.actions.work_rows import WorkRow
from assessments.core.works import WorkStatus, impossible_requirement, may_follow
from assessments.models import Intervention, InterventionAction, InterventionRequirement
from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, RepriseError
from municipal_units.actions.rows import IfKnown, RowOutcome, RowState, refused, summary, the_one
from municipal_units.models import Event, Facility, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.capacity import Conversions, conversions_of

MOST_IDS_SHOWN = 500
COLUMNS = (
    "name",
    "name_fr",
    "name_ar",
    "intervention_type",
    "phase",
    "neighbourhood_id",
    "cost",
    "currency",
    "fund",
    "duration_days",
    "crew",
    "crew_units",
    "exclusive_group",
    "source",
    "observed_on",
)


@dataclass(frozen=True)
class Effect:
    """One effect in the units the computation uses."""

    kind: str
    facility_id: int | None
    neighbourhood_id: int | None
    service: str
    add: float


def propose_work(*, by: Actor, municipality: Municipality, row: WorkRow) -> Intervention:
    """A new work. The same row again gives what is there; its code with other content is a conflict."""
    outcomes = propose_works(by=by, municipality=municipality, rows=[row], if_known=IfKnown.REFUSE)
    return Intervention.objects.get(pk=the_one(outcomes))


@transaction.atomic
def propose_works(
    *, by: Actor, municipality: Municipality, rows: Sequence[WorkRow], if_known: IfKnown = IfKnown.CHANGE
) -> list[RowOutcome]:
    """Many works at once; they may require one another. Good rows go in, each other row says why not."""
    require_somewhere(by, Permission.EDIT_WORKS, municipality)
    register = _Register(by, municipality, rows)
    errors: list[RepriseError | None] = [register.own_error(row) for row in rows]
    repeated = _repeated(rows)
    errors = [error or repeated.get(number) for number, error in enumerate(errors)]
    _refuse_what_cannot_be_built(register, rows, errors)
    outcomes = [
        refused(error) if error is not None else register.write(row, if_known)
        for row, error in zip(rows, errors, strict=True)
    ]
    register.write_requirements(rows, outcomes)
    _event(by, municipality, rows, outcomes)
    return outcomes


@transaction.atomic
def change_work_status(*, by: Actor, work: Intervention, status: str, reason: str = "") -> Intervention:
    """A work comes into another state. Suspending, rejecting and cancelling need a reason its author can read."""
    require(by, Permission.EDIT_WORKS, work.municipality_id, neighbourhood_id=work.neighbourhood_id)
    before = WorkStatus(work.status)
    if status not in set(WorkStatus):
        message = f"'{status[:40]}' is no state of a work. Known: {', '.join(WorkStatus)}."
        raise Invalid(message, fields=[FieldError("status", message)])
    if status == before:
        return work
    if not may_follow(before, WorkStatus(status)):
        raise Conflict(f"A work that is {before.replace('_', ' ')} cannot become {status.replace('_', ' ')}.")
    if status in (WorkStatus.SUSPENDED, WorkStatus.REJECTED, WorkStatus.CANCELLED) and not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])
    refuse_without_safeguards(work, status)
    work.status, work.status_reason = status, reason
    work.save(update_fields=["status", "status_reason"])
    Event.objects.record(
        "work.changed",
        municipality_id=work.municipality_id,
        by_id=by.user_id,
        subject=work,
        neighbourhood_id=work.neighbourhood_id,
        shows={"work": work.pk, "code": work.code, "name": work.name, "status": status, "before": before.value},
    )
    return work


class _Register:
    """The works of a municipality while rows are added: one set of queries, whatever the number of rows."""

    def __init__(self, by: Actor, municipality: Municipality, rows: Sequence[WorkRow]) -> None:
        self.by, self.municipality = by, municipality
        self.conversions: Conversions = conversions_of(municipality, on=timezone.localdate())
        self.works = {work.code: work for work in Intervention.objects.filter(municipality=municipality)}
        codes = {work.pk: work.code for work in self.works.values()}
        self.requires: dict[str, set[str]] = {code: set() for code in self.works}
        links = InterventionRequirement.objects.filter(municipality=municipality)
        for intervention_id, required_id in links.values_list("intervention_id", "required_id"):
            self.requires[codes[intervention_id]].add(codes[required_id])
        self.groups = {code: work.exclusive_group for code, work in self.works.items()}
        facility_ids = {action.facility_id for row in rows for action in row.actions if action.facility_id}
        self.facilities = Facility.objects.filter(municipality=municipality).in_bulk(list(facility_ids))
        self.places = set(Neighbourhood.objects.filter(municipality=municipality).values_list("pk", flat=True))
        known = [self.works[row.code].pk for row in rows if row.code in self.works]
        self.effects: dict[int, set[Effect]] = {pk: set() for pk in known}
        for action in InterventionAction.objects.filter(intervention_id__in=known):
            self.effects[action.intervention_id].add(
                Effect(action.kind, action.facility_id, action.neighbourhood_id, action.service, action.add)
            )

    def own_error(self, row: WorkRow) -> RepriseError | None:
        """What is wrong with a row whatever the other rows say."""
        if error := row.error():
            return error
        if row.neighbourhood_id is not None and row.neighbourhood_id not in self.places:
            return NotFound("There is no such neighbourhood here.")
        for action in row.actions:
            if action.facility_id is not None and action.facility_id not in self.facilities:
                return NotFound("There is no such facility here.")
            if action.neighbourhood_id is not None and action.neighbourhood_id not in self.places:
                return NotFound("There is no such neighbourhood here.")
        try:
            require(
                self.by,
                Permission.EDIT_WORKS,
                self.municipality.pk,
                neighbourhood_id=row.neighbourhood_id,
                service=self.service_of(row),
            )
            self.effects_of(row)
        except (NotAllowed, NotFound, Invalid) as refusal:
            return refusal
        return None

    def service_of(self, row: WorkRow) -> str | None:
        """The service a work is for, when all its effects are for one."""
        services = {
            self.facilities[action.facility_id].service if action.facility_id else action.service
            for action in row.actions
        }
        return services.pop() if len(services) == 1 else None

    def effects_of(self, row: WorkRow) -> set[Effect]:
        """The effects of a row, capacities in the demand unit of the facility's service."""
        found = set()
        for action in row.actions:
            add = action.add
            if action.facility_id is not None and action.unit:
                facility = self.facilities[action.facility_id]
                add = self.conversions.in_demand_unit(
                    service=facility.service, asset_type=facility.asset_type, unit=action.unit, value=action.add
                ).value
            found.add(Effect(action.kind, action.facility_id, action.neighbourhood_id, action.service, add))
        return found

    def write(self, row: WorkRow, if_known: IfKnown) -> RowOutcome:
        values = {name: getattr(row, name) for name in COLUMNS}
        values["currency"] = row.currency or self.municipality.currency
        effects = self.effects_of(row)
        work = self.works.get(row.code)
        if work is None:
            work = Intervention.objects.create(municipality=self.municipality, code=row.code, **values)
            self.works[row.code] = work
            self._write_effects(work, effects)
            return RowOutcome(RowState.ADDED, work.pk)
        same = all(getattr(work, name) == value for name, value in values.items())
        if same and self.effects[work.pk] == effects and self.requires[row.code] == set(row.requires):
            return RowOutcome(RowState.UNCHANGED, work.pk)
        if if_known == IfKnown.REFUSE:
            return refused(Conflict(f"The code {row.code} is already used for: {work.name}."))
        for name, value in values.items():
            setattr(work, name, value)
        work.save(update_fields=[name.removesuffix("_id") for name in COLUMNS])
        work.actions.all().delete()
        self._write_effects(work, effects)
        return RowOutcome(RowState.CHANGED, work.pk)

    def _write_effects(self, work: Intervention, effects: set[Effect]) -> None:
        InterventionAction.objects.bulk_create(
            InterventionAction(
                municipality=self.municipality,
                intervention=work,
                kind=effect.kind,
                facility_id=effect.facility_id,
                neighbourhood_id=effect.neighbourhood_id,
                service=effect.service,
                add=effect.add,
            )
            for effect in sorted(effects, key=repr)
        )

    def write_requirements(self, rows: Sequence[WorkRow], outcomes: Sequence[RowOutcome]) -> None:
        written = [
            row
            for row, outcome in zip(rows, outcomes, strict=True)
            if outcome.state in (RowState.ADDED, RowState.CHANGED)
        ]
        ids = [self.works[row.code].pk for row in written]
        InterventionRequirement.objects.filter(intervention_id__in=ids).delete()
        InterventionRequirement.objects.bulk_create(
            InterventionRequirement(
                municipality=self.municipality, intervention=self.works[row.code], required=self.works[code]
            )
            for row in written
            for code in sorted(set(row.requires))
        )


def _repeated(rows: Sequence[WorkRow]) -> dict[int, RepriseError]:
    seen: set[str] = set()
    found: dict[int, RepriseError] = {}
    for number, row in enumerate(rows):
        if row.code in seen:
            message = f"The code {row.code} stands in more than one row. Give each work its own."
            found[number] = Conflict(message, fields=[FieldError("code", message, "repeated")])
        seen.add(row.code)
    return found


def _refuse_what_cannot_be_built(
    register: _Register, rows: Sequence[WorkRow], errors: list[RepriseError | None]
) -> None:
    """Refuses rows that need an unknown or refused work, themselves, or works that exclude each other, until the rest
    stands."""
    while True:
        good = [number for number, error in enumerate(errors) if error is None]
        requires = register.requires | {rows[n].code: set(rows[n].requires) for n in good}
        groups = register.groups | {rows[n].code: rows[n].exclusive_group for n in good}
        found = {n: _requirement_error(rows[n], requires, groups) for n in good}
        if not any(found.values()):
            return
        for number, error in found.items():
            errors[number] = error


def _requirement_error(row: WorkRow, requires: dict[str, set[str]], groups: dict[str, str]) -> Invalid | None:
    for code in row.requires:
        if code not in requires:
            message = f"It requires {code[:80]}, which is no accepted work here."
            return Invalid(message, fields=[FieldError("requires", message, "unknown_work")])
    trouble = impossible_requirement(requires, groups, row.code)
    if trouble is None:
        return None
    kind, other = trouble
    message = (
        "It requires itself, directly or through other works."
        if kind == "cycle"
        else f"It requires {other}, which its exclusive group (or another requirement's) rules out."
    )
    return Invalid(message, fields=[FieldError("requires", message, kind)])


def _event(by: Actor, municipality: Municipality, rows: Sequence[WorkRow], outcomes: Sequence[RowOutcome]) -> None:
    written = [
        (row, outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.state in (RowState.ADDED, RowState.CHANGED)
    ]
    if not written:
        return
    shows: dict[str, Any] = {**summary(outcomes), "works": [outcome.pk for _, outcome in written][:MOST_IDS_SHOWN]}
    place: int | None = None
    if len(written) == 1:
        row, outcome = written[0]
        shows = {"work": outcome.pk, "code": row.code, "name": row.name, "status": WorkStatus.PROPOSED.value}
        place = row.neighbourhood_id
    is_new = any(outcome.state == RowState.ADDED for _, outcome in written)
    Event.objects.record(
        "work.proposed" if is_new else "work.changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        neighbourhood_id=place,
        shows=shows,
    )
