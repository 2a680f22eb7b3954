"""Deliveries of UNOSAT and Copernicus EMS are recognised by what they hold; what they do not say is asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from damage.core.grading import SourceScale
from damage.core.presets import Epoch, Preset, detect, epochs_of, occupancy_of
from damage.core.structures import Occupancy, StructureKind


@dataclass(frozen=True)
class Layer:
    name: str
    geometry: str
    column_names: tuple[str, ...]


SAVELLI = "EMSR190_31SAVELLI_02GRADING_v1_15000_"
OLD_COPERNICUS = [
    Layer(SAVELLI + "area_of_interest", "Polygon", ("name", "act_id", "subtype")),
    Layer(SAVELLI + "settlements_point_grading", "Point", ("src_date", "nam", "source_nam", "grading", "settl_type")),
    Layer(SAVELLI + "transportation_line_grading", "LineString", ("src_date", "grading", "road_type")),
    Layer(SAVELLI + "land_cover_poly", "Polygon", ("src_date", "nam")),
]
NEW_COPERNICUS = [
    Layer("EMSR648_AOI01_GRA_PRODUCT_areaOfInterestA_v1", "Polygon", ("name",)),
    Layer("EMSR648_AOI01_GRA_PRODUCT_builtUpP_v1", "Point", ("obj_type", "damage_gra", "dmg_src_id")),
    Layer("EMSR648_AOI01_GRA_PRODUCT_transportationL_v1", "LineString", ("obj_type", "damage_gra")),
    Layer("EMSR648_AOI01_GRA_PRODUCT_source_v1", "None", ("src_id", "src_date")),
]
ALEPPO = [Layer("un", "Point", ("SiteID", "SensorDa_2", "SensorID_3", "Main_Dam_2", "Neighborho"))]


def found(layers: Sequence[Layer], filename: str = "") -> Preset:
    preset = detect(layers, filename=filename)
    assert preset is not None
    return preset


def test_the_points_of_aleppo_are_unosats():
    preset = found(ALEPPO, filename="unosat_damage_points.geojson")
    assert (preset.code, preset.product) == ("unosat", "unosat_damage_points")
    (layer,) = preset.grading
    assert layer.epochs == (Epoch("Main_Dam_2", "SensorDa_2", "SensorID_3"),)
    assert (layer.scale, layer.written_place, layer.site_type) == (SourceScale.UNOSAT, "Neighborho", "SiteID")
    assert not preset.questions


@pytest.mark.parametrize(
    ("columns", "pairs"),
    [
        (
            ("SensorDate", "Main_Damage_Site_Class", "Damage_Status", "SensorDate_2", "Main_Damage_Site_Class_2"),
            [("Main_Damage_Site_Class", "SensorDate"), ("Main_Damage_Site_Class_2", "SensorDate_2")],
        ),
        (
            ("SensorDate", "Main_Damag", "SensorDa_1", "Main_Dam_1", "SensorDa_2", "Main_Dam_2", "Group_Dama"),
            [("Main_Damag", "SensorDate"), ("Main_Dam_1", "SensorDa_1"), ("Main_Dam_2", "SensorDa_2")],
        ),
        (("DmgCls_1", "SensorDate_1", "DmgCls_2"), [("DmgCls_1", "SensorDate_1"), ("DmgCls_2", "")]),
        (("Name", "Status"), []),
    ],
)
def test_several_image_dates_in_a_row_are_several_observations(columns, pairs):
    assert [(epoch.value, epoch.date) for epoch in epochs_of(columns)] == pairs


def test_a_class_without_a_date_asks_for_it():
    preset = found([Layer("x", "Point", ("SiteID", "Main_Damage_Site_Class"))])
    assert [question.code for question in preset.questions] == ["image_date"]


def test_an_old_copernicus_delivery():
    preset = found(OLD_COPERNICUS, filename="EMSR190_31SAVELLI_GRADING_OVERVIEW_v1_vector.zip")
    assert preset.code == "copernicus_ems"
    assert preset.product == "EMSR190_31SAVELLI_GRADING_OVERVIEW_v1_vector"
    assert preset.area_of_interest == (SAVELLI + "area_of_interest",)
    assert [(layer.layer.removeprefix(SAVELLI), layer.kind, layer.scale) for layer in preset.grading] == [
        ("settlements_point_grading", StructureKind.BUILDING, SourceScale.COPERNICUS_PRE2018),
        ("transportation_line_grading", StructureKind.NETWORK, SourceScale.COPERNICUS_PRE2018),
    ]
    assert preset.grading[0].epochs[0].date == "src_date"
    assert list(preset.skipped or ()) == [SAVELLI + "land_cover_poly"]
    assert "European Union" in preset.attribution


def test_a_newer_copernicus_delivery_has_other_names_and_asks_for_the_date():
    preset = found(NEW_COPERNICUS, filename="EMSR648_AOI01_GRA_PRODUCT_v1.zip")
    assert {layer.scale for layer in preset.grading} == {SourceScale.COPERNICUS}
    assert [layer.kind for layer in preset.grading] == [StructureKind.BUILDING, StructureKind.NETWORK]
    assert preset.area_of_interest == ("EMSR648_AOI01_GRA_PRODUCT_areaOfInterestA_v1",)
    assert {question.code for question in preset.questions} == {"image_date"}


def test_other_files_have_no_preset():
    assert detect([Layer("hospitals", "Point", ("Name", "Lon", "Lat"))]) is None
    assert detect([Layer("Neighborhoods", "Polygon", ("Id", "NAME"))], filename="n.geojson") is None


def test_only_words_that_mean_one_use_give_an_occupancy():
    assert occupancy_of("Mosque") is Occupancy.WORSHIP
    assert occupancy_of("School / University") is None
    assert occupancy_of("Building (General / Default)") is None
