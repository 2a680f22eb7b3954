"""Whom we sent where: visits to facilities, buildings and whole neighbourhoods, and the teams that make them."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q, UniqueConstraint

from assessments.models.forms import Submission
from damage.models import Structure
from municipal_units.models import Facility, Municipality, Neighbourhood


class FieldTeam(models.Model):
    """People who go out together; a visit of the team is on the phone of each."""

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="field_teams")
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [UniqueConstraint("municipality", "name", name="field_team_name_once")]

    def __str__(self) -> str:
        return self.name


class FieldTeamMember(models.Model):
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+")
    team = models.ForeignKey(FieldTeam, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [UniqueConstraint("team", "user", name="field_team_member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Visit(models.Model):
    """Somebody is to look at a facility, a building, or (neither) a whole neighbourhood: chosen by hand, or proposed
    because the answer could change the ranking. `value` (proposed only): share of the first places of the ranking that
    the answer could replace, 0-1.

    `state`: planned, under_way, done, refused, inaccessible, cancelled; `said_at` is when whoever went said so, and
    `note` what they said. For one person, a team, or (neither) whoever is near."""

    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="visits")
    neighbourhood = models.ForeignKey(Neighbourhood, models.PROTECT, null=True, blank=True, related_name="+")
    facility = models.ForeignKey(Facility, models.PROTECT, null=True, blank=True, related_name="+")
    structure = models.ForeignKey(Structure, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200)
    reason = models.CharField(max_length=300, blank=True)
    geom = models.PointField(srid=4326, null=True, blank=True, spatial_index=False)
    form_id_text = models.CharField(max_length=200)
    origin = models.CharField(max_length=20, default="chosen")
    value = models.FloatField(null=True, blank=True)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(FieldTeam, models.PROTECT, null=True, blank=True, related_name="visits")
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, default="planned")
    said_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, blank=True, related_name="visits")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["municipality", "state", "assigned_to"], name="visit_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(facility__isnull=True) | Q(structure__isnull=True), name="visit_to_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(assigned_to__isnull=True) | Q(team__isnull=True), name="visit_by_person_or_team"
            ),
        ]

    def __str__(self) -> str:
        return self.title
