"""A square town of 1,024 round neighbourhoods, written in bulk for tiles and imports to be measured on."""

SIDE = 32  # neighbourhoods along one side
NEIGHBOURHOODS_FILL = f"""
    INSERT INTO municipal_units_neighbourhood (municipality_id, pcode, local_code, name, name_fr, name_ar, aliases)
        SELECT 1, 'B' || n, '', 'Place ' || n, '', '', '{{}}' FROM generate_series(1, {SIDE * SIDE}) AS n;
    INSERT INTO municipal_units_neighbourhoodboundary
        (municipality_id, neighbourhood_id, geom, valid_from, source, created_at)
        SELECT 1, place.id, ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(
            -1 + ((n - 1) % {SIDE}) * 0.004, 13 + ((n - 1) / {SIDE}) * 0.004), 4326), 0.002, 10)),
            '2020-01-01', 'bench', now()
        FROM municipal_units_neighbourhood AS place, LATERAL (SELECT substr(place.pcode, 2)::int AS n) AS number
        WHERE place.municipality_id = 1 AND place.pcode LIKE 'B%';
"""
