/* The MapLibre style: our own layers only, no glyphs, fonts, sprites or base map from elsewhere. Colours of places come
   from feature-state, so recolouring never fetches or rebuilds geometry. */
import { token } from "./classes.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const SHAPES = {
  fully_functional: "ok",
  not_functional: "out",
  closed_by_decision: "out",
  affected: "part",
  partially_functional: "part",
  minimal: "part",
};
const state = (name, otherwise) => ["coalesce", ["feature-state", name], otherwise];
const shapeOf = ["match", ["get", "status"], ...Object.entries(SHAPES).flat(), "unk"];

export function mapStyle({ code, bounds, fewPlaces, hazards }) {
  const tiles = (layer, maxzoom) => ({
    type: "vector",
    tiles: [`${location.origin}/tiles/${code}/${layer}/{z}/{x}/{y}.mvt`],
    minzoom: 0,
    maxzoom,
    bounds,
  });
  const points = { type: "geojson", data: EMPTY };
  return {
    version: 8,
    sources: {
      neighbourhoods: tiles("neighbourhoods", 14),
      structures: tiles("structures", 16),
      facilities: tiles("facilities", 14),
      ...(hazards ? { hazards: tiles("hazards", 14) } : {}),
      labels: points,
      stopped: points,
      fresh: points,
      people: points,
      visits: points,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("ground") } },
      ...placeLayers(),
      ...(hazards ? hazardLayers() : []),
      ...damageLayers(),
      facilityLayer("facilities", { source: "facilities", "source-layer": "facilities" }, false),
      facilityLayer("stopped", { source: "stopped" }, true),
      ...labelLayers(fewPlaces),
      {
        id: "visits",
        type: "symbol",
        source: "visits",
        layout: {
          "icon-image": ["concat", "visit:", ["get", "state"]],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          visibility: "none",
        },
      },
      {
        id: "people",
        type: "symbol",
        source: "people",
        layout: {
          "icon-image": ["concat", "people:", ["get", "key"]],
          "icon-offset": [0, 24],
          "icon-allow-overlap": true,
          "icon-ignore-placement": true,
          visibility: "none",
        },
      },
    ],
  };
}

function placeLayers() {
  const source = { source: "neighbourhoods", "source-layer": "neighbourhoods" };
  const fills = [1, 2, 3, 4, 5].flatMap((place) => [place, token(`f${place}`)]);
  const only = (kind) => ["case", ["==", state("kind", ""), kind], ["case", state("hidden", false), 0.12, 1], 0];
  const pattern = (id, name, opacity) => ({
    id,
    type: "fill",
    ...source,
    paint: { "fill-pattern": `pattern:${name}`, "fill-opacity": opacity },
  });
  const line = (id, paint, extra = {}) => ({
    id,
    type: "line",
    ...source,
    layout: { "line-join": "round" },
    paint,
    ...extra,
  });
  const none = { filter: ["==", ["id"], -1] };
  return [
    {
      id: "place-fill",
      type: "fill",
      ...source,
      paint: {
        "fill-color": ["match", state("class", 0), ...fills, token("f0")],
        "fill-opacity": ["case", state("hidden", false), 0.12, 1],
      },
    },
    pattern("place-no-data", "no_data", only("no_data")),
    pattern("place-withheld", "withheld", only("withheld")),
    pattern("place-weak", "weak", ["case", state("hidden", false), 0, state("weak", false), 1, 0]),
    line("place-edge", { "line-color": token("edge"), "line-width": 2.5 }),
    line("place-hover", {
      "line-color": token("ink"),
      "line-width": 3,
      "line-opacity": ["case", state("hover", false), 1, 0],
    }),
    line("place-chosen-casing", { "line-color": token("surface"), "line-width": 9 }, none),
    line("place-chosen", { "line-color": token("act"), "line-width": 5 }, none),
  ];
}

/* Numbers are always drawn while there are few places; names give way to each other and to numbers. */
function labelLayers(fewPlaces) {
  const colours = [1, 2, 3, 4, 5].flatMap((place) => [place, token(`on-f${place}`)]);
  const ground = [1, 2, 3, 4, 5].flatMap((place) => [place, token(`f${place}`)]);
  const narrow = matchMedia("(max-width: 40rem)").matches;
  const paint = {
    "text-color": ["match", ["get", "class"], ...colours, token("ink")],
    "text-halo-color": ["match", ["get", "class"], ...ground, token("f0")],
    "text-halo-width": 1.6,
  };
  const layer = (id, layout) => ({
    id,
    type: "symbol",
    source: "labels",
    layout: { "symbol-sort-key": ["get", "order"], ...layout },
    paint,
  });
  const numbers = {
    "text-field": ["get", "value"],
    "text-font": ["bold", ...families()],
    "text-size": narrow ? 19 : 18,
    "text-offset": [0, narrow ? 0 : -0.25],
    "text-padding": 0,
    "text-allow-overlap": fewPlaces,
  };
  const names = {
    "text-field": ["get", "name"],
    "text-font": families(),
    "text-size": 12.5,
    "text-anchor": "top",
    "text-offset": [0, 0.6],
    "text-max-width": 9,
    "text-padding": 0,
  };
  return [layer("names", { ...names, visibility: narrow ? "none" : "visible" }), layer("numbers", numbers)];
}

/* Areas with the safety distance around what is dangerous: explosives with a full edge, others dashed. */
function hazardLayers() {
  const source = { source: "hazards", "source-layer": "hazards" };
  const colour = ["case", ["get", "explosive"], token("out"), token("part")];
  return [
    { id: "hazard-area", type: "fill", ...source, paint: { "fill-color": colour, "fill-opacity": 0.16 } },
    {
      id: "hazard-edge",
      type: "line",
      ...source,
      paint: { "line-color": colour, "line-width": 2.5, "line-dasharray": [3, 2] },
    },
  ];
}

function damageLayers() {
  const icon = [
    "step",
    ["zoom"],
    ["concat", "grade:", ["get", "grade"], ":small"],
    15.5,
    ["concat", "grade:", ["get", "grade"], ":large"],
  ];
  const layout = {
    "icon-image": icon,
    "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 15, 1],
    "icon-allow-overlap": true,
    "icon-ignore-placement": true,
    "symbol-sort-key": ["coalesce", ["get", "grade_ord"], 0],
    visibility: "none",
  };
  return [
    { id: "structures", type: "symbol", source: "structures", "source-layer": "structures", layout },
    {
      id: "fresh",
      type: "symbol",
      source: "fresh",
      layout: { ...layout, "icon-image": ["concat", "grade:", ["get", "grade"], ":large"] },
    },
  ];
}

function facilityLayer(id, source, visible) {
  return {
    id,
    type: "symbol",
    ...source,
    layout: {
      "icon-image": ["concat", "facility:", ["get", "service"], ":", shapeOf],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.8, 15, 1],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      visibility: visible ? "visible" : "none",
    },
  };
}

/* Text is drawn by the browser from its own fonts. MapLibre reads the weight out of the first name, so that one names no
   font: it only says bold. */
const families = () =>
  token("sans")
    .split(",")
    .map((name) => name.trim().replaceAll('"', ""));
