/* The map without WebGL: the same colours, numbers and clicks, drawn as SVG from the neighbourhoods' outlines. */
import { styleOf } from "./classes.js";
import { className, letter, localName, say, share, status } from "./i18n.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 1000;

export class SvgMap {
  constructor(container, store, { onSelect, onHover }) {
    this.container = container;
    this.store = store;
    this.calls = { onSelect, onHover };
    this.shapes = new Map();
    this.labels = new Map();
  }

  async start() {
    const answer = await fetch(`/api/v1/municipalities/${this.store.page.code}/neighbourhoods.geojson`);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const { features } = await answer.json();
    const [west, south, east, north] = this.store.page.extent;
    const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
    const scale = SIZE / Math.max((east - west) * squeeze, north - south);
    this.place = ([lon, lat]) => [(lon - west) * squeeze * scale, (north - lat) * scale];
    this.whole = [-20, -20, (east - west) * squeeze * scale + 40, (north - south) * scale + 40];
    this.build(features);
    this.zoom(0);
    this.draw();
  }

  build(features) {
    const title = say("map_of", { place: this.store.situation.municipality.name });
    this.svg = make("svg", { role: "group", "aria-label": title, tabindex: "0", preserveAspectRatio: "xMidYMid meet" });
    this.svg.append(hatches());
    const [areas, chosen, labels, marks, visits] = ["areas", "chosen", "labels", "marks", "visits"].map((name) =>
      make("g", { class: name }),
    );
    for (const feature of features) {
      const id = Number(feature.id ?? feature.properties.id);
      const link = make("a", { href: `?place=${id}#panel` });
      const shape = make("path", { d: this.path(feature.geometry) });
      link.append(shape);
      areas.append(link);
      this.shapes.set(id, shape);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.calls.onSelect(id, { focusPanel: false });
      });
      for (const kind of ["mouseenter", "focus"]) link.addEventListener(kind, () => this.calls.onHover(id));
      for (const kind of ["mouseleave", "blur"]) link.addEventListener(kind, () => this.calls.onHover(null));
    }
    Object.assign(this, { chosen, labelGroup: labels, marks, visits });
    labels.setAttribute("aria-hidden", "true");
    this.svg.append(areas, chosen, labels, marks, visits);
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.container.replaceChildren(this.svg);
  }

  path(geometry) {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    const ring = (points) =>
      `M${points
        .map((point) =>
          this.place(point)
            .map((value) => value.toFixed(1))
            .join(","),
        )
        .join(" ")}Z`;
    return polygons.flat().map(ring).join("");
  }

  draw() {
    const { classes } = this.store.situation;
    this.labelGroup.replaceChildren();
    for (const row of this.store.rows()) {
      const shape = this.shapes.get(row.place.id);
      if (!shape) continue;
      const style = styleOf(row.code, classes);
      const value = row.code === "withheld" ? "–" : share(row.value);
      shape.setAttribute("class", `n ${{ "f-nd": "nnd", "f-sp": "nsp" }[style] ?? style.replace("f", "n")}`);
      shape.style.opacity = row.leftOut ? "0.12" : "";
      shape.parentNode.setAttribute("aria-label", `${row.name}, ${row.value === null ? className(row.code) : value}`);
      if (!row.leftOut) this.label(row, value, Number(style.slice(1)) || 0);
    }
    this.drawFacilities();
    this.drawVisits();
    this.select(this.store.view.place);
  }

  label(row, value, place) {
    const [x, y] = this.place(row.place.centre);
    const line = (kind, shift, text) =>
      Object.assign(make("text", { class: `${kind} t${place}`, x, y: y + shift }), { textContent: text });
    this.labelGroup.append(line("nl", 0, value), line("nn", 17, localName(row.place)));
  }

  drawFacilities() {
    this.marks.replaceChildren();
    if (!this.store.view.over.has("stopped")) return;
    for (const facility of this.store.situation.stopped) {
      if (facility.lon === null || facility.status === "fully_functional") continue;
      const [x, y] = this.place([facility.lon, facility.lat]);
      const part = !["not_functional", "closed_by_decision"].includes(facility.status);
      const mark = make("g", {
        transform: `translate(${x} ${y})`,
        role: "img",
        "aria-label": `${facility.name ?? facility.code}: ${status(facility.status)}`,
      });
      const colour = `var(--${part ? "part" : "out"})`;
      mark.append(
        make("rect", {
          x: -11,
          y: -11,
          width: 22,
          height: 22,
          rx: 3,
          fill: "var(--surface)",
          stroke: colour,
          "stroke-width": 2.5,
          ...(part ? { "stroke-dasharray": "4 2.5" } : {}),
        }),
      );
      mark.append(
        Object.assign(make("text", { class: "fac", y: 5, fill: colour }), { textContent: letter(facility.service) }),
      );
      this.marks.append(mark);
    }
  }

  drawVisits() {
    this.visits.replaceChildren();
    if (!this.store.view.over.has("visits")) return;
    const crossed = () => make("path", { d: "M-7-7 7 7M7-7-7 7" });
    const shapes = {
      under_way: () => make("path", { d: "M0-8 8 0 0 8-8 0Z" }),
      refused: crossed,
      inaccessible: crossed,
    };
    for (const visit of this.store.visits?.values() ?? []) {
      if (visit.lon === null) continue;
      const [x, y] = this.place([visit.lon, visit.lat]);
      const mark = make("g", {
        class: `visit v-${visit.state}`,
        transform: `translate(${x} ${y})`,
        role: "img",
        "aria-label": say(`visit_${visit.state}`, { title: visit.title }),
      });
      mark.append((shapes[visit.state] ?? (() => make("circle", { r: 7 })))());
      this.visits.append(mark);
    }
  }

  select(id) {
    this.chosen.replaceChildren();
    const d = this.shapes.get(id)?.getAttribute("d");
    if (d) this.chosen.append(make("path", { class: "sel-c", d }), make("path", { class: "sel", d }));
  }

  hover(id) {
    for (const [key, shape] of this.shapes) shape.classList.toggle("hov", key === id);
  }

  zoom(step) {
    const [x, y, w, h] = step === 0 ? this.whole : this.box;
    const by = step === 0 ? 1 : step > 0 ? 0.7 : 1 / 0.7;
    this.setBox([x + (w * (1 - by)) / 2, y + (h * (1 - by)) / 2, w * by, h * by]);
  }

  key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const [x, y, w, h] = this.box;
    if (step) this.setBox([x + step[0] * w * 0.1, y + step[1] * h * 0.1, w, h]);
    else if (event.key === "+" || event.key === "=") this.zoom(1);
    else if (event.key === "-") this.zoom(-1);
    else if (event.key === "0") this.zoom(0);
    else return;
    event.preventDefault();
  }

  setBox(box) {
    this.box = box;
    this.svg.setAttribute("viewBox", box.map((value) => value.toFixed(1)).join(" "));
  }

  show() {}

  overlays() {
    this.drawFacilities();
    this.drawVisits();
  }

  restyle() {}

  snapshot() {
    return null;
  }

  addAssessment() {}
}

function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function hatches() {
  const box = { width: 9, height: 9, patternUnits: "userSpaceOnUse" };
  const lines = make("pattern", { id: "h-nd", ...box, patternTransform: "rotate(45)" });
  lines.append(
    make("rect", { width: 9, height: 9, fill: "var(--f0)" }),
    make("path", { d: "M0 0V9", stroke: "var(--hatch)", "stroke-width": 3.4 }),
  );
  const dots = make("pattern", { id: "h-sp", ...box });
  dots.append(
    make("rect", { width: 9, height: 9, fill: "var(--f0)" }),
    make("circle", { cx: 3, cy: 3, r: 1.9, fill: "var(--hatch)" }),
  );
  const defs = make("defs");
  defs.append(lines, dots);
  return defs;
}
