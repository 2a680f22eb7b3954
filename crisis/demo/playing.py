"""Sends the play's reports: through the HTTP API as a phone would, or through the actions in this process."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.contrib.gis.geos import Point

from crisis.demo.loading.accounts import Cast
from crisis.demo.places import TENKORO, project
from crisis.demo.play import ArrivalReport, DamageReport, Report, StatusReport
from damage.actions.submit import submit_damage
from municipal_units.actions.facility_rows import StatusRow
from municipal_units.actions.facts import record_status
from municipal_units.actions.movements import MovementRow, record_movement
from municipal_units.models import Facility, Municipality, Neighbourhood
from municipal_units.permissions import scope


class Door(Protocol):
    """A way for reports to come in."""

    def send(self, report: Report, *, at: datetime) -> None: ...


class Actions:
    """Calls the actions as the enumerator; each report is a transaction of its own."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        with scope(cast.actor("enumerator")):
            self.town = Municipality.objects.get(code=TENKORO.code)
            here = Facility.objects.filter(municipality=self.town)
            self.facilities: Mapping[str, int] = dict(here.values_list("code", "pk"))
            places = Neighbourhood.objects.filter(municipality=self.town)
            self.places: Mapping[str, int] = dict(places.values_list("pcode", "pk"))

    def send(self, report: Report, *, at: datetime) -> None:
        by = self.cast.actor("enumerator")
        with scope(by):
            match report:
                case DamageReport():
                    lon, lat = project(TENKORO, report.building.x, report.building.y)
                    submit_damage(
                        by=by,
                        municipality=self.town,
                        instance_id=report.instance_id,
                        place=Point(lon, lat, srid=4326),
                        source_scale="ems98",
                        source_value=report.value,
                        method="rapid_field",
                        observed_at=at,
                        habitability=report.habitability,
                        occupied_now=report.occupied_now,
                    )
                case StatusReport():
                    row = StatusRow(
                        facility_id=self.facilities[report.code],
                        status=report.status,
                        causes=report.causes,
                        measured_output=report.measured,
                        observed_at=at,
                        fact_id=report.instance_id,
                        source="Field report",
                        note=report.note,
                    )
                    record_status(by=by, municipality=self.town, row=row)
                case ArrivalReport():
                    self.arrived(report, at=at)

    def arrived(self, report: ArrivalReport, *, at: datetime) -> None:
        """Arrivals are a movement: beside the counts of people, never instead of one."""
        row = MovementRow(
            instance_id=str(report.instance_id),
            kind="arrival",
            group="idp",
            happened_on=at.date(),
            individuals=report.people,
            destination_id=self.places[report.pcode],
            destination_text=report.where,
            source="Field teams of Tenkoro",
        )
        record_movement(by=self.cast.actor("enumerator"), municipality=self.town, row=row)


class Http:
    """Posts to a running server with an API token, as a phone would."""

    def __init__(self, base_url: str, token: str, beside: Actions) -> None:
        self.base, self.token, self.beside = base_url.rstrip("/"), token, beside

    def send(self, report: Report, *, at: datetime) -> None:
        match report:
            case DamageReport():
                lon, lat = project(TENKORO, report.building.x, report.building.y)
                body = {
                    "lon": lon,
                    "lat": lat,
                    "source_scale": "ems98",
                    "source_value": report.value,
                    "method": "rapid_field",
                    "habitability": report.habitability,
                    "occupied_now": report.occupied_now,
                }
                self.post("damage", report, at, body)
            case StatusReport():
                body = {
                    "status": report.status,
                    "causes": list(report.causes),
                    "measured_output": report.measured,
                    "note": report.note,
                }
                self.post(f"facilities/{self.beside.facilities[report.code]}/status", report, at, body)
            case ArrivalReport():
                body = {
                    "kind": "arrival",
                    "group": "idp",
                    "happened_on": at.date().isoformat(),
                    "individuals": report.people,
                    "destination": self.beside.places[report.pcode],
                    "destination_text": report.where,
                    "source": "Field teams of Tenkoro",
                }
                self.post("movements", report, None, body)

    def post(self, path: str, report: Report, at: datetime | None, body: dict[str, Any]) -> None:
        when = {"observed_at": at.isoformat()} if at else {}
        told = {"instance_id": str(report.instance_id), **when, **body}
        request = urllib.request.Request(
            f"{self.base}/api/v1/municipalities/{TENKORO.code}/{path}",
            data=json.dumps(told).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=30):
                return
        except urllib.error.HTTPError as refusal:
            raise RuntimeError(f"{refusal.code} {refusal.reason}: {refusal.read().decode()[:500]}") from refusal
