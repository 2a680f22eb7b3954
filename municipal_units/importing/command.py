"""What the five `import_*` commands share: the same road as the page, at once and in words."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from crisis.lib.errors import RepriseError
from municipal_units.actions.files import is_there, readable_path
from municipal_units.actions.import_rows import check_import, run_import
from municipal_units.actions.imports import ASKS, choose_columns, confirm_import, importer_of, receive_file
from municipal_units.importing.contract import REFUSED
from municipal_units.importing.returned import write_back
from municipal_units.importing.views import file_view
from municipal_units.models import ImportBatch, Municipality
from municipal_units.permissions import Actor, scope, system_actor

WRONG_INPUT = 2


class ImportCommand(BaseCommand):
    """Reads one file into one municipality. Progress goes to stderr, the result to stdout; wrong input ends with 2."""

    kind: ClassVar[str]
    requires_system_checks: list[str] = []  # those load every page
    suppressed_base_arguments = {"--version", "--settings", "--pythonpath", "--no-color", "--force-color"}

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--municipality", required=True, metavar="CODE")
        parser.add_argument("--map", action="append", default=[], metavar="MEANING=COLUMN", help="what a column means")
        parser.add_argument("--answer", action="append", default=[], metavar="VALUE=MEANING", help="what a value means")
        parser.add_argument("--layer", action="append", default=[], help="layer or sheet to read (several allowed)")
        parser.add_argument("--encoding", help="how the letters are written, if the file does not say")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and write nothing")
        parser.add_argument("--rejected", type=Path, metavar="CSV", help="write the refused rows back with reasons")
        for option in importer_of(self.kind).options:
            flag = f"--{option.name.replace('_', '-')}"
            if option.kind == "flag":
                parser.add_argument(flag, action="store_const", const="yes", dest=option.name, help=option.label)
            else:
                parser.add_argument(flag, dest=option.name, help=option.label, metavar=option.kind.upper())

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(options)
        except RepriseError as refusal:
            raise CommandError(refusal.message, returncode=WRONG_INPUT) from refusal

    def run(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=WRONG_INPUT)
        actor = system_actor(municipality_id(options["municipality"]))
        with scope(actor, statement_timeout_ms=0):
            batch = self.prepare(actor, path, options)
        if options["dry_run"]:
            with scope(actor, statement_timeout_ms=0):
                batch = check_import(by=actor, batch=batch, progress=lambda rows: self.say(f"{rows:,} rows checked"))
            self.end_line()
            refuse_questions(batch)
            self.report(actor, batch, options, batch.summary["ready"], batch.summary["refused"], dry_run=True)
            return
        with scope(actor, statement_timeout_ms=0):
            batch = confirm_import(by=actor, batch=batch, unchecked=True)
        state = run_import(
            municipality_id=batch.municipality_id,
            batch_id=batch.pk,
            progress=lambda done, rows: self.say(f"{done:,} of {rows:,} rows"),
        )
        self.end_line()
        with scope(actor):
            batch.refresh_from_db()
            refuse_questions(batch)
            if state == "failed":
                raise CommandError(batch.message, returncode=WRONG_INPUT)
            self.report(actor, batch, options, batch.accepted, batch.refused, dry_run=False)

    def prepare(self, actor: Actor, path: Path, options: dict[str, Any]) -> ImportBatch:
        """Receives the file and says about it what the command line says."""
        municipality = Municipality.objects.get(pk=next(iter(actor.municipality_ids)))
        importer = importer_of(self.kind)
        with path.open("rb") as content:
            batch = receive_file(by=actor, municipality=municipality, kind=self.kind, name=path.name, content=content)
        said = {option.name: options[option.name] for option in importer.options if options.get(option.name)}
        mapping = {**batch.mapping, **pairs(options["map"], "--map")}
        return choose_columns(
            by=actor,
            batch=batch,
            layers=options["layer"] or None,
            mapping=mapping,
            options=said,
            answers=pairs(options["answer"], "--answer"),
            encoding=options["encoding"],
        )

    def report(
        self, actor: Actor, batch: ImportBatch, options: dict[str, Any], ready: int, refused: int, *, dry_run: bool
    ) -> None:
        """A plain summary; accepted and refused add up to the rows of the file."""
        summary = batch.summary
        verb = "would be accepted" if dry_run else "accepted"
        same = summary.get("unchanged", 0) if dry_run else batch.unchanged
        self.stdout.write(f"{batch.file.name}: {ready + refused:,} rows")
        parts = f"{summary.get('new', 0):,} new, {summary.get('changed', 0):,} changed, {same:,} already there"
        self.stdout.write(f"  {ready:,} {verb}: {parts}")
        self.stdout.write(f"  {refused:,} refused")
        for reason in summary.get("reasons", []):
            example = "".join(f" (row {one['row']}: {one['reason']})" for one in reason["examples"][:1])
            self.stdout.write(f"  {reason['count']:,} x {reason['code']}{example}")
        for line in summary.get("lines", []):
            self.stdout.write(f"  {line}")
        if rejected := options["rejected"]:
            if not is_there(batch.file):
                raise CommandError("The list was deleted when it had been taken in, because it names persons.")
            reading = readable_path(batch.file)
            with rejected.open("wb") as target, scope(actor, statement_timeout_ms=0), reading as path:
                count = write_back(
                    target, batch, file_view(batch.inspection), path, xlsx=rejected.suffix == ".xlsx", rows=REFUSED
                )
            self.stdout.write(f"  {count:,} refused rows written to {rejected}")

    def say(self, text: str) -> None:
        self.stderr.write(f"\r{text}", ending="")
        self.stderr.flush()

    def end_line(self) -> None:
        self.stderr.write("")


def municipality_id(code: str) -> int:
    """The number behind a code: all that is needed to enter the municipality's scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_id_of_code(%s)", [code])
        (found,) = cursor.fetchone()
    if found is None:
        raise CommandError(f"There is no municipality with the code '{code}'.", returncode=WRONG_INPUT)
    return int(found)


def pairs(texts: list[str], flag: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise CommandError(f"{flag} needs NAME=VALUE, not '{text}'.", returncode=WRONG_INPUT)
        found[name.strip()] = value.strip()
    return found


def refuse_questions(batch: ImportBatch) -> None:
    """Open questions, and how each is answered on the command line."""
    if batch.state != ASKS:
        return
    own = {option.name for option in importer_of(batch.kind).options}
    lines, hints = [], []
    for question in batch.summary["questions"]:
        key = question["key"]
        choices = ", ".join(choice["value"] for choice in question["choices"])
        lines.append(question["text"] + (f" Known: {choices}." if choices else ""))
        hints.append(f"--{key.replace('_', '-')} ..." if key in own else f"--answer '{key}=...'")
    raise CommandError("\n".join([*lines, f"Answer with: {' '.join(hints)}"]), returncode=WRONG_INPUT)
