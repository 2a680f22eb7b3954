/* What is known (the situation) and what the reader chose (the view). The view lives in the address; the order of the
   list is kept apart from both, because arriving facts may change numbers but not move rows. */
import { classOf } from "./classes.js";
import { localName } from "./i18n.js";

const SORTS = {
  short: (row) => [row.place.rank ?? Infinity],
  value: (row) => [row.value ?? Infinity],
  people: (row) => [-(row.place.people ?? -1)],
  change: (row) => [-Math.abs((row.place.index ?? 0) - (row.place.previous_index ?? row.place.index ?? 0))],
  name: (row) => [row.name.toLocaleLowerCase()],
};

export class Store extends EventTarget {
  constructor(page) {
    super();
    this.page = page;
    this.situation = null;
    this.at = page.at ?? "";
    this.places = new Map();
    this.order = [];
    this.visits = null;
    this.view = viewFromAddress();
  }

  /** Fetches the situation; the browser's cache and the ETag make an unchanged one cheap. */
  async load() {
    const day = this.at ? `?at=${this.at}` : "";
    const answer = await fetch(`/api/v1/municipalities/${this.page.code}/situation${day}`, {
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    this.take(await answer.json());
  }

  take(situation) {
    this.situation = situation;
    this.places = new Map(situation.neighbourhoods.map((place) => [place.id, place]));
    if (this.order.length !== this.places.size || this.order.some((id) => !this.places.has(id))) this.reorder();
    this.dispatchEvent(new Event("values"));
  }

  /** Puts the numbers of one event in place, before the whole situation has been fetched again. */
  applyScores(scores, city) {
    for (const score of scores) {
      const place = this.places.get(score.id);
      if (!place || place.class === "withheld") continue;
      Object.assign(place, { index: score.index, lo: score.lo, hi: score.hi, coverage: score.coverage });
      place.class = classOf(score.index, this.situation.classes);
      if (place.people !== null && score.index !== null) place.short = Math.round(place.people * (1 - score.index));
    }
    if (city) this.situation.city = { ...this.situation.city, ...city };
    this.dispatchEvent(new Event("values"));
  }

  /** One facility's new state, in place; an older observation that arrived late changes nothing. */
  setFacilityState(shown) {
    if (shown.is_latest === false) return;
    const { facility: id, code, name, service, lon, lat, status } = shown;
    const known = this.situation.stopped.find((facility) => facility.id === id);
    if (known) known.status = status;
    else this.situation.stopped.push({ id, code, name, service, lon, lat, status });
    this.dispatchEvent(new Event("facilities"));
  }

  /** Visits of the field teams, asked for when they are first shown; afterwards the event log tells. */
  async loadVisits() {
    const answer = await fetch(`/api/v1/municipalities/${this.page.code}/visits?lately=true&limit=500`, {
      headers: { Accept: "application/json" },
    });
    if (!answer.ok) return;
    this.visits = new Map((await answer.json()).items.map((visit) => [visit.id, visit]));
    this.dispatchEvent(new Event("visits"));
  }

  setVisit({ visit: id, state, title, lon, lat }) {
    if (!this.visits) return;
    if (state === "cancelled") this.visits.delete(id);
    else this.visits.set(id, { ...this.visits.get(id), id, state, title, lon, lat });
    this.dispatchEvent(new Event("visits"));
  }

  /** Value and class of a place in the chosen layer. */
  shown(place) {
    if (!this.view.layer || place.class === "withheld") return { value: place.index, code: place.class };
    const value = place.services[this.view.layer]?.f ?? null;
    return { value, code: classOf(value, this.situation.classes) };
  }

  row(place) {
    const { value, code } = this.shown(place);
    const needle = this.view.q.toLocaleLowerCase();
    const text = [place.name, place.pcode, ...Object.values(place.names ?? {})].join(" ").toLocaleLowerCase();
    return { place, value, code, name: localName(place), leftOut: !text.includes(needle) || this.view.hide.has(code) };
  }

  /** The places in the order last shown, whether or not newer numbers would give another. */
  rows() {
    return this.order.map((id) => this.row(this.places.get(id)));
  }

  /** The order the present numbers give. */
  freshOrder() {
    const key = SORTS[this.view.sort];
    return [...this.places.values()]
      .map((place) => this.row(place))
      .sort((a, b) =>
        compare([...key(a), a.place.rank ?? Infinity, a.place.id], [...key(b), b.place.rank ?? Infinity, b.place.id]),
      )
      .map((row) => row.place.id);
  }

  orderIsOld() {
    const fresh = this.freshOrder();
    return fresh.some((id, index) => id !== this.order[index]);
  }

  reorder() {
    this.order = this.freshOrder();
    this.dispatchEvent(new Event("order"));
  }

  /** Changes the view, writes it into the address and tells everybody. */
  choose(change) {
    const resort = "sort" in change && change.sort !== this.view.sort;
    Object.assign(this.view, change);
    history.replaceState(null, "", addressOf(this.view));
    if (resort || ("layer" in change && this.view.sort === "value")) this.reorder();
    this.dispatchEvent(new CustomEvent("view", { detail: change }));
  }
}

function compare(a, b) {
  for (let index = 0; index < a.length; index += 1) {
    if (a[index] === b[index]) continue;
    if (typeof a[index] === "string") return a[index].localeCompare(b[index]);
    return a[index] < b[index] ? -1 : 1;
  }
  return 0;
}

const SHOWN_AT_FIRST = ["stopped", "hazards"];

function viewFromAddress() {
  const asked = new URLSearchParams(location.search);
  const list = (name) => new Set((asked.get(name) ?? "").split(",").filter(Boolean));
  return {
    layer: document.getElementById("layer")?.value ?? "",
    sort: asked.get("sort") in SORTS ? asked.get("sort") : "short",
    q: asked.get("q")?.trim() ?? "",
    hide: list("hide"),
    over: asked.has("over") ? list("over") : new Set(SHOWN_AT_FIRST),
    place: Number(asked.get("place")) || null,
    list: asked.get("list") === "works" ? "works" : "places",
    view: asked.get("view") === "table" ? "table" : "map",
  };
}

/** The address of exactly this view; what equals the plain view is left out. */
export function addressOf(view) {
  const asked = new URLSearchParams();
  for (const name of ["layer", "q", "place"]) if (view[name]) asked.set(name, view[name]);
  if (view.sort !== "short") asked.set("sort", view.sort);
  if (view.hide.size) asked.set("hide", [...view.hide].join(","));
  if (view.over.size !== SHOWN_AT_FIRST.length || !SHOWN_AT_FIRST.every((name) => view.over.has(name)))
    asked.set("over", [...view.over].join(","));
  if (view.list !== "places") asked.set("list", view.list);
  if (view.view !== "map") asked.set("view", view.view);
  const text = asked.toString();
  return location.pathname + (text ? `?${text}` : "");
}
