/* Service expansion: the form asks again when it changes; a press on the map says where the new facility stands. */
const ask = document.querySelector("[data-ask]");
ask?.addEventListener("change", () => ask.requestSubmit());

const site = document.querySelector("[data-site]");
const effect = document.getElementById("effect");
const keep = document.querySelector("[data-keep]");

/** Fills the form that keeps the facility with what was just shown. */
function carry(asked) {
  for (const field of keep.querySelectorAll("input[type=hidden]")) {
    if (field.name !== "csrfmiddlewaretoken") field.value = asked.get(field.name) ?? "";
  }
  keep.hidden = false;
}

let latest = 0;

async function show() {
  if (!site.elements.capacity.value.trim()) return site.elements.capacity.focus();
  const asked = new URLSearchParams(new FormData(site));
  const address = `${location.pathname}?${asked}`;
  const mine = (latest += 1);
  effect.setAttribute("aria-busy", "true");
  const got = await fetch(address, { headers: { "X-Part": "1" } }).catch(() => null);
  if (mine !== latest) return undefined;
  effect.removeAttribute("aria-busy");
  if (!got) return location.assign(address);
  effect.innerHTML = await got.text();
  history.replaceState(null, "", address);
  if (got.ok) carry(asked);
  else keep.hidden = true;
  return undefined;
}

function place(event) {
  const map = event.target.closest("[data-pick]");
  if (!map) return;
  const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  const { west, north, squeeze, scale } = map.dataset;
  site.elements.lon.value = (Number(west) + (spot.x - 6) / (squeeze * scale)).toFixed(6);
  site.elements.lat.value = (Number(north) - (spot.y - 6) / scale).toFixed(6);
  site.elements.place.value = "";
  show();
}

/** Another service has other kinds, units and norms, so the page is asked for anew. */
function changed(event) {
  if (event.target.name === "service") {
    const asked = new URLSearchParams(new FormData(site));
    for (const name of ["asset_type", "unit", "phase", "capacity"]) asked.delete(name);
    return location.assign(`${location.pathname}?${asked}`);
  }
  if (event.target.name === "place" && event.target.value) {
    site.elements.lon.value = "";
    site.elements.lat.value = "";
  }
  if (site.elements.place.value || site.elements.lon.value) show();
  return undefined;
}

if (site) {
  effect.addEventListener("click", (event) => {
    const size = event.target.closest("[data-size]");
    if (!size) return place(event);
    site.elements.capacity.value = Number(size.dataset.size)
      .toPrecision(6)
      .replace(/\.?0+$/, "");
    site.elements.unit.selectedIndex = 0;
    return show();
  });
  site.addEventListener("change", changed);
  site.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
}
