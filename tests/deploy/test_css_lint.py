"""The check that keeps pages readable in both directions."""

import subprocess
import sys
from pathlib import Path

import pytest

LINT = Path(__file__).parents[2] / "deploy" / "lib" / "lint_css.py"


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(LINT), str(path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "declaration",
    [
        "margin-left: 1em;",
        "border-top-left-radius:4px}",
        "inset:0;left:0;",
        "text-align : right;",
        "float:left}",
        "scroll-padding-right: 2px;",
    ],
)
def test_a_physical_declaration_is_named_with_its_line(tmp_path: Path, declaration: str) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text(f".panel {{\n  color: red;\n  {declaration}\n")
    result = lint(sheet)
    assert result.returncode == 1
    assert f"{sheet}:3:" in result.stdout


@pytest.mark.parametrize(
    "css",
    [
        "a { margin-inline-start: 1em; text-align: start }",
        ".maplibregl-ctrl-top-right:hover, .turn-left { color: red }",
        "/* margin-left: 1em; */ a { color: red }",
        ".map-corner { right: 0; /* physical: the library's own corner */ }",
    ],
)
def test_logical_declarations_names_and_reasons_pass(tmp_path: Path, css: str) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text(css)
    assert lint(sheet).returncode == 0, lint(sheet).stdout


def test_templates_are_read_only_where_they_hold_css(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text('<p>The choice is left: yes; or right: no;</p>\n<b style="padding-right:1px">x</b>')
    assert f"{page}:2:" in lint(page).stdout
    assert f"{page}:1:" not in lint(page).stdout
