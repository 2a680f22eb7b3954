"""Votes of assemblies: counts by work, assembly and group."""

from datetime import date

from ninja import Schema
from pydantic import Field


class AssemblyRowIn(Schema):
    work: str = Field(max_length=80)
    assembly: str = Field(max_length=200)
    held_on: date
    group: str = Field(max_length=20)
    present: int = Field(ge=0, le=1_000_000)
    votes_for: int = Field(ge=0, le=1_000_000)
    votes_against: int = Field(ge=0, le=1_000_000)


class AssembliesIn(Schema):
    rows: list[AssemblyRowIn] = Field(max_length=5000)
    source: str = Field(max_length=300)


class AssemblyRowOut(Schema):
    """`problem` is empty where the row was taken."""

    work: str
    assembly: str
    group: str
    problem: str


class AssemblyWork(Schema):
    id: int
    code: str
    names: dict[str, str]
    votes_for: int | None
    votes_against: int | None


class Participation(Schema):
    assembly: str
    held_on: date
    groups: dict[str, int | None]


class AssembliesOut(Schema):
    works: list[AssemblyWork]
    participation: list[Participation]
