"""An assignment narrowed to neighbourhoods holds, whoever asks and whatever scope is open."""

from django.contrib.auth import get_user_model
from django.db import connection

from municipal_units.actions.accounts import assign
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import NOBODY, Permission, Role, scope, system_actor
from tests.conftest import acting


def test_a_narrowed_assignment_is_read_without_any_scope_open(tenkoro: Municipality, ben: User) -> None:
    with scope(system_actor(tenkoro.pk)):
        wendou, pelga, _ = Neighbourhood.objects.order_by("pcode")
        assign(user=ben, role=Role.ENUMERATOR, municipality=tenkoro, neighbourhoods=[wendou])
    assert Neighbourhood.objects.count() == 0
    actor = acting(get_user_model().objects.get(pk=ben.pk))
    assert actor.grants[0].neighbourhood_ids == {wendou.pk}
    assert actor.may(Permission.RECORD_STATUS, tenkoro.pk, neighbourhood_id=wendou.pk)
    assert not actor.may(Permission.RECORD_STATUS, tenkoro.pk, neighbourhood_id=pelga.pk)
    assert not actor.may(Permission.RECORD_STATUS, tenkoro.pk)


def test_leaving_an_inner_scope_restores_the_outer_one(tenkoro: Municipality, barsalo: Municipality) -> None:
    def municipalities() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('reprise.municipalities', true)")
            return str(cursor.fetchone()[0])

    with scope(system_actor(tenkoro.pk)):
        with scope(NOBODY):
            assert municipalities() == "{}"
        assert municipalities() == f"{{{tenkoro.pk}}}"
