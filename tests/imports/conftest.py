"""Uploaded files of tests go to a folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(FILE_STORE=tmp_path / "files"):
        yield tmp_path / "files"
