"""Shapefiles as they are sent: zipped, several at once, letters in an old code page that nobody wrote down."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from crisis.lib.encoding import guess_encoding
from crisis.lib.errors import Unreadable
from crisis.lib.inspection import EncodingChoice

PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".cst"}
# dBASE language byte -> code page, the ones met in practice (dBASE and FoxPro tables).
LANGUAGE_BYTES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x57: "cp1252",
    0x58: "cp1252",
    0x59: "cp1252",
    0x64: "cp852",
    0x65: "cp866",
    0x6B: "cp857",
    0x7D: "cp1255",
    0x7E: "cp1256",
    0xC8: "cp1250",
    0xC9: "cp1251",
    0xCA: "cp1254",
    0xCB: "cp1253",
}
# 0x57 is what ArcGIS writes whatever the page is: it decides nothing by itself.
UNSURE_BYTES = {0x00, 0x57}
SAMPLED_RECORDS = 5000


@dataclass(frozen=True)
class ShapefileLayer:
    """One shapefile of a delivery, unpacked side by side under one stem so that GDAL finds its parts."""

    name: str
    shp: Path
    member: str
    encoding: str
    encodings: tuple[EncodingChoice, ...]
    declared: str
    has_crs: bool


def layers_of(members: dict[str, Path], folder: Path) -> list[ShapefileLayer]:
    """Groups unpacked members into shapefiles. `members`: name in the archive -> path."""
    groups: dict[str, dict[str, Path]] = {}
    names: dict[str, PurePosixPath] = {}
    for member, path in members.items():
        inside = PurePosixPath(member)
        if inside.suffix.casefold() in PARTS and not inside.name.startswith("."):
            stem = inside.with_suffix("")
            names.setdefault(str(stem).casefold(), stem)
            groups.setdefault(str(stem).casefold(), {})[inside.suffix.casefold()] = path
    return [
        assemble(number, names[key], parts, folder)
        for number, (key, parts) in enumerate(groups.items())
        if ".shp" in parts
    ]


def assemble(number: int, stem: PurePosixPath, parts: dict[str, Path], folder: Path) -> ShapefileLayer:
    for needed in (".dbf", ".shx"):
        if needed not in parts:
            raise Unreadable(
                f"'{stem.name}{needed}' is missing beside the .shp. Zip all parts of the shapefile together."
            )
    base = folder / f"layer{number}"
    for suffix, path in parts.items():
        path.rename(base.with_suffix(suffix))
    shp = base.with_suffix(".shp")
    check_main_file(shp, stem.name)
    declared = declared_encoding(base)
    encoding, choices = guess_encoding(character_cells(base.with_suffix(".dbf")), declared=declared or None)
    return ShapefileLayer(stem.name, shp, str(stem), encoding, choices, declared, base.with_suffix(".prj").exists())


def check_main_file(shp: Path, name: str) -> None:
    """File code 9994 and a length that fits: a truncated upload is said so, not read in half."""
    with shp.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or struct.unpack(">i", head[:4])[0] != 9994:
        raise Unreadable(f"'{name}.shp' is not a shapefile. Export the layer again.")
    if struct.unpack(">i", head[24:28])[0] * 2 > shp.stat().st_size:
        raise Unreadable(f"'{name}.shp' is cut off. Send the whole file again.")


def declared_encoding(base: Path) -> str:
    """What the .cpg file says, else what the language byte says; "" when neither helps."""
    cpg = base.with_suffix(".cpg")
    if cpg.exists():
        word = cpg.read_bytes()[:40].decode("ascii", "ignore").strip().casefold()
        return code_page(word)
    with base.with_suffix(".dbf").open("rb") as file:
        head = file.read(32)
    byte = head[29] if len(head) == 32 else 0
    return "" if byte in UNSURE_BYTES else LANGUAGE_BYTES.get(byte, "")


def code_page(word: str) -> str:
    """`UTF-8`, `1256`, `ANSI 1256`, `ISO 88596`, `windows-1256` as Python names them; "" when it says nothing."""
    compact = word.replace(" ", "").replace("-", "").replace("_", "")
    if compact in ("utf8", "65001"):
        return "utf-8"
    if compact.startswith(("iso8859", "88591", "8859")):
        part = compact.removeprefix("iso").removeprefix("8859")
        return f"iso8859-{part}" if part.isdigit() and 1 <= int(part) <= 16 else ""
    digits = "".join(letter for letter in compact if letter.isdigit())
    return f"cp{digits}" if digits in {"437", "850", "852", "857", "866"} or digits.startswith("125") else ""


def deleted_records(dbf: Path) -> int:
    """How many records carry the mark of deletion (`*` in their first byte)."""
    with dbf.open("rb") as file:
        head = file.read(32)
    if len(head) < 32:
        return 0
    records, header_bytes, record_bytes = struct.unpack("<IHH", head[4:12])
    cells = np.memmap(dbf, dtype=np.uint8, mode="r")[header_bytes:]
    records = min(records, len(cells) // max(record_bytes, 1))
    return int(np.count_nonzero(cells[: records * record_bytes : record_bytes] == ord("*"))) if records else 0


def character_cells(dbf: Path) -> Iterator[bytes]:
    """Raw character cells of the first records and the column names."""
    with dbf.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            raise Unreadable("The .dbf table is cut off. Send the whole shapefile again.")
        records, header_bytes, record_bytes = struct.unpack("<IHH", head[4:12])
        columns = []
        at = 1
        while len(field := file.read(32)) == 32 and field[0] != 0x0D:
            if field[11:12] in (b"C", b"M"):
                columns.append((at, at + field[16]))
            yield field[:11].split(b"\0")[0]
            at += field[16]
        file.seek(header_bytes)
        for _ in range(min(records, SAMPLED_RECORDS)):
            record = file.read(record_bytes)
            yield from (record[start:end].strip() for start, end in columns)
