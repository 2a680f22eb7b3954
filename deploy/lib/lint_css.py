"""Finds CSS declarations that name left or right: pages are read in both directions, so only logical ones are used.

Looks at style sheets, at style elements and attributes of templates. A line that must be physical (a map library's own
corner, say) carries the comment `physical: reason`.
"""

import re
import sys
from pathlib import Path

SIDED_PROPERTY = re.compile(
    r"(?<![\w.#-])((?:margin|padding|border|scroll-margin|scroll-padding|inset)(?:-\w+)*-(?:left|right)(?:-\w+)*"
    r"|(?<!-)(?:left|right))\s*:(?!:)\s*[^;{}]+[;}\"']"
)
SIDED_VALUE = re.compile(r"(?<![\w-])(text-align|float|clear)\s*:\s*(left|right)\b")
STYLE = re.compile(r"<style[^>]*>(.*?)</style>|\sstyle=(\"[^\"]*\"|'[^']*')", re.DOTALL)
COMMENT = re.compile(r"/\*(?!\s*physical:).*?\*/", re.DOTALL)


def styles_of(path: Path) -> str:
    """The CSS in a file, everything else blanked out so that line numbers stay."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".css":
        kept = text
    else:
        blank = list(re.sub(r"[^\n]", " ", text))
        for found in STYLE.finditer(text):
            blank[found.start() : found.end()] = text[found.start() : found.end()]
        kept = "".join(blank)
    return COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment.group()), kept)


def complaints(path: Path) -> list[str]:
    """One line per physical declaration in the file."""
    css = styles_of(path)
    lines = css.splitlines()
    found = []
    for pattern in (SIDED_PROPERTY, SIDED_VALUE):
        for match in pattern.finditer(css):
            number = css.count("\n", 0, match.start()) + 1
            if "physical:" not in lines[number - 1]:
                found.append((number, match.group().strip().rstrip(";}\"'")))
    return [f"{path}:{number}: {' '.join(text.split())}" for number, text in sorted(found)]


if __name__ == "__main__":
    listed = [line for name in sys.argv[1:] for line in complaints(Path(name))]
    print(*listed, sep="\n", end="\n" if listed else "")
    if listed:
        print("Use logical properties (margin-inline-start, inset-inline-end, text-align: start).")
    sys.exit(bool(listed))
