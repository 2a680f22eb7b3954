"""Where sensitive places are said to be: on a coarse grid for whoever works outside the municipality."""

import django.contrib.postgres.fields
import municipal_units.models.accounts
from django.db import migrations, models

from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE

# In metres of the map's projection, so at least as many on the ground: the cells grow with the latitude. `outside` is
# what partners are told; `told` the same for readers whose context does not name the municipality as their own.
PLACES = f"""
CREATE FUNCTION municipal_units_coarse_cell(town bigint, town_service text) RETURNS double precision
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN m.conflict_mode AND (town_service IS NULL OR town_service = ANY (
            coalesce(s.sensitive_services, '{{housing_shelter,protection_social}}'::varchar[])))
        THEN coalesce(s.grid_m, 1000) / greatest(cos(radians(coalesce(ST_Y(ST_Centroid(m.outline)), 60))), 0.2) END
    FROM municipal_units_municipality m LEFT JOIN municipal_units_safetysettings s ON s.municipality_id = m.id
    WHERE m.id = town
$$;
CREATE FUNCTION municipal_units_own_town(town bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT town = ANY (coalesce(nullif(current_setting('reprise.exact', true), ''), '{{}}')::bigint[])
$$;
CREATE FUNCTION municipal_units_outside_point(place geometry, town bigint, town_service text) RETURNS geometry
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    cell double precision := municipal_units_coarse_cell(town, town_service);
BEGIN
    RETURN CASE WHEN cell IS NULL THEN place
        ELSE ST_SetSRID(ST_MakePoint((floor(ST_X(place) / cell) + 0.5) * cell, (floor(ST_Y(place) / cell) + 0.5) * cell),
            3857) END;
END $$;
CREATE FUNCTION municipal_units_told_point(place geometry, town bigint, town_service text) RETURNS geometry
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF municipal_units_own_town(town) THEN RETURN place; END IF;
    RETURN municipal_units_outside_point(place, town, town_service);
END $$;
CREATE FUNCTION municipal_units_told_place(place geometry, place_3857 geometry, town bigint, town_service text)
RETURNS geometry LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF municipal_units_own_town(town) OR municipal_units_coarse_cell(town, town_service) IS NULL THEN RETURN place; END IF;
    RETURN ST_Transform(municipal_units_outside_point(place_3857, town, town_service), 4326);
END $$;
CREATE FUNCTION municipal_units_coarseness(town bigint) RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN municipal_units_own_town(town) THEN 0 ELSE coalesce(municipal_units_coarse_cell(town, NULL), 0) END
$$;
GRANT EXECUTE ON FUNCTION municipal_units_coarse_cell(bigint, text), municipal_units_own_town(bigint),
    municipal_units_outside_point(geometry, bigint, text), municipal_units_told_point(geometry, bigint, text),
    municipal_units_told_place(geometry, geometry, bigint, text), municipal_units_coarseness(bigint) TO {WEB_ROLE};
"""
NO_PLACES = """
DROP FUNCTION municipal_units_coarseness(bigint);
DROP FUNCTION municipal_units_told_place(geometry, geometry, bigint, text);
DROP FUNCTION municipal_units_told_point(geometry, bigint, text);
DROP FUNCTION municipal_units_outside_point(geometry, bigint, text);
DROP FUNCTION municipal_units_own_town(bigint);
DROP FUNCTION municipal_units_coarse_cell(bigint, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0012_unit_and_protection"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="safetysettings",
            name="conflict_mode",
        ),
        migrations.AddField(
            model_name="safetysettings",
            name="sensitive_services",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=municipal_units.models.accounts.sensitive_by_default,
                size=None,
            ),
        ),
        RunSQL(PLACES, NO_PLACES),
    ]
