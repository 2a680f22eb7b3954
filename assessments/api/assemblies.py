"""Votes of assemblies over HTTP."""

from typing import Any

from ninja import Router

from assessments.actions.assemblies import AssemblyRow, record_assemblies
from assessments.schemas.assemblies import AssembliesIn, AssembliesOut, AssemblyRowOut
from assessments.selectors.assemblies import assemblies_told
from municipal_units.api.asking import Asking
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

router = Router(tags=["plans"])
ASSEMBLIES = "/municipalities/{slug:code}/assembly-votes"


@router.get(ASSEMBLIES, response=AssembliesOut, operation_id="assembly_votes")
def votes(request: Asking, code: str) -> dict[str, Any]:
    """How assemblies voted on works, and who came; beside the computed order, never part of it."""
    return assemblies_told(municipality_for(request.auth, code, Permission.VIEW_WORKS), actor=request.auth)


@router.post(ASSEMBLIES, response=list[AssemblyRowOut], operation_id="record_assembly_votes")
def record(request: Asking, code: str, sheet: AssembliesIn) -> list[dict[str, Any]]:
    """Good rows are taken, the others come back with the reason."""
    town = municipality_for(request.auth, code, Permission.RECORD_VOTES)
    rows = [AssemblyRow(**row.dict()) for row in sheet.rows]
    told = record_assemblies(by=request.auth, municipality=town, rows=rows, source=sheet.source)
    return [{"work": row.work, "assembly": row.assembly, "group": row.group, "problem": why} for row, why in told]
