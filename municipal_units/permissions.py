"""Who may do what, and where: one table of rights, one scope for code and database.

A role holds a right in the municipality of its assignment; an assignment may be narrowed to neighbourhoods and
services. The database enforces the municipality a second time (row-level security), because `scope` is the only place
where its context is set.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from crisis.lib.errors import NotAllowed, NotFound
from municipal_units.models import Municipality, User


class Role(StrEnum):
    COORDINATOR = "coordinator"
    UNIT_LEAD = "unit_lead"
    SERVICE_REP = "service_rep"
    ENUMERATOR = "enumerator"
    COMMUNITY_REP = "community_rep"
    PARTNER = "partner"
    PUBLIC = "public"


class Matter(StrEnum):
    """The objects of the role matrix, in its order and words."""

    PLACES = "Neighbourhood profile, boundary"
    PUBLISHED = "Population aggregate (published)"
    ROUNDS = "Population raw round"
    HOUSEHOLDS = "Household registration"
    NEEDS = "Specific-need flags"
    DAMAGE = "Damage assessment"
    FACILITIES = "Facility + status"
    NORMS = "Interdependency + norms"
    WORKS = "Intervention / plan"
    PRIORITIES = "Prioritisation result"
    MEETINGS = "Meeting, decision"
    TENSION = "Tension record"
    EVICTIONS = "Eviction record"
    HAZARDS = "Hazard / UXO"
    UPDATES = "Live update"
    LIBRARY = "Library, discussion"
    EXPORTS = "Export"
    USERS = "Users, audit log"
    BEYOND = ""


MARKS = dict(zip("CLSEMPU", Role, strict=True))


class Permission(StrEnum):
    """The role matrix, one right to a line: the object, the letter it stands for (V view, C create, E edit, A approve
    or publish, D soft-delete) and the holders: C coordinator, L unit lead, S service representative, E enumerator,
    M community representative, P partner, U public.

    A capital is a letter of the matrix. A small one is not, but follows from another letter there: who edits may also
    add and see, who creates may see what that takes.
    """

    matter: Matter
    letter: str
    holders: str

    def __new__(cls, value: str, matter: Matter = Matter.BEYOND, letter: str = "", holders: str = "") -> "Permission":
        right = str.__new__(cls, value)
        right._value_, right.matter, right.letter, right.holders = value, matter, letter, holders
        return right

    # fmt: off
    #                                                                            C L S E M P U
    # Neighbourhood profile, boundary
    VIEW_PLACES            = "view_places",            Matter.PLACES,     "V", "C L S E M P U"
    EDIT_PLACES            = "edit_places",            Matter.PLACES,     "E", "C L - - - - -"
    APPROVE_PLACES         = "approve_places",         Matter.PLACES,     "A", "C L - - - - -"
    # People: what is published, the rounds behind it, the register, special needs
    VIEW_PUBLISHED         = "view_published",         Matter.PUBLISHED,  "V", "C L S E M P U"
    PUBLISH                = "publish",                Matter.PUBLISHED,  "A", "C L - - - - -"
    VIEW_POPULATION        = "view_population",        Matter.ROUNDS,     "V", "C L S e M P -"
    RECORD_POPULATION      = "record_population",      Matter.ROUNDS,     "C", "c l - E - - -"
    EDIT_POPULATION        = "edit_population",        Matter.ROUNDS,     "E", "C L - E - - -"
    APPROVE_POPULATION     = "approve_population",     Matter.ROUNDS,     "A", "C L - - - - -"
    DELETE_POPULATION      = "delete_population",      Matter.ROUNDS,     "D", "C - - - - - -"
    VIEW_HOUSEHOLDS        = "view_households",        Matter.HOUSEHOLDS, "V", "C - - - - - -"  # purpose asked
    COUNT_HOUSEHOLDS       = "count_households",       Matter.HOUSEHOLDS, "V", "C L - - - - -"  # counts only
    REGISTER_HOUSEHOLDS    = "register_households",    Matter.HOUSEHOLDS, "C", "C - - E - - -"
    EDIT_HOUSEHOLDS        = "edit_households",        Matter.HOUSEHOLDS, "E", "C - - - - - -"
    EDIT_OWN_HOUSEHOLDS    = "edit_own_households",    Matter.HOUSEHOLDS, "E", "C - - E - - -"  # own, for 24 h
    DELETE_HOUSEHOLDS      = "delete_households",      Matter.HOUSEHOLDS, "D", "C - - - - - -"
    MERGE_HOUSEHOLDS       = "merge_households",       Matter.HOUSEHOLDS, "D", "C - - - - - -"  # audited
    VIEW_NEEDS             = "view_needs",             Matter.NEEDS,      "V", "C - - - - - -"  # audited
    COUNT_NEEDS            = "count_needs",            Matter.NEEDS,      "V", "C L S - - - -"  # counts only
    FLAG_NEEDS             = "flag_needs",             Matter.NEEDS,      "C", "- - - E - - -"
    # Damage and hazards
    VIEW_DAMAGE            = "view_damage",            Matter.DAMAGE,     "V", "C L S - M P -"
    VIEW_DAMAGE_TOTALS     = "view_damage_totals",     Matter.DAMAGE,     "V", "C L S - M P U"  # aggregate
    ASSESS_DAMAGE          = "assess_damage",          Matter.DAMAGE,     "C", "c l S E M - -"  # own assets
    CORRECT_DAMAGE         = "correct_damage",         Matter.DAMAGE,     "E", "C L S E - - -"  # own
    REVIEW_DAMAGE          = "review_damage",          Matter.DAMAGE,     "A", "C L - - - - -"
    DELETE_DAMAGE          = "delete_damage",          Matter.DAMAGE,     "D", "C - - - - - -"
    VIEW_HAZARDS           = "view_hazards",           Matter.HAZARDS,    "V", "C L S - - P -"
    VIEW_BUFFERED_HAZARDS  = "view_buffered_hazards",  Matter.HAZARDS,    "V", "C L S - - P U"  # buffered
    REPORT_HAZARDS         = "report_hazards",         Matter.HAZARDS,    "C", "c l - E M - -"
    EDIT_HAZARDS           = "edit_hazards",           Matter.HAZARDS,    "E", "C L - - - - -"
    APPROVE_HAZARDS        = "approve_hazards",        Matter.HAZARDS,    "A", "C L - - - - -"
    # Services
    VIEW_FACILITIES        = "view_facilities",        Matter.FACILITIES, "V", "C L s e M P -"
    VIEW_PUBLIC_FACILITIES = "view_public_facilities", Matter.FACILITIES, "V", "C L s e M P U"  # as published
    RECORD_STATUS          = "record_status",          Matter.FACILITIES, "C", "c l S E M - -"  # own domain
    EDIT_FACILITIES        = "edit_facilities",        Matter.FACILITIES, "E", "C L S - - - -"  # service: own domain
    APPROVE_FACILITIES     = "approve_facilities",     Matter.FACILITIES, "A", "C L - - - - -"
    VIEW_NORMS             = "view_norms",             Matter.NORMS,      "V", "C L S - - P U"
    EDIT_NORMS             = "edit_norms",             Matter.NORMS,      "E", "C - - - - - -"
    APPROVE_NORMS          = "approve_norms",          Matter.NORMS,      "A", "C - - - - - -"
    # Deciding: works and plans, the ranked list, the unit
    VIEW_WORKS             = "view_works",             Matter.WORKS,      "V", "C L S E M P -"
    VIEW_APPROVED_PLANS    = "view_approved_plans",    Matter.WORKS,      "V", "C L S E M P U"  # approved
    PROPOSE_WORKS          = "propose_works",          Matter.WORKS,      "C", "c L S - - P -"  # partner: proposal
    EDIT_WORKS             = "edit_works",             Matter.WORKS,      "E", "C L S - - - -"  # service: own
    EDIT_PLANS             = "edit_plans",             Matter.WORKS,      "E", "C L S - - - -"  # service: own
    APPROVE_WORKS          = "approve_works",          Matter.WORKS,      "A", "C L - - - - -"
    APPROVE_PLANS          = "approve_plans",          Matter.WORKS,      "A", "C L - - - - -"  # four eyes
    VIEW_PRIORITIES        = "view_priorities",        Matter.PRIORITIES, "V", "C L S - M P -"
    VIEW_PUBLISHED_RANKING = "view_published_ranking", Matter.PRIORITIES, "V", "C L S - M P U"  # published
    APPROVE_PRIORITIES     = "approve_priorities",     Matter.PRIORITIES, "A", "- L - - - - -"
    VIEW_MEETINGS          = "view_meetings",          Matter.MEETINGS,   "V", "C l S - M - -"
    VIEW_MINUTES           = "view_minutes",           Matter.MEETINGS,   "V", "C l S - M P -"  # partner: if allowed
    VIEW_DECISIONS         = "view_decisions",         Matter.MEETINGS,   "V", "C l S - M P U"
    HOLD_MEETINGS          = "hold_meetings",          Matter.MEETINGS,   "C", "- L - - - - -"
    EDIT_MEETINGS          = "edit_meetings",          Matter.MEETINGS,   "E", "- L - - - - -"
    APPROVE_DECISIONS      = "approve_decisions",      Matter.MEETINGS,   "A", "- L - - - - -"
    # Protection
    VIEW_TENSION           = "view_tension",           Matter.TENSION,    "V", "C L - - - - -"
    VIEW_MASKED_TENSION    = "view_masked_tension",    Matter.TENSION,    "V", "C L - - M - -"  # own area, masked
    RECORD_TENSION         = "record_tension",         Matter.TENSION,    "C", "c l - - M - -"
    EDIT_TENSION           = "edit_tension",           Matter.TENSION,    "E", "C L - - - - -"
    APPROVE_TENSION        = "approve_tension",        Matter.TENSION,    "A", "- L - - - - -"
    VIEW_EVICTIONS         = "view_evictions",         Matter.EVICTIONS,  "V", "C L - - - - -"
    VIEW_EVICTION_TOTALS   = "view_eviction_totals",   Matter.EVICTIONS,  "V", "C L - - - P U"  # aggregated
    RECORD_EVICTIONS       = "record_evictions",       Matter.EVICTIONS,  "C", "c l - E M - -"  # community: own case
    EDIT_EVICTIONS         = "edit_evictions",         Matter.EVICTIONS,  "E", "C L - - - - -"
    APPROVE_EVICTIONS      = "approve_evictions",      Matter.EVICTIONS,  "A", "C - - - - - -"
    # Telling each other
    VIEW_UPDATES           = "view_updates",           Matter.UPDATES,    "V", "C L s e m p -"
    VIEW_PUBLISHED_UPDATES = "view_published_updates", Matter.UPDATES,    "V", "C L s e m p U"  # published
    WRITE_UPDATES          = "write_updates",          Matter.UPDATES,    "C", "C L S E M P -"  # draft, but C L S
    PUBLISH_UPDATES        = "publish_updates",        Matter.UPDATES,    "A", "C L - - - - -"
    VIEW_LIBRARY           = "view_library",           Matter.LIBRARY,    "V", "C L S E M P -"
    VIEW_PUBLIC_ITEMS      = "view_public_items",      Matter.LIBRARY,    "V", "C L S E M P U"  # public items
    WRITE_LIBRARY          = "write_library",          Matter.LIBRARY,    "C", "C L S - M P -"
    PUBLISH_LIBRARY        = "publish_library",        Matter.LIBRARY,    "A", "C L - - - - -"
    DELETE_LIBRARY         = "delete_library",         Matter.LIBRARY,    "D", "C - - - - - -"
    EXPORT                 = "export",                 Matter.EXPORTS,    "V", "C L S - - - -"  # S own domain
    EXPORT_AGREED          = "export_agreed",          Matter.EXPORTS,    "V", "C L - - - P -"  # as its protocol says
    EXPORT_PUBLISHED       = "export_published",       Matter.EXPORTS,    "V", "C L S - M P U"  # published
    # Accounts
    VIEW_USERS             = "view_users",             Matter.USERS,      "V", "C L - - - - -"  # own unit
    EDIT_USERS             = "edit_users",             Matter.USERS,      "E", "C - - - - - -"
    VIEW_AUDIT             = "view_audit",             Matter.USERS,      "V", "C L - - - - -"  # own unit
    # Beyond the matrix: how people work with the above
    VIEW_UNIT              = "view_unit",              Matter.BEYOND,     "",  "C L S - M P -"
    EDIT_UNIT              = "edit_unit",              Matter.BEYOND,     "",  "C L - - - - -"
    PROPOSE_DECISIONS      = "propose_decisions",      Matter.BEYOND,     "",  "C L S - - - -"
    GIVE_WEIGHTS           = "give_weights",           Matter.BEYOND,     "",  "C L S - M P -"  # own seat
    DO_TASKS               = "do_tasks",               Matter.BEYOND,     "",  "C L - - - - -"
    PROPOSE_NORMS          = "propose_norms",          Matter.BEYOND,     "",  "C L S - - - -"
    RUN_PRIORITIES         = "run_priorities",         Matter.BEYOND,     "",  "C L - - - - -"
    VOTE                   = "vote",                   Matter.BEYOND,     "",  "- - - - M - -"  # advisory
    RECORD_VOTES           = "record_votes",           Matter.BEYOND,     "",  "C L - - - - -"  # of assemblies
    INVITE_USERS           = "invite_users",           Matter.BEYOND,     "",  "C L - - - - -"
    FILL_FORMS             = "fill_forms",             Matter.BEYOND,     "",  "C L S E M - -"
    EDIT_FORMS             = "edit_forms",             Matter.BEYOND,     "",  "C L - - - - -"
    REVIEW_FORMS           = "review_forms",           Matter.BEYOND,     "",  "C L - - - - -"
    GRANT_EXPORTS          = "grant_exports",          Matter.BEYOND,     "",  "C L - - - - -"  # of persons, four eyes
    IMPORT_FILES           = "import_files",           Matter.BEYOND,     "",  "C L - - - - -"
    FOLLOW_EVENTS          = "follow_events",          Matter.BEYOND,     "",  "C L S E M P -"
    # fmt: on

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(MARKS[mark.upper()] for mark in self.holders.split() if mark != "-")


RIGHTS: dict[Permission, frozenset[Role]] = {right: right.roles for right in Permission}
# Those who work with other people's data at a desk: where it is required, they open nothing without a second factor.
OFFICE_ROLES = frozenset({Role.COORDINATOR, Role.UNIT_LEAD, Role.SERVICE_REP, Role.PARTNER})
# All that a phone in the field may do, whoever carries it.
FIELD_RIGHTS = frozenset(
    {
        Permission.VIEW_PLACES,
        Permission.VIEW_FACILITIES,
        Permission.FILL_FORMS,
        Permission.ASSESS_DAMAGE,
        Permission.CORRECT_DAMAGE,
        Permission.RECORD_STATUS,
        Permission.RECORD_POPULATION,
        Permission.EDIT_POPULATION,
        Permission.REGISTER_HOUSEHOLDS,
        Permission.EDIT_OWN_HOUSEHOLDS,
        Permission.FLAG_NEEDS,
        Permission.REPORT_HAZARDS,
        Permission.RECORD_EVICTIONS,
        Permission.RECORD_TENSION,
        Permission.WRITE_UPDATES,
        Permission.FOLLOW_EVENTS,
    }
)


@dataclass(frozen=True)
class Grant:
    """One assignment in force: a role in a municipality, empty sets meaning 'not narrowed'."""

    role: Role
    municipality_id: int
    neighbourhood_ids: frozenset[int] = frozenset()
    services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, a token's owner, or the system within stated municipalities. `only` narrows the
    rights of the roles further, as on a phone; `needs_second_factor` tells why office roles open nothing yet."""

    user_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    system_municipality_ids: frozenset[int] = field(default_factory=frozenset)
    only: frozenset[Permission] | None = None
    needs_second_factor: bool = False

    @property
    def is_system(self) -> bool:
        return bool(self.system_municipality_ids)

    @property
    def municipality_ids(self) -> frozenset[int]:
        return self.system_municipality_ids or frozenset(grant.municipality_id for grant in self.grants)

    @property
    def exact_municipality_ids(self) -> frozenset[int]:
        """Where the actor works for the municipality itself, and so sees where its sensitive places are."""
        outside = {Role.PARTNER, Role.PUBLIC}
        return self.system_municipality_ids or frozenset(
            grant.municipality_id for grant in self.grants if grant.role not in outside
        )

    def roles_in(self, municipality_id: int) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants if grant.municipality_id == municipality_id)

    def may(
        self,
        permission: Permission,
        municipality_id: int,
        *,
        neighbourhood_id: int | None = None,
        service: str | None = None,
    ) -> bool:
        """Whether some assignment gives the right there. A narrowed assignment acts only inside its neighbourhoods
        and services; a fact without a neighbourhood or service is outside of such an assignment's reach."""
        if self.is_system:
            return municipality_id in self.system_municipality_ids
        if self.only is not None and permission not in self.only:
            return False
        return any(
            grant.municipality_id == municipality_id
            and grant.role in RIGHTS[permission]
            and (not grant.neighbourhood_ids or neighbourhood_id in grant.neighbourhood_ids)
            and (not grant.services or service in grant.services)
            for grant in self.grants
        )

    def may_somewhere(self, permission: Permission, municipality_id: int) -> bool:
        """Whether the right is held anywhere in the municipality, however narrowed."""
        if self.is_system:
            return municipality_id in self.system_municipality_ids
        if self.only is not None and permission not in self.only:
            return False
        return any(
            grant.municipality_id == municipality_id and grant.role in RIGHTS[permission] for grant in self.grants
        )


