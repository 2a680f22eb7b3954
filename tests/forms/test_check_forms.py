"""A folder of XLSForms and filled forms is judged as pyxform with ODK Validate judges it, file by file."""

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

GOOD = """
| survey | | | | |
| | type | name | label | constraint |
| | integer | people | How many | . < 100 |
| | select_one yn | roof | A roof? | |
| choices | | | |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
"""
BROKEN = GOOD.replace("select_one yn", "select_one nothing_such")
# pyxform converts this one; only ODK Validate tries the expression
UNBALANCED = GOOD.replace(". < 100", "(. < 100")


def filled(people: str, extra: str = "") -> str:
    meta = "<meta><instanceID>uuid:1</instanceID></meta>"
    return f'<data id="good"><people>{people}</people><roof>yes</roof>{extra}{meta}</data>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.md").write_text(GOOD)
    (tmp_path / "broken.md").write_text(BROKEN)
    (tmp_path / "sent").mkdir()
    sent = {"right": filled("3"), "wrong": filled("300"), "cut": filled("3")[:-9], "other": '<data id="else"/>'}
    for name, xml in sent.items():
        (tmp_path / "sent" / f"{name}.xml").write_text(xml)
    return tmp_path


def test_forms_and_filled_forms_are_told_with_reasons(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_forms", str(folder))
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines() if ": " in line)
    assert told["good.md"] == "accepted; peer accepted"
    assert told["broken.md"].startswith("refused: ")
    assert "peer refused: " in told["broken.md"]
    assert told["sent/right.xml"] == "taken; id uuid:1"
    assert told["sent/wrong.xml"] == "waits for a person (/people constraint); id uuid:1"
    assert told["sent/cut.xml"].startswith("kept aside: ")
    assert told["sent/other.xml"].startswith("kept aside: no form 'else' here")


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs Java")
def test_a_form_only_the_validator_refuses_is_not_passed_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "unbalanced.md").write_text(UNBALANCED)
    try:
        call_command("check_forms", str(folder))
    except CommandError as different:
        pytest.fail(f"{different}\n{capsys.readouterr().out}")
    assert "unbalanced.md: refused: " in capsys.readouterr().out
