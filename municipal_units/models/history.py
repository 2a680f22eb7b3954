"""Row versions of editable registers: what each row held before it was changed or removed, written by triggers.

Only old values are kept: the newest state is the row itself, so that registering rows (an import) costs nothing; bulk
and raw SQL are caught as well. Facts that are only appended need no versions.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db import models

Register = TypeVar("Register", bound=type[models.Model])

CHANGED, REMOVED = "changed", "removed"


class ContextOfTransaction(models.Func):
    """The id that `permissions.scope` gave the transaction: it joins an event to the row versions written with it."""

    function = "current_setting"
    template = "nullif(current_setting('pghistory.context_id', true), '')::uuid"
    output_field = models.UUIDField()


def versioned(*, exclude: Sequence[str] = ()) -> Callable[[Register], Register]:
    """Keep versions of a model, in `<Model>Version`. Generated columns are named in `exclude`."""

    def decorate(model: Register) -> Register:
        track = pghistory.track(
            pghistory.UpdateEvent(CHANGED, row=pghistory.Old),
            pghistory.DeleteEvent(REMOVED, row=pghistory.Old),
            exclude=list(exclude) or None,
            obj_field=pghistory.ObjForeignKey(related_name="versions"),
            context_field=pghistory.ContextJSONField(),
            context_id_field=pghistory.ContextUUIDField(),
            model_name=f"{model.__name__}Version",
        )
        tracked: Register = track(model)
        return tracked

    return decorate
