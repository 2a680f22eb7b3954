"""README says what is so."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_place_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text()
    table = text.split("## Where things go")[1].split("\n\n")[1]
    named = re.findall(r"`([\w./-]+)`", "\n".join(line.split("|")[2] for line in table.splitlines()[2:]))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists() and "/" in name] == []


def test_every_command_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text()
    commands = set(re.findall(r"deploy/manage (\w+)", text))
    there = {path.stem for path in ROOT.glob("*/management/commands/*.py")}
    assert commands - there == set()
    assert {name for name in re.findall(r"(deploy/[\w-]+)(?![\w./-])", text) if not (ROOT / name).exists()} == set()


def test_every_folder_of_the_house_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    for app in ("crisis", "municipal_units", "assessments", "damage", "deploy", "tests"):
        assert f"`{app}/" in text
