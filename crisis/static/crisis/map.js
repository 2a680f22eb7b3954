/* The MapLibre map: neighbourhoods coloured by feature-state, damage and facilities from our own tiles, labels from the
   situation. It draws what the store holds and reports what the reader points at; it decides nothing. */
import * as maplibre from "maplibre-gl";

import { styleOf } from "./classes.js";
import { hundredths, localName, number, say, share } from "./i18n.js";
import { SCALE, picture } from "./pictures.js";
import { mapStyle } from "./style.js";

const PLACES = { source: "neighbourhoods", sourceLayer: "neighbourhoods" };
const WEAK_COVERAGE = 0.6; // below this the colour is hatched over: too little of it is observed
const FEW_PLACES = 80; // up to here every number is drawn, even where two touch
const OVERLAYS = {
  stopped: ["stopped"],
  facilities: ["facilities"],
  damage: ["structures", "fresh"],
  people: ["people"],
  hazards: ["hazard-area", "hazard-edge"],
  visits: ["visits"],
};
const PADDING = { top: 16, bottom: 60, left: 16, right: 16 }; // room for the signs below; MapLibre's own names for sides

export class LiveMap {
  constructor(container, store, { onSelect, onHover }) {
    this.container = container;
    this.store = store;
    this.calls = { onSelect, onHover };
    this.fresh = new Map();
    this.hovered = null;
  }

