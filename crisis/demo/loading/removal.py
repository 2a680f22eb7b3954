"""Takes the demonstration out of the database again; only the owner role may, and only what the demonstration made."""

from django.apps import apps
from django.db import connection, models, transaction

from crisis.demo.large import CODE as LARGE
from crisis.demo.loading.accounts import PLAYERS
from crisis.demo.places import TOWNS
from municipal_units.models import Assignment, Crisis, Municipality, User

CODES = (*(town.code for town in TOWNS), LARGE)


@transaction.atomic
def remove_demo() -> int:
    """Every row of the demo towns and the demo accounts; returns the number of towns.

    Foreign keys are checked at commit, so the order of the tables does not matter. A demo account that wrote in
    another town makes the whole removal fail there.
    """
    towns = list(Municipality.objects.filter(code__in=CODES).values_list("pk", flat=True))
    crises = list(Municipality.objects.filter(pk__in=towns, crisis__isnull=False).values_list("crisis", flat=True))
    names = [player.username for player in PLAYERS]
    people = list(User.objects.filter(is_demo=True, username__in=names).values_list("pk", flat=True))
    narrowed = Assignment.neighbourhoods.through.objects
    narrowed.filter(models.Q(assignment__user__in=people) | models.Q(assignment__municipality__in=towns)).delete()
    for model in apps.get_models():
        for column in _columns(model, Municipality):
            _delete(model._meta.db_table, column, towns)
        for column in _columns(model, User, only_cascading=True):
            _delete(model._meta.db_table, column, people)
    _delete(Municipality._meta.db_table, "id", towns)
    _delete(User._meta.db_table, "id", people)
    Crisis.objects.filter(pk__in=crises, municipality__isnull=True).delete()
    return len(towns)


def _columns(model: type[models.Model], target: type[models.Model], *, only_cascading: bool = False) -> list[str]:
    """Columns of a table that point to the target. Those that protect their author are facts, found by their town."""
    return [
        field.column
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model is target
        and not (only_cascading and field.remote_field.on_delete is not models.CASCADE)
    ]


def _delete(table: str, column: str, keys: list[int]) -> None:
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {quoted(table)} WHERE {quoted(column)} = ANY(%s)", [keys])
