"""Packages come from where the machine's own pip is told to look, and no lock file says otherwise."""

from pathlib import Path

import pytest

from tests.deploy.test_processes import ROOT, shell

MIRROR = "https://mirror.invalid/simple"
EXTRA = ["https://one.invalid/simple", "https://two.invalid/simple"]


@pytest.fixture
def var(tmp_path: Path) -> Path:
    """A private folder whose pip answers `pip config list` like one with a configured registry."""
    program = tmp_path / "boot" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(
        "#!/bin/sh\ncat <<'C'\n"
        f"global.index-url='{MIRROR}'\n"
        f"global.extra-index-url='{EXTRA[0]}\\n{EXTRA[1]}'\n"
        ":env:.cert='/etc/own.pem'\n"
        "global.timeout='60'\nC\n"
    )
    program.chmod(0o755)
    return tmp_path


def test_pips_own_configuration_is_handed_to_uv(var: Path) -> None:
    told = shell('use_pip_configuration; echo "$UV_DEFAULT_INDEX|$UV_INDEX|$UV_INDEX_STRATEGY|$SSL_CERT_FILE"', var)
    assert told.stdout.strip() == f"{MIRROR}|{EXTRA[0]} {EXTRA[1]}|unsafe-best-match|/etc/own.pem"


def test_what_is_set_for_uv_itself_wins(var: Path) -> None:
    told = shell(
        "export UV_DEFAULT_INDEX=https://chosen.invalid/simple SSL_CERT_FILE=/etc/chosen.pem\n"
        'use_pip_configuration; echo "$UV_DEFAULT_INDEX|$SSL_CERT_FILE"',
        var,
    )
    assert told.stdout.strip() == "https://chosen.invalid/simple|/etc/chosen.pem"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_python_locks_hold_versions_and_hashes_only(name: str) -> None:
    lines = (ROOT / "deploy" / name).read_text().splitlines()
    assert lines
    for line in lines:
        assert "://" not in line
        assert "==" in line or line.startswith("    --hash=sha256:"), line


def test_the_runtime_lock_is_part_of_the_lock_of_the_tests() -> None:
    def pins(name: str) -> set[str]:
        return {line.rstrip(" \\") for line in (ROOT / "deploy" / name).read_text().splitlines() if "==" in line}

    def versions(name: str) -> set[str]:
        return {pin.split(" ;")[0] for pin in pins(name)}

    assert versions("requirements.lock") <= versions("requirements-dev.lock")


def test_the_lock_of_browser_libraries_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
