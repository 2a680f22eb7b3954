"""Reads a QR drawing as a phone's camera does, from the picture alone (ISO/IEC 18004), without repairing damage."""

import re
from typing import Any
from urllib.parse import unquote

from segno import consts

Grid = list[list[bool]]
MASKS = (
    lambda r, c: (r + c) % 2 == 0,
    lambda r, c: r % 2 == 0,
    lambda r, c: c % 3 == 0,
    lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0,
    lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)
FORMAT_MASK, BYTES = 0x5412, 0b0100


def text_of_drawing(address: str) -> str:
    """The text of a QR in an image address of SVG with one dark line per run of modules."""
    grid = modules(unquote(address))
    size = len(grid)
    version = (size - 17) // 4
    format_bits = [grid[8][c] for c in (*range(6), 7, 8)] + [grid[r][8] for r in (7, *range(5, -1, -1))]
    info = (number(format_bits) ^ FORMAT_MASK) >> 10
    level, mask = info >> 3, MASKS[info & 7]
    fixed = fixed_modules(version, size)
    bits = []
    pairs = [(c, c - 1) for c in range(size - 1, 6, -2)] + [(c, c - 1) for c in range(5, 0, -2)]
    for turn, pair in enumerate(pairs):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        bits += [grid[r][c] != mask(r, c) for r in rows for c in pair if not fixed[r][c]]
    words = [number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    return content(data_words(words, version, level), version)


def modules(svg: str) -> Grid:
    """Dark and light, without the quiet zone, from the strokes "M4 4.5h7m2 0h2..." of the drawing."""
    path = re.search(r"stroke='#000' d='([^']+)'", svg)
    side = re.search(r"d='M0 0h(\d+)v", svg)
    assert path is not None
    assert side is not None
    dark, x, y = set(), 0.0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", path.group(1)):
        if command == "h":
            dark |= {(int(y), int(x) + step) for step in range(int(first))}
            x += float(first)
        else:
            x, y = (float(first), float(second)) if command == "M" else (x + float(first), y + float(second))
    quiet = min(c for _, c in dark)
    inside = range(quiet, int(side.group(1)) - quiet)
    return [[(r, c) in dark for c in inside] for r in inside]


def number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def fixed_modules(version: int, size: int) -> Grid:
    """Where patterns and descriptions stand, not content."""
    fixed = [[r == 6 or c == 6 for c in range(size)] for r in range(size)]

    def block(top: int, left: int, height: int, width: int) -> None:
        for r in range(top, top + height):
            for c in range(left, left + width):
                fixed[r][c] = True

    block(0, 0, 9, 9)
    block(0, size - 8, 9, 8)
    block(size - 8, 0, 8, 9)
    if version >= 7:
        block(0, size - 11, 6, 3)
        block(size - 11, 0, 3, 6)
    at: tuple[int, ...] = tuple(consts.ALIGNMENT_POS[version - 2]) if version > 1 else ()
    for r in at:
        for c in at:
            if (r, c) not in ((at[0], at[0]), (at[0], at[-1]), (at[-1], at[0])):
                block(r - 2, c - 2, 5, 5)
    return fixed


def data_words(words: list[int], version: int, level: int) -> list[int]:
    """The words of content, taken out of the blocks they are spread over."""
    levels: Any = consts.ECC[version]
    sizes = [ec.num_data for ec in levels[level] for _ in range(ec.num_blocks)]
    blocks: list[list[int]] = [[] for _ in sizes]
    given = iter(words)
    for place in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if place < size:
                block.append(next(given))
    return [word for block in blocks for word in block]


def content(words: list[int], version: int) -> str:
    bits = "".join(f"{word:08b}" for word in words)
    assert int(bits[:4], 2) == BYTES, "not written as bytes"
    width = 8 if version < 10 else 16
    count, start = int(bits[4 : 4 + width], 2), 4 + width
    return bytes(int(bits[start + 8 * n : start + 8 * n + 8], 2) for n in range(count)).decode()
