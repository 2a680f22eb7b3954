"""Files of filled forms are kept in a folder of the test."""

from tests.intake.conftest import file_store

__all__ = ["file_store"]
