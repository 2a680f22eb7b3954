"""Words for kinds of facilities, ways to know a catchment, and the days of a week."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))

CATCHMENT_METHODS: Mapping[str, Promise] = {
    "distance": _("by walking distance"),
    "stated": _("by stated shares of neighbourhoods"),
    "drawn": _("by an area drawn on the map"),
}

ASSETS: Mapping[str, Promise] = {
    "well": _("Well"),
    "borehole": _("Borehole"),
    "spring": _("Spring"),
    "intake": _("Water intake"),
    "desalination": _("Desalination plant"),
    "treatment_plant": _("Water treatment plant"),
    "pump_station": _("Pumping station"),
    "reservoir": _("Reservoir"),
    "water_tower": _("Water tower"),
    "pipe_main": _("Water main"),
    "standpipe": _("Standpipe"),
    "handpump": _("Hand pump"),
    "trucking_point": _("Water trucking point"),
    "public_toilet": _("Public toilet"),
    "latrine_block": _("Latrines"),
    "sewer_main": _("Sewer"),
    "sewage_pump": _("Sewage pump"),
    "wastewater_plant": _("Wastewater plant"),
    "drain": _("Drain"),
    "desludging_site": _("Desludging site"),
    "collection_route": _("Collection route"),
    "container_site": _("Waste containers"),
    "transfer_site": _("Waste transfer site"),
    "dump_landfill": _("Landfill"),
    "sorting_site": _("Sorting site"),
    "generation": _("Power station"),
    "substation": _("Substation"),
    "transformer": _("Transformer"),
    "line": _("Power line"),
    "solar_minigrid": _("Solar grid"),
    "generator": _("Generator"),
    "street_light": _("Street lights"),
    "road_access:primary": _("Main road"),
    "road_access:secondary": _("Secondary road"),
    "local": _("Local road"),
    "bridge": _("Bridge"),
    "culvert": _("Culvert"),
    "footpath": _("Footpath"),
    "intersection": _("Crossing"),
    "mast": _("Mast"),
    "exchange": _("Telephone exchange"),
    "fibre": _("Fibre line"),
    "radio": _("Radio station"),
    "hospital": _("Hospital"),
    "health_centre": _("Health centre"),
    "health_post": _("Health post"),
    "maternity": _("Maternity ward"),
    "pharmacy": _("Pharmacy"),
    "ambulance_base": _("Ambulance base"),
    "mobile_team": _("Mobile team"),
    "preschool": _("Preschool"),
    "primary": _("Primary school"),
    "secondary": _("Secondary school"),
    "vocational": _("Vocational school"),
    "temporary_learning_space": _("Temporary learning space"),
    "market": _("Market"),
    "bakery": _("Bakery"),
    "food_shop": _("Food shop"),
    "bank_cash_point": _("Bank or cash point"),
    "fuel_station": _("Fuel station"),
    "park": _("Park"),
    "playground": _("Playground"),
    "square": _("Square"),
    "sports": _("Sports ground"),
    "community_centre": _("Community centre"),
    "cemetery": _("Cemetery"),
    "town_hall": _("Town hall"),
    "civil_registry": _("Civil registry"),
    "police": _("Police"),
    "fire": _("Fire brigade"),
    "court": _("Court"),
    "land_office": _("Land office"),
    "building": _("Homes of a neighbourhood"),
    "site_shelter": _("Shelter site"),
    "transitional_unit": _("Transitional shelter"),
}


def asset_name(service: str, kind: str) -> str:
    """The word for a kind of facility; a code stands for two things where two services use it."""
    return str(ASSETS.get(f"{service}:{kind}") or ASSETS.get(kind) or kind.replace("_", " "))