NOBODY = Actor()


# One query, and through the table between: neighbourhoods themselves are under row security, and the scope in which
# they could be read is not open yet.
GRANTS = """
SELECT role, municipality_id, services,
    ARRAY(SELECT neighbourhood_id FROM municipal_units_assignment_neighbourhoods AS narrowed
          WHERE narrowed.assignment_id = assignment.id),
    EXISTS (SELECT FROM mfa_authenticator AS factor
            WHERE factor.user_id = assignment.user_id AND factor.type IN ('totp', 'webauthn'))
FROM municipal_units_assignment AS assignment
WHERE user_id = %s AND (starts_on IS NULL OR starts_on <= %s) AND (ends_on IS NULL OR ends_on >= %s)
ORDER BY id
"""


def actor_for(user: User, *, today: date, device_of: int | None = None) -> Actor:
    """The actor of an account, from its assignments in force on `today`. Only assignments give rights; office roles
    give none while a second factor is required and missing. `device_of`: a phone of that municipality asks."""
    with connection.cursor() as cursor:
        cursor.execute(GRANTS, [user.pk, today, today])
        rows = cursor.fetchall()
    grants = tuple(
        Grant(Role(role), municipality_id, frozenset(places), frozenset(services))
        for role, municipality_id, services, places, _ in rows
        if device_of in (None, municipality_id)
    )
    missing = settings.SECOND_FACTOR_REQUIRED and device_of is None and not any(row[-1] for row in rows)
    office = any(grant.role in OFFICE_ROLES for grant in grants)
    return Actor(
        user_id=user.pk,
        name=str(user),
        grants=tuple(grant for grant in grants if not missing or grant.role not in OFFICE_ROLES),
        only=None if device_of is None else FIELD_RIGHTS,
        needs_second_factor=missing and office,
    )


