"""Which tiles cover a square, by the usual numbering of web maps."""

import math


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    across = int((lon + 180) / 360 * 2**zoom)
    down = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    return across, down


def tiles_around(west: float, south: float, size: float, zoom: int) -> list[tuple[int, int, int]]:
    """All tiles of one zoom that touch the square with this south-western corner and side in degrees."""
    first_x, last_y = tile_of(west, south, zoom)
    last_x, first_y = tile_of(west + size, south + size, zoom)
    return [(zoom, x, y) for x in range(first_x, last_x + 1) for y in range(first_y, last_y + 1)]
