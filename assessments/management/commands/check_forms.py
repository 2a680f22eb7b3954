"""Compares us with pyxform and ODK Validate: manage.py check_forms FOLDER (XLSForms and filled forms, any depth).

Nothing is written. A form counts as accepted by the peer when pyxform converts it and ODK Validate finds nothing wrong
(without Java that is said). Filled forms (XML) are read as at the door and tried against the form of their id, if it is
in the folder; `--id FILE=ID` names a form that does not name itself. Exit 1 when we and the peer disagree.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from pyxform.errors import PyXFormError
from pyxform.validators.odk_validate import ODKValidateError
from pyxform.xls2xform import convert

from assessments.actions.intake import SOFT
from assessments.core.forms.check import check_answers
from assessments.core.forms.compiler import CompiledForm, FormRefused, compile_form
from assessments.core.forms.instance import Unreadable, read_instance

KINDS = (".xlsx", ".xls", ".csv", ".md")


@dataclass(frozen=True)
class Verdict:
    """`reason` of a refusal, in one line."""

    accepted: bool
    reason: str = ""

    def __str__(self) -> str:
        return "accepted" if self.accepted else f"refused: {self.reason}"


class Command(BaseCommand):
    help = "Says of every XLSForm and filled form in a folder what we and pyxform with ODK Validate make of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="XLSForms (.xlsx .xls .csv .md) and filled forms (.xml)")

        parser.add_argument("--id", action="append", default=[], metavar="FILE=ID", help="the id of a form without one")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        ids = dict(given.rpartition("=")[::2] for given in options["id"])
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        validate = shutil.which("java") is not None
        if not validate:
            self.stdout.write("NOT RUN: ODK Validate (no Java); pyxform alone is the peer.")
        different = 0
        forms: dict[str, CompiledForm] = {}
        for file in files_of(folder, KINDS):
            ours, form = our_verdict(file, ids.get(file.name) or file.stem)
            peer = peer_verdict(file, validate=validate)
            if form is not None:
                forms[form.form_id] = form
            different += ours.accepted != peer.accepted
            mark = "" if ours.accepted == peer.accepted else "  DIFFERENT"
            self.stdout.write(f"{file.relative_to(folder)}: {ours}; peer {peer}{mark}")
            if form is not None and form.definition["collect_only"]:
                self.stdout.write(f"    for Collect only: {' '.join(form.definition['collect_only'])}")
        for file in files_of(folder, (".xml",)):
            self.stdout.write(f"{file.relative_to(folder)}: {filled_in(file.read_bytes(), forms)}")
        if different:
            raise CommandError(f"{different} forms are judged otherwise than by pyxform and ODK Validate.")


def files_of(folder: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.suffix.lower() in endings)


def our_verdict(file: Path, name: str) -> tuple[Verdict, CompiledForm | None]:
    try:
        form = compile_form(file.read_bytes(), file.suffix.lower(), name=name)
    except FormRefused as refusal:
        return Verdict(False, "; ".join(problem.message for problem in refusal.problems)), None
    return Verdict(True), form


def peer_verdict(file: Path, *, validate: bool) -> Verdict:
    try:
        convert(file, validate=validate, form_name=file.stem)
    except (PyXFormError, ODKValidateError) as refusal:
        return Verdict(False, " ".join(str(refusal).split())[:300])
    return Verdict(True)


def filled_in(xml: bytes, forms: dict[str, CompiledForm]) -> str:
    """What the door would say of a filled form."""
    try:
        instance = read_instance(xml)
    except Unreadable as refusal:
        return f"kept aside: {refusal}"
    told = f"id {instance.instance_id or 'none, one is made up'}"
    if instance.replaces:
        told += f", corrects {instance.replaces}"
    form = forms.get(instance.form_id)
    if form is None:
        return f"kept aside: no form '{instance.form_id}' here; {told}"
    broken = check_answers(form.definition, instance.root, now=timezone.now())
    problems = "; ".join(f"{problem.path} {problem.code}" for problem in broken)
    waits = any(problem.code not in SOFT for problem in broken)
    verdict = "waits for a person" if waits else "taken"
    return f"{verdict}{f' ({problems})' if problems else ''}; {told}"