  /** Resolves when the first picture is complete; rejects when this browser cannot draw it. */
  start() {
    const [west, south, east, north] = this.store.page.extent;
    this.bounds = [
      [west, south],
      [east, north],
    ];
    this.map = new maplibre.Map({
      container: this.container,
      style: this.style(),
      bounds: this.bounds,
      fitBoundsOptions: { padding: PADDING },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      locale: { "Map.Title": say("map_of", { place: this.store.situation.municipality.name }) },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.setMissingStyleImageResolver((id) => this.addPicture(id));
    this.map.on("mousemove", "place-fill", (event) => this.point(event.features[0]?.id ?? null));
    this.map.on("mouseleave", "place-fill", () => this.point(null));
    this.map.on("click", "place-fill", (event) => this.calls.onSelect(event.features[0].id, { focusPanel: false }));
    this.map.getCanvas().addEventListener("keydown", (event) => this.key(event));
    this.map.on("styledata", () => this.map.isStyleLoaded() || this.map.once("idle", () => this.draw()));
    this.watchSize();
    return new Promise((done, fail) => {
      this.map.once("load", () => {
        this.draw();
        done();
      });
      this.map.on("error", ({ error }) => fail(error));
    });
  }

  style() {
    const { code, extent, hazards } = this.store.page;
    const bounds = this.store.situation.municipality.bbox ?? extent;
    return mapStyle({ code, bounds, hazards, fewPlaces: this.store.places.size <= FEW_PLACES });
  }

  /** Colours, labels and marks of everything the store holds. */
  draw() {
    if (!this.map.getSource("labels")) return;
    const { classes } = this.store.situation;
    const rows = this.store.rows();
    for (const row of rows) {
      const style = styleOf(row.code, classes);
      const weak = !this.store.view.layer && row.value !== null && (row.place.coverage ?? 1) < WEAK_COVERAGE;
      this.map.setFeatureState(
        { ...PLACES, id: row.place.id },
        {
          class: Number(style.slice(1)) || 0,
          kind: style === "f-nd" ? "no_data" : style === "f-sp" ? "withheld" : "",
          hidden: row.leftOut,
          weak,
        },
      );
    }
    this.map.getSource("labels").setData(collection(rows.filter((row) => !row.leftOut).map((row) => this.label(row))));
    this.map.getSource("people").setData(
      collection(
        rows
          .filter((row) => row.place.people)
          .map((row) =>
            point(row.place.centre, {
              key: `${row.place.id}`,
              count: number(row.place.people),
            }),
          ),
      ),
    );
    this.drawFacilities();
    this.drawFresh();
    this.drawVisits();
    this.select(this.store.view.place);
    this.overlays();
  }

  label(row) {
    const style = styleOf(row.code, this.store.situation.classes);
    const value = row.code === "withheld" ? "–" : share(row.value);
    return point(row.place.centre, {
      value,
      name: localName(row.place),
      class: Number(style.slice(1)) || 0,
      order: hundredths(row.value) ?? 101,
    });
  }

  drawFacilities() {
    this.map.getSource("stopped")?.setData(
      collection(
        this.store.situation.stopped
          .filter((facility) => facility.lon !== null && facility.status !== "fully_functional")
          .map((facility) =>
            point([facility.lon, facility.lat], {
              id: facility.id,
              service: facility.service,
              status: facility.status,
            }),
          ),
      ),
    );
  }

  drawVisits() {
    const visits = [...(this.store.visits?.values() ?? [])].filter((visit) => visit.lon !== null);
    this.map
      .getSource("visits")
      ?.setData(collection(visits.map((visit) => point([visit.lon, visit.lat], { state: visit.state }))));
  }

  /** Draws an assessment over the tiles until they are fetched again; the tile's own mark of it is left out. */
  addAssessment(feature) {
    if (!feature?.geometry) return;
    this.fresh.set(feature.id, point(middleOf(feature.geometry), { grade: feature.properties.grade }));
    this.drawFresh();
  }

  /** Hazards are fetched anew: one was reported, or is gone. */
  refreshHazards() {
    const source = this.map?.getSource("hazards");
    source?.setTiles(source.tiles.map((address) => address.replace(/(\?at=\d+)?$/, `?at=${Date.now()}`)));
  }

  drawFresh() {
    const source = this.map?.getSource("fresh");
    if (!source) return;
    source.setData(collection([...this.fresh.values()]));
    const ids = [...this.fresh.keys()].filter(Number.isInteger);
    this.map.setFilter("structures", ids.length ? ["!", ["in", ["id"], ["literal", ids]]] : null);
  }

  select(id) {
    for (const layer of ["place-chosen-casing", "place-chosen"])
      if (this.map.getLayer(layer)) this.map.setFilter(layer, ["==", ["id"], id ?? -1]);
  }

  /** Brings a place into view if it is not, without changing how near we are. */
  show(id) {
    const place = this.store.places.get(id);
    if (place && !this.map.getBounds().contains(place.centre)) this.map.easeTo({ center: place.centre });
  }

  hover(id) {
    if (id === this.hovered) return;
    if (this.hovered !== null) this.map.setFeatureState({ ...PLACES, id: this.hovered }, { hover: false });
    this.hovered = id;
    if (id !== null) this.map.setFeatureState({ ...PLACES, id }, { hover: true });
  }

  overlays() {
    for (const [name, layers] of Object.entries(OVERLAYS))
      for (const layer of layers)
        if (this.map.getLayer(layer))
          this.map.setLayoutProperty(layer, "visibility", this.store.view.over.has(name) ? "visible" : "none");
  }

  zoom(step) {
    if (step === 0) this.map.fitBounds(this.bounds, { padding: PADDING });
    else if (step > 0) this.map.zoomIn();
    else this.map.zoomOut();
  }

  /** The theme changed: the style is built again from the tokens and filled again. */
  restyle() {
    this.map.setStyle(this.style(), { diff: false });
    this.map.once("idle", () => this.draw());
  }

  /** The present picture as an image: what a printer gets, which would find the canvas empty. */
  snapshot() {
    this.map.redraw();
    return this.map.getCanvas().toDataURL();
  }

  point(id) {
    this.map.getCanvas().style.cursor = id === null ? "" : "pointer";
    this.calls.onHover(id);
  }

  key(event) {
    if (event.key === "0") this.zoom(0);
    if (event.key !== "Enter") return;
    const middle = this.map.project(this.map.getCenter());
    const [place] = this.map.queryRenderedFeatures(middle, { layers: ["place-fill"] });
    if (place) this.calls.onSelect(place.id, { focusPanel: true });
  }

  addPicture(id) {
    if (this.map.hasImage(id)) return;
    const drawn = picture(id, (key) => this.store.places.get(key));
    if (drawn) this.map.addImage(id, drawn, { pixelRatio: SCALE });
  }

  /** A tab opened in the background or the table view gives the map no size until it is shown. */
  watchSize() {
    new ResizeObserver(() => this.map.resize()).observe(this.container);
  }
}

/** A point to put a mark on: the point itself, or the mean of the first line or ring. */
function middleOf({ coordinates }) {
  if (typeof coordinates[0] === "number") return coordinates.slice(0, 2);
  let points = coordinates;
  while (typeof points[0][0] !== "number") [points] = points;
  return [0, 1].map((axis) => points.reduce((sum, position) => sum + position[axis], 0) / points.length);
}

const collection = (features) => ({ type: "FeatureCollection", features });
const point = (coordinates, properties) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates } });
