"""Every kind of event, and the right a reader needs to see what it shows; others learn only that a number passed."""

from municipal_units.permissions import Permission

EVENT_KINDS: dict[str, Permission] = {
    "municipality.created": Permission.VIEW_PLACES,
    "boundary.changed": Permission.VIEW_PLACES,
    "norms.changed": Permission.VIEW_NORMS,
    "facility.registered": Permission.VIEW_FACILITIES,
    "facility.changed": Permission.VIEW_FACILITIES,
    "facility.status_changed": Permission.VIEW_FACILITIES,
    "dependency.changed": Permission.VIEW_FACILITIES,
    "catchment.changed": Permission.VIEW_FACILITIES,
    "reach.recorded": Permission.VIEW_FACILITIES,
    "population.estimated": Permission.VIEW_POPULATION,
    "damage.assessed": Permission.VIEW_DAMAGE,
    "damage.reviewed": Permission.VIEW_DAMAGE,
    "housing.recorded": Permission.VIEW_DAMAGE,
    "structure.changed": Permission.VIEW_DAMAGE,
    "work.proposed": Permission.VIEW_WORKS,
    "work.changed": Permission.VIEW_WORKS,
    "functionality.changed": Permission.VIEW_PRIORITIES,
    "import.progress": Permission.IMPORT_FILES,
    "import.finished": Permission.IMPORT_FILES,
    "account.invited": Permission.VIEW_USERS,
    "account.invitation_withdrawn": Permission.VIEW_USERS,
    "account.joined": Permission.VIEW_USERS,
    "account.access_ended": Permission.VIEW_USERS,
    "account.access_reviewed": Permission.VIEW_USERS,
    "device.added": Permission.VIEW_USERS,
    "device.revoked": Permission.VIEW_USERS,
}
