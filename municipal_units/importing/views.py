"""What an inspected file looks like, as kept with its import and shown on the page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crisis.lib.inspection import FileInspection


@dataclass(frozen=True)
class ColumnView:
    """A column of the file with some of its own texts."""

    name: str
    kind: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerView:
    """A layer or sheet. `srid` None with an empty `crs` means that the file does not say."""

    name: str
    rows: int
    geometry: str
    srid: int | None
    crs: str
    columns: tuple[ColumnView, ...]
    header_row: int | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def has_shapes(self) -> bool:
        return self.geometry != "None"


@dataclass(frozen=True)
class FileView:
    """A whole file."""

    kind: str
    name: str
    layers: tuple[LayerView, ...]
    encoding: str
    encodings: tuple[Mapping[str, str], ...]
    notes: tuple[Mapping[str, Any], ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Every column name of any layer, once, in order."""
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.column_names))

    def chosen(self, names: list[str] | tuple[str, ...]) -> tuple[LayerView, ...]:
        """The named layers in the file's order; all of them when none is named."""
        return tuple(layer for layer in self.layers if not names or layer.name in names)


def view_of(inspection: FileInspection) -> dict[str, Any]:
    """The inspection as JSON."""
    return {
        "kind": inspection.kind.value,
        "name": inspection.filename,
        "layers": [
            {
                "name": layer.name,
                "rows": layer.features,
                "geometry": layer.geometry,
                "srid": layer.srid,
                "crs": layer.crs_name,
                "columns": [
                    {"name": column.name, "kind": column.kind, "samples": list(column.samples)}
                    for column in layer.columns
                ],
                "header_row": layer.header_row,
            }
            for layer in inspection.layers
        ],
        "encoding": inspection.encoding,
        "encodings": [asdict(choice) for choice in inspection.encodings],
        "notes": [asdict(note) for note in inspection.notes],
    }


def file_view(stored: Mapping[str, Any]) -> FileView:
    """The kept JSON as an object again."""
    return FileView(
        kind=stored["kind"],
        name=stored["name"],
        layers=tuple(
            LayerView(
                name=layer["name"],
                rows=layer["rows"],
                geometry=layer["geometry"],
                srid=layer["srid"],
                crs=layer["crs"],
                columns=tuple(
                    ColumnView(column["name"], column["kind"], tuple(column["samples"])) for column in layer["columns"]
                ),
                header_row=layer.get("header_row"),
            )
            for layer in stored["layers"]
        ),
        encoding=stored["encoding"],
        encodings=tuple(stored["encodings"]),
        notes=tuple(stored["notes"]),
    )
