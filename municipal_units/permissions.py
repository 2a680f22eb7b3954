"""Who may do what, and where: one table of rights, one scope for code and database.

The matrix is `municipal_units.md` section 3, narrowed to what exists. A role holds a right in the municipality of its
assignment; an assignment may be narrowed to neighbourhoods and services. The database enforces the municipality a
second time (row-level security), because `scope` is the only place where its context is set.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

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


class Permission(StrEnum):
    VIEW_PLACES = "view_places"
    EDIT_PLACES = "edit_places"
    VIEW_POPULATION = "view_population"
    RECORD_POPULATION = "record_population"
    VIEW_DAMAGE = "view_damage"
    ASSESS_DAMAGE = "assess_damage"
    REVIEW_DAMAGE = "review_damage"
    VIEW_FACILITIES = "view_facilities"
    EDIT_FACILITIES = "edit_facilities"
    RECORD_STATUS = "record_status"
    VIEW_NORMS = "view_norms"
    EDIT_NORMS = "edit_norms"
    VIEW_PRIORITIES = "view_priorities"
    VIEW_WORKS = "view_works"
    EDIT_WORKS = "edit_works"
    IMPORT_FILES = "import_files"
    FOLLOW_EVENTS = "follow_events"


C, L, S, E, M, P = (
    Role.COORDINATOR,
    Role.UNIT_LEAD,
    Role.SERVICE_REP,
    Role.ENUMERATOR,
    Role.COMMUNITY_REP,
    Role.PARTNER,
)

# Read it as a table: the right, then every role that holds it. `public` holds none before something is published.
RIGHTS: dict[Permission, frozenset[Role]] = {
    Permission.VIEW_PLACES: frozenset({C, L, S, E, M, P}),
    Permission.EDIT_PLACES: frozenset({C, L}),
    Permission.VIEW_POPULATION: frozenset({C, L, S, E, M, P}),
    Permission.RECORD_POPULATION: frozenset({C, L, E}),
    Permission.VIEW_DAMAGE: frozenset({C, L, S, E, M, P}),
    Permission.ASSESS_DAMAGE: frozenset({C, L, S, E, M}),
    Permission.REVIEW_DAMAGE: frozenset({C, L}),
    Permission.VIEW_FACILITIES: frozenset({C, L, S, E, M, P}),
    Permission.EDIT_FACILITIES: frozenset({C, L, S}),
    Permission.RECORD_STATUS: frozenset({C, L, S, E, M}),
    Permission.VIEW_NORMS: frozenset({C, L, S, P}),
    Permission.EDIT_NORMS: frozenset({C, L}),
    Permission.VIEW_PRIORITIES: frozenset({C, L, S, M, P}),
    Permission.VIEW_WORKS: frozenset({C, L, S, E, M, P}),
    Permission.EDIT_WORKS: frozenset({C, L, S}),
    Permission.IMPORT_FILES: frozenset({C, L}),
    Permission.FOLLOW_EVENTS: frozenset({C, L, S, E, M, P}),
}


@dataclass(frozen=True)
class Grant:
    """One assignment in force: a role in a municipality, empty sets meaning 'not narrowed'."""

    role: Role
    municipality_id: int
    neighbourhood_ids: frozenset[int] = frozenset()
    services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, a token's owner, or the system within stated municipalities."""

    user_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    system_municipality_ids: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_system(self) -> bool:
        return bool(self.system_municipality_ids)

    @property
    def municipality_ids(self) -> frozenset[int]:
        return self.system_municipality_ids or frozenset(grant.municipality_id for grant in self.grants)

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
        return any(
            grant.municipality_id == municipality_id and grant.role in RIGHTS[permission] for grant in self.grants
        )


NOBODY = Actor()


# One query, and through the table between: neighbourhoods themselves are under row security, and the scope in which
# they could be read is not open yet.
GRANTS = """
SELECT role, municipality_id, services,
    ARRAY(SELECT neighbourhood_id FROM municipal_units_assignment_neighbourhoods AS narrowed
          WHERE narrowed.assignment_id = assignment.id)
FROM municipal_units_assignment AS assignment
WHERE user_id = %s AND (starts_on IS NULL OR starts_on <= %s) AND (ends_on IS NULL OR ends_on >= %s)
ORDER BY id
"""


def actor_for(user: User, *, today: date) -> Actor:
    """The actor of an account, from its assignments in force on `today`. Only assignments give rights."""
    with connection.cursor() as cursor:
        cursor.execute(GRANTS, [user.pk, today, today])
        grants = tuple(
            Grant(Role(role), municipality_id, frozenset(places), frozenset(services))
            for role, municipality_id, services, places in cursor.fetchall()
        )
    return Actor(user_id=user.pk, name=str(user), grants=grants)


def system_actor(*municipality_ids: int, user_id: int | None = None) -> Actor:
    """The system itself (follower, hub, jobs, commands), confined to the municipalities it was asked about."""
    return Actor(name="system", user_id=user_id, system_municipality_ids=frozenset(municipality_ids))


@contextmanager
def scope(actor: Actor, *, statement_timeout_ms: int | None = None) -> Iterator[None]:
    """A transaction that sees only the actor's municipalities. The context is transaction-local, so nothing
    survives in a persistent connection; leaving a nested scope restores the outer one."""
    municipalities = "{" + ",".join(str(pk) for pk in sorted(actor.municipality_ids)) + "}"
    nested = connection.in_atomic_block
    with transaction.atomic():
        before = _context() if nested else None
        _set_context(municipalities, str(actor.user_id or ""), statement_timeout_ms)
        yield
        if before is not None and not connection.needs_rollback:
            _set_context(*before, None)


def _context() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('reprise.municipalities', true), ''),"
            " coalesce(current_setting('reprise.actor', true), '')"
        )
        municipalities, actor = cursor.fetchone()
    return municipalities, actor


def _set_context(municipalities: str, actor: str, statement_timeout_ms: int | None) -> None:
    settings = {"reprise.municipalities": municipalities, "reprise.actor": actor}
    if statement_timeout_ms is not None:
        settings["statement_timeout"] = str(statement_timeout_ms)
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