def system_actor(*municipality_ids: int, user_id: int | None = None) -> Actor:
    """The system itself (follower, hub, jobs, commands), confined to the municipalities it was asked about."""
    return Actor(name="system", user_id=user_id, system_municipality_ids=frozenset(municipality_ids))


@contextmanager
def scope(actor: Actor, *, statement_timeout_ms: int | None = None, door: str = "") -> Iterator[None]:
    """A transaction that sees only the actor's municipalities. The context is transaction-local, so nothing
    survives in a persistent connection; leaving a nested scope restores the outer one.

    Row versions written inside carry who acts and through which `door` (page, api, job ...), and an id that the events
    of the same transaction carry too.
    """
    municipalities = _ids(actor.municipality_ids)
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _context() if nested else {}
        _set_context(
            {
                "reprise.municipalities": municipalities,
                "reprise.actor": str(actor.user_id or ""),
                "reprise.exact": _ids(actor.exact_municipality_ids),
                "pghistory.context_id": before.get("pghistory.context_id") or str(uuid4()),
                "pghistory.context_metadata": json.dumps({"actor": actor.user_id, "door": door}),
                **({} if statement_timeout_ms is None else {"statement_timeout": str(statement_timeout_ms)}),
            }
        )
        yield
        if before and not connection.needs_rollback:
            _set_context(before)


