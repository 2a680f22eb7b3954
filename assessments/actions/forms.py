"""Forms are published, opened and closed here."""

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from assessments.core.forms.compiler import CompiledForm, FormRefused, RowProblem, compile_form
from assessments.core.forms.homes import HOMES, home_of
from assessments.models import FormDefinition
from crisis.lib import zipguard
from crisis.lib.errors import Conflict, FieldError, Invalid, RepriseError, TooLarge
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require

FORMS_FOLDER = Path(settings.BASE_DIR) / "assessments" / "forms"
MOST_FORM_BYTES = 5 * 1024 * 1024
UNPACKED = zipguard.ArchiveLimits(members=200, total_bytes=30_000_000, ratio=100)
OPEN, CLOSED = "open", "closed"


@lru_cache(maxsize=1)
def shipped_forms() -> tuple[CompiledForm, ...]:
    """The forms that come with Reprise, compiled once per process from their markdown."""
    return tuple(compile_form((FORMS_FOLDER / f"{form_id}.md").read_bytes(), ".md") for form_id in HOMES)


def add_shipped_forms(municipality: Municipality) -> None:
    """The municipality gets the shipped forms, and their new versions after an upgrade; asked again it is a look-up.
    A form of its own under the same id and version stays."""
    there = set(FormDefinition.objects.filter(municipality=municipality).values_list("form_id", "version"))
    missing = [form for form in shipped_forms() if (form.form_id, form.version) not in there]
    FormDefinition.objects.bulk_create(
        [_definition(municipality, form, is_standard=True) for form in missing], ignore_conflicts=True
    )


def _definition(municipality: Municipality, form: CompiledForm, **values: Any) -> FormDefinition:
    return FormDefinition(
        municipality=municipality,
        form_id=form.form_id,
        version=form.version,
        title=form.title[:300],
        home=home_of(form.definition),
        xform=form.xform,
        md5=form.md5,
        definition=form.definition,
        **values,
    )


def read_form(*, by: Actor, municipality: Municipality, content: bytes, name: str) -> CompiledForm:
    """The form in a file, for a preview: nothing is written. A refusal names the rows."""
    require(by, Permission.EDIT_FORMS, municipality.pk)
    if len(content) > MOST_FORM_BYTES:
        raise TooLarge("A form is not larger than 5 MB. Put pictures and long lists elsewhere.")
    path = Path(name.replace("\\", "/").rsplit("/", 1)[-1] or "form")
    kind = path.suffix.lower()
    if kind == ".xlsx":
        with tempfile.NamedTemporaryFile(suffix=kind) as file:
            file.write(content)
            file.flush()
            with zipguard.opened(Path(file.name), UNPACKED):
                pass
    try:
        return compile_form(content, kind, name=path.stem)
    except FormRefused as refusal:
        raise _refusal(refusal.problems) from refusal


def _refusal(problems: list[RowProblem]) -> RepriseError:
    fields = [
        FieldError(
            f"{problem.sheet or 'form'}.{problem.row}" if problem.row else problem.sheet or "form", problem.message
        )
        for problem in problems
    ]
    return Invalid(" ".join(problem.message for problem in problems)[:2_000], fields=fields)


@transaction.atomic
def publish_form(*, by: Actor, municipality: Municipality, content: bytes, name: str) -> FormDefinition:
    """A form of the municipality's own, or more questions on a shipped one, from an XLSForm. A published version never
    changes: the same file again gives what is there, another needs another version."""
    form = read_form(by=by, municipality=municipality, content=content, name=name)
    add_shipped_forms(municipality)
    made = _definition(municipality, form, published_by_id=by.user_id)
    FormDefinition.objects.bulk_create([made], ignore_conflicts=True)
    there = FormDefinition.objects.get(municipality=municipality, form_id=form.form_id, version=form.version)
    if there.md5 != form.md5:
        message = f"Version '{form.version}' of {form.form_id} is already published with other questions."
        raise Conflict(f"{message} Write a new version into the settings sheet.")
    Event.objects.record(
        "form.published",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=there,
        shows={"form": there.form_id, "version": there.version, "title": there.title},
    )
    return there


@transaction.atomic
def set_form_state(*, by: Actor, form: FormDefinition, state: str) -> FormDefinition:
    """A closed form is no longer listed; what phones still send of it is kept aside for a supervisor."""
    require(by, Permission.EDIT_FORMS, form.municipality_id)
    if state not in (OPEN, CLOSED):
        raise Invalid(f"'{state[:20]}' is no state of a form. Say {OPEN} or {CLOSED}.")
    form.state = state
    form.save(update_fields=["state"])
    Event.objects.record(
        "form.published",
        municipality_id=form.municipality_id,
        by_id=by.user_id,
        subject=form,
        shows={"form": form.form_id, "version": form.version, "state": state},
    )
    return form
