"""The damage importer: what its columns may mean, and how its rows end in `receive_damage`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np
from django.utils import timezone

from damage.actions import Ahead, DamageReceipt, product_named, receive_damage
from damage.actions.recognition import anything_near
from damage.actions.withdrawing import withdraw_damage
from damage.core import presets
from damage.core.grading import Method, SourceScale
from damage.importers.notes import Notes
from damage.importers.ordering import Ordered, damage_rows, ordered
from damage.importers.reading import OCCASIONS, Sheet, read_sheet
from damage.models import DamageProduct, StructureReference
from municipal_units.core.vocabulary import Confidence
from municipal_units.importing.columns import guess_columns
from municipal_units.importing.contract import (
    CHOOSE,
    ColumnUse,
    Counted,
    ImportContext,
    Importer,
    Option,
    Portion,
    Suggestion,
    Withdrawn,
)
from municipal_units.importing.views import FileView
from municipal_units.models import Event, ImportBatch
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.names import place_names
from municipal_units.selectors.placing import PlaceIndex, place_index

PORTION_ROWS = 10_000

VALUE_WORDS = (
    "damage", "damage class", "damage grade", "damage level", "damage_gra", "grading", "grade", "main damage",
    "degats", "dégâts", "niveau de degats", "degre de dommage", "الضرر", "درجة الضرر", "hasar", "hasar durumu",
)  # fmt: skip
DATE_WORDS = (
    "observed at", "observed on", "date", "image date", "assessment date", "survey date", "inspection date", "src_date",
    "seen on", "date d'observation", "date de visite", "vu le", "التاريخ", "تاريخ", "tarih",
)  # fmt: skip
PLACE_WORDS = (
    "neighbourhood", "neighborhood", "neighborho", "quartier", "secteur", "district", "settlement", "الحي", "حي",
    "mahalle",
)  # fmt: skip

USES: tuple[ColumnUse, ...] = (
    ColumnUse("value", "Damage as written", VALUE_WORDS, required=True),
    ColumnUse("observed_at", "Seen on", DATE_WORDS),
    ColumnUse("key", "Id of the building in this source", ("building id", "structure id", "osm id", "id batiment")),
    ColumnUse("written_place", "Neighbourhood as written", PLACE_WORDS),
    ColumnUse("lon", "Longitude, or x"),
    ColumnUse("lat", "Latitude, or y"),
    ColumnUse("wkt", "Shape as text (WKT)", ("wkt", "geometry")),
    ColumnUse("site", "Kind of place as written", ("siteid", "settl_type", "site type", "occupancy")),
    ColumnUse("structure_type", "Building type", ("structure type", "building type")),
    ColumnUse("storeys", "Storeys", ("storeys", "floors", "etages", "عدد الطوابق")),
    ColumnUse("dwelling_units", "Dwelling units", ("dwelling units", "dwellings", "logements")),
    ColumnUse("floor_area_m2", "Floor area, m²", ("floor area", "floor_area_m2", "area_m2", "surface")),
    *(
        use
        for number, suffix in enumerate(OCCASIONS[1:], start=2)
        for use in (
            ColumnUse(f"value{suffix}", f"Damage as written, date {number}"),
            ColumnUse(f"observed_at{suffix}", f"Seen on, date {number}"),
        )
    ),
)

SCALES = {
    SourceScale.CANONICAL: "Ours: none, slight, moderate, heavy, very heavy, destroyed",
    SourceScale.EMS98: "EMS-98: D1 to D5",
    SourceScale.UNOSAT: "UNOSAT: destroyed, severe, moderate, possible",
    SourceScale.COPERNICUS: "Copernicus EMS: destroyed, damaged, possibly damaged",
    SourceScale.COPERNICUS_PRE2018: "Copernicus EMS before 2018: completely destroyed to not affected",
    SourceScale.XBD: "xBD: 0 to 3",
    SourceScale.HAZUS: "HAZUS: none to complete",
    SourceScale.FEMA_PDA: "FEMA: affected, minor, major, destroyed",
    SourceScale.IOM_DTM: "IOM DTM: undamaged to destroyed",
    SourceScale.ATC20_BIN: "ATC-20: share of replacement cost",
    SourceScale.UN_HABITAT: "UN-Habitat: slight to destroyed",
}
METHODS = {
    Method.SATELLITE: "Satellite picture",
    Method.AERIAL: "Drone or aeroplane",
    Method.WINDSHIELD: "Seen while driving by",
    Method.RAPID_FIELD: "Quick look on the ground",
    Method.DETAILED_ENGINEERING: "Engineer's inspection",
    Method.COMMUNITY_REPORT: "Report of the community",
    Method.FACILITY_REPORT: "Report of the facility",
}
OPTIONS: tuple[Option, ...] = (
    Option("source", "Who made it", required=True),
    Option("product", "Name of the product or survey", required=True),
    Option("scale", "Scale", "choice", (CHOOSE, *((s.value, label) for s, label in SCALES.items())), required=True),
    Option(
        "method", "How it was seen", "choice", tuple((m.value, label) for m, label in METHODS.items()), required=True
    ),
    Option("observed_on", "Seen on", "date", help="For rows without a date of their own."),
    Option("confidence", "How sure", "choice", (CHOOSE, *((c.value, c.value) for c in Confidence))),
    Option("srid", "Coordinate system (EPSG number)", "number", help="Only where the file does not declare one."),
)


class DamageImporter(Importer):
    kind = "damage"
    label = "Damage"
    permission = Permission.ASSESS_DAMAGE
    uses = USES
    options = OPTIONS
    looks_first = True

    def suggest(self, file: FileView, remembered: Mapping[str, str]) -> Suggestion:
        preset = presets.detect(file.layers, filename=file.name)
        if preset is None or not preset.grading:
            first = next((layer.name for layer in file.layers if layer.rows), "")
            return Suggestion(
                layers=(first,) if first else (),
                mapping=guess_columns(self.uses, file, remembered),
                options={"product": presets.stem(file.name)},
            )
        layer = preset.grading[0]
        mapping = {"written_place": layer.written_place, "site": layer.site_type, "key": layer.feature_id}
        for suffix, epoch in zip(OCCASIONS, layer.epochs, strict=False):
            mapping |= {f"value{suffix}": epoch.value, f"observed_at{suffix}": epoch.date}
        return Suggestion(
            preset=preset.code,
            layers=tuple(graded.layer for graded in preset.grading),
            mapping={use: column for use, column in mapping.items() if column} | dict(remembered),
            options={
                "source": preset.source,
                "product": preset.product,
                "scale": layer.scale.value,
                "method": preset.method.value,
            },
            notes=(
                f"Recognised as a delivery of {preset.source}.",
                *(f"{name}: {why}" for name, why in (preset.skipped or {}).items()),
                *(question.message for question in preset.questions),
            ),
        )

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        return withdraw_damage(by=by, batch=batch)

    def portions(self, context: ImportContext, *, skip_rows: int = 0) -> Iterator[Portion]:
        sheet = read_sheet(context)
        plan = ordered(context, sheet, timezone.now())
        work = Work(context, sheet, plan)
        refused = int(sheet.refused.sum())
        if skip_rows < refused or not len(sheet):
            yield Portion(refused, lambda dry_run: Counted(refused=refused, notes=sheet.notes))
        for first, last in work.cuts(max(0, skip_rows - refused)):
            write = None if work.product is None else partial(work.write, first, last)
            yield Portion(last - first, partial(work.take, first, last), write)


@dataclass
class Work:
    """One import under way: what all portions share, read once."""

    context: ImportContext
    sheet: Sheet
    plan: Ordered
    places: PlaceIndex = field(init=False)
    notes: Notes = field(init=False)
    ahead: Ahead = field(init=False)
    product: DamageProduct | None = None
    last_event: int = 0

    def __post_init__(self) -> None:
        town = self.context.municipality
        self.places = place_index(town.pk, town.outline)
        self.notes = Notes(self.context, self.sheet, place_names(town.pk))
        row = self.plan.observation_row
        # For each row, the number of its first observation; one more entry for the end.
        self.starts = np.append(np.flatnonzero(np.diff(row, prepend=-1)), len(row))
        self.new_structure = np.diff(self.sheet.names.group[self.plan.rows], prepend=-1) != 0
        self.product = DamageProduct.objects.filter(
            municipality=town, source_name=self.source_name, name=self.context.option("product")
        ).first()
        self.ahead = self.look_ahead()

    @property
    def source_name(self) -> str:
        return self.context.option("source") or self.context.source.name

    def look_ahead(self) -> Ahead:
        """What holds for the whole file: nothing of this product yet, no structure in its area."""
        town = self.context.municipality.pk
        self.last_event = (
            Event.objects.filter(municipality_id=town).order_by("-pk").values_list("pk", flat=True).first() or 0
        )
        fresh = self.product is None or not StructureReference.objects.filter(product=self.product).exists()
        xy = self.sheet.xy[self.plan.rows]
        return Ahead(
            product_is_new=fresh,
            nothing_near=not anything_near(town, xy, self.match_distance_m),
            others_wrote=self.somebody_else_wrote,
        )

    @property
    def match_distance_m(self) -> float:
        return self.context.source.match_distance_m

    def cuts(self, skip: int) -> Iterator[tuple[int, int]]:
        """Stretches of about PORTION_ROWS rows that never divide the rows of one structure, without the first `skip`
        rows. Stretches that follow each other lie half the file apart, so that two at once write on different ground.
        """
        stretches = []
        first = 0
        while first < len(self.plan.rows):
            last = min(first + PORTION_ROWS, len(self.plan.rows))
            while last < len(self.plan.rows) and not self.new_structure[last]:
                last += 1
            stretches.append((first, last))
            first = last
        half = -(-len(stretches) // 2)
        for pair in zip_longest(stretches[:half], stretches[half:]):
            for first, last in filter(None, pair):
                if skip < last - first:
                    yield first + skip, last
                skip = max(0, skip - (last - first))

    def take(self, first: int, last: int, dry_run: bool) -> Counted:
        """Rows `first` to `last` of the plan through the action; each row counts once, whatever its dates say."""
        return self.write(first, last, dry_run=dry_run)()

    def write(self, first: int, last: int, *, dry_run: bool = False) -> Callable[[], Counted]:
        """The same without counting, which is done in the order of portions."""
        chosen = slice(int(self.starts[first]), int(self.starts[last]))
        rows = damage_rows(self.sheet, self.plan, chosen)
        if self.product is None or not dry_run and self.product.pk is None:
            self.product = self.find_product(dry_run)
        receipt = receive_damage(
            by=self.context.by,
            municipality=self.context.municipality,
            rows=rows,
            product=self.product,
            batch=None if dry_run else self.context.batch,
            crisis=self.context.crisis,
            places=self.places,
            match_distance_m=self.match_distance_m,
            ahead=self.ahead,
            dry_run=dry_run,
        )
        return partial(self.count, first, last, chosen, receipt)

    def find_product(self, dry_run: bool) -> DamageProduct:
        name, method = self.context.option("product"), self.context.option("method")
        if dry_run:
            return DamageProduct(municipality=self.context.municipality, source_name=self.source_name, name=name)
        return product_named(
            by=self.context.by,
            municipality=self.context.municipality,
            source_name=self.source_name,
            name=name,
            method=method,
            source=self.context.source,
        )

    def somebody_else_wrote(self) -> bool:
        """Whether damage came in by another way since this import looked ahead."""
        return (
            Event.objects.filter(
                municipality=self.context.municipality,
                pk__gt=self.last_event,
                kind__in=("damage.assessed", "structure.changed"),
            )
            .exclude(subject_type="importbatch", subject_id=self.context.batch.pk)
            .exists()
        )

    def count(self, first: int, last: int, chosen: slice, receipt: DamageReceipt) -> Counted:
        """Turns what became of observations into what became of rows."""
        size = last - first
        of_row = np.repeat(np.arange(size), np.diff(self.starts[first : last + 1]))
        refused = any_of(of_row, receipt.refused | receipt.conflicting, size)
        new = any_of(of_row, receipt.new_structure, size) & ~refused
        changed = any_of(of_row, receipt.written, size) & ~refused & ~new
        counted = Counted(
            new=int(new.sum()),
            changed=int(changed.sum()),
            unchanged=size - int((refused | new | changed).sum()),
            refused=int(refused.sum()),
        )
        self.notes.add(counted, self.plan.observation_row[chosen], receipt)
        return counted


def any_of(of_row: np.ndarray[Any, Any], flags: np.ndarray[Any, Any], size: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each row whether one of its observations is flagged."""
    return np.bincount(of_row[flags], minlength=size) > 0