@contextmanager
def noting(**why: str | int) -> Iterator[None]:
    """Row versions written inside also carry these words: the reason given, the import they belong to."""
    before = _context()
    told = json.loads(before["pghistory.context_metadata"] or "{}")
    _set_context({"pghistory.context_metadata": json.dumps({**told, **why})})
    yield
    if not connection.needs_rollback:
        _set_context({"pghistory.context_metadata": before["pghistory.context_metadata"]})


@contextmanager
def showing_deleted() -> Iterator[None]:
    """Deleted facilities and works can be read and written inside, by the actions that delete and restore."""
    _set_context({"reprise.deleted": "shown"})
    yield
    if not connection.needs_rollback:
        _set_context({"reprise.deleted": ""})


CONTEXT = (
    "reprise.municipalities",
    "reprise.actor",
    "reprise.exact",
    "pghistory.context_id",
    "pghistory.context_metadata",
)


def _ids(numbers: frozenset[int]) -> str:
    return "{" + ",".join(map(str, sorted(numbers))) + "}"


def _context() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join("coalesce(current_setting(%s, true), '')" for _ in CONTEXT), CONTEXT)
        return dict(zip(CONTEXT, cursor.fetchone(), strict=True))


def _set_context(settings: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join("set_config(%s, %s, true)" for _ in settings),
            [text for setting in settings.items() for text in setting],
        )


def require(
    actor: Actor,
    permission: Permission,
    municipality_id: int,
    *,
    neighbourhood_id: int | None = None,
    service: str | None = None,
) -> None:
    """Refuse in words if the actor lacks the right there. Someone without any business in the municipality gets
    NotFound, so that its existence is not told."""
    if actor.may(permission, municipality_id, neighbourhood_id=neighbourhood_id, service=service):
        return
    if municipality_id not in actor.municipality_ids:
        raise NotFound("There is no such place, or it is not yours to see.")
    raise NotAllowed(f"Your role does not include: {permission.replace('_', ' ')}. Ask the unit lead if you need it.")


def require_somewhere(actor: Actor, permission: Permission, municipality: Municipality) -> None:
    """As `require`, for lists and pages where a narrowed assignment is enough."""
    if actor.may_somewhere(permission, municipality.pk):
        return
    require(actor, permission, municipality.pk)
    raise NotAllowed("Your assignment does not cover this.")
