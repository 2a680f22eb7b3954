"""Safety settings are changed here: at once where they protect more, by two people where they protect less."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from crisis.lib.disclosure import RULES
from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.core.safety import SETTINGS, protects_less
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import DisclosureRule, Event, Municipality, SafetyProposal, SafetySettings
from municipal_units.permissions import Actor, Permission, noting, require
from municipal_units.selectors.safety import AUDIENCES, OF_SETTINGS, safety_in_force

PROPOSED, APPROVED, REJECTED, AT_ONCE = "proposed", "approved", "rejected", "in_force"


@transaction.atomic
def change_safety(
    *, by: Actor, municipality: Municipality, values: Mapping[str, Any], reason: str
) -> list[SafetyProposal]:
    """What changes and protects more holds now; what protects less waits for somebody else. One record of each."""
    require(by, Permission.PUBLISH, municipality.pk)
    if not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])
    refuse_nonsense(values)
    town = Municipality.objects.select_for_update().get(pk=municipality.pk)
    now = safety_in_force(town)
    changed = {name: value for name, value in values.items() if comparable(value) != comparable(now[name])}
    if not changed:
        raise Invalid("Nothing would change.")
    if SafetyProposal.objects.filter(municipality=town, status=PROPOSED).exists() and any(
        protects_less(name, now[name], value) for name, value in changed.items()
    ):
        raise Conflict("Another change waits for a second person. Decide on that one first.")
    made = []
    for status, wanted in ((AT_ONCE, False), (PROPOSED, True)):
        part = {name: value for name, value in changed.items() if protects_less(name, now[name], value) == wanted}
        if not part:
            continue
        proposal = SafetyProposal.objects.create(
            municipality=town,
            values=part,
            before={name: now[name] for name in part},
            reason=reason.strip(),
            status=status,
            proposed_by_id=by.user_id,
        )
        if status == AT_ONCE:
            put_in_force(town, part, reason)
        tell(by, proposal)
        made.append(proposal)
    return made


@transaction.atomic
def decide_safety(*, by: Actor, proposal: SafetyProposal, approve: bool) -> SafetyProposal:
    """Somebody other than its author approves a change that protects less, or anybody with the right rejects it."""
    require(by, Permission.PUBLISH, proposal.municipality_id)
    town = Municipality.objects.select_for_update().get(pk=proposal.municipality_id)
    proposal = SafetyProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if proposal.status != PROPOSED:
        raise Conflict("This was decided already.")
    if approve and proposal.proposed_by_id is not None and proposal.proposed_by_id == by.user_id:
        raise NotAllowed("You proposed this yourself. Somebody else has to approve what protects less.")
    if approve:
        put_in_force(town, proposal.values, proposal.reason)
    proposal.status = APPROVED if approve else REJECTED
    proposal.decided_by_id, proposal.decided_at = by.user_id, timezone.now()
    proposal.save(update_fields=["status", "decided_by", "decided_at"])
    tell(by, proposal)
    return proposal


def comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value


def refuse_nonsense(values: Mapping[str, Any]) -> None:
    wrong = []
    for name, value in values.items():
        setting = SETTINGS.get(name)
        if setting is None:
            wrong.append(FieldError(name, f"'{name[:40]}' is no setting. Known: {', '.join(SETTINGS)}."))
        elif setting.kind == "switch" and not isinstance(value, bool):
            wrong.append(FieldError(name, "This is on or off."))
        elif setting.kind == "services":
            if not isinstance(value, list) or not set(value) <= {str(service) for service in ServiceDomain}:
                wrong.append(FieldError(name, "Choose from the services."))
        elif setting.kind == "number" and (
            isinstance(value, bool) or not isinstance(value, int) or not setting.least <= value <= setting.most
        ):
            wrong.append(FieldError(name, f"This lies between {setting.least:,} and {setting.most:,}."))
    if wrong:
        raise Invalid(" ".join(f"{one.field}: {one.message}" for one in wrong), fields=wrong)


def put_in_force(town: Municipality, values: Mapping[str, Any], reason: str) -> None:
    with noting(reason=reason.strip()):
        if "conflict_mode" in values:
            town.conflict_mode = values["conflict_mode"]
            town.save(update_fields=["conflict_mode"])
        own = {name: values[name] for name in OF_SETTINGS if name in values}
        if own:
            SafetySettings.objects.update_or_create(municipality=town, defaults=own)
        for audience in AUDIENCES:
            told = {
                name: values[f"{audience}_{name}"] for name in ("threshold", "base") if f"{audience}_{name}" in values
            }
            if told:
                usual = RULES[audience]
                floor = {"threshold": usual.threshold, "base": usual.base, "sensitive_threshold": usual.sensitive}
                DisclosureRule.objects.update_or_create(
                    municipality=town, audience=audience.value, defaults=told, create_defaults={**floor, **told}
                )


def tell(by: Actor, proposal: SafetyProposal) -> None:
    Event.objects.record(
        "safety.changed",
        municipality_id=proposal.municipality_id,
        by_id=by.user_id,
        subject=proposal,
        shows={"proposal": proposal.pk, "status": proposal.status, "values": proposal.values},
    )
