/* Where something is: by the phone's satellites, with what they are worth, or by a tap on the outline of the town. */
import { el, note, svg } from "./dom.js";
import { metres } from "./pack.js";
import { say } from "./words.js";

const GOOD_M = 10,
  PATIENCE_MS = 25_000,
  WIDTH = 340;

/** `value` and `change` speak the form's language: "lat lon altitude accuracy". */
export function placeInput({ value, change, outline, label }) {
  const status = el("p.small", { role: "status" });
  const map = outline?.places.length
    ? outlineMap(
        outline,
        () => current,
        (lon, lat, accuracy) => set(lat, lon, 0, accuracy),
      )
    : null;
  let current = read(value);
  let watch = null;
  const tell = () => {
    status.textContent = current
      ? say("position_of", {
          lat: current.lat.toFixed(5),
          lon: current.lon.toFixed(5),
          m: Math.round(current.accuracy),
        })
      : "";
    clear.hidden = !current;
    map?.mark();
  };
  const set = (lat, lon, altitude, accuracy) => {
    current = { lat, lon, accuracy };
    change(`${lat.toFixed(7)} ${lon.toFixed(7)} ${(altitude ?? 0).toFixed(1)} ${accuracy.toFixed(1)}`);
    tell();
  };
  const stop = () => {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = null;
    find.disabled = false;
  };
  const find = el(
    "button.btn.main.wide",
    {
      type: "button",
      onclick: () => {
        if (!("geolocation" in navigator)) return status.replaceChildren(note(say("no_position"), "part"));
        find.disabled = true;
        let best = null;
        const end = setTimeout(() => {
          stop();
          if (!best) status.textContent = say("no_position");
          else tell();
        }, PATIENCE_MS);
        watch = navigator.geolocation.watchPosition(
          ({ coords }) => {
            if (!document.contains(find)) return stop();
            if (!best || coords.accuracy < best) {
              best = coords.accuracy;
              set(coords.latitude, coords.longitude, coords.altitude, coords.accuracy);
            }
            if (best <= GOOD_M) {
              clearTimeout(end);
              stop();
              tell();
            } else status.textContent = say("finding", { m: Math.round(best) });
          },
          () => {
            clearTimeout(end);
            stop();
            status.textContent = say("no_position");
          },
          { enableHighAccuracy: true, maximumAge: 0, timeout: PATIENCE_MS },
        );
      },
    },
    say("position"),
  );
  const clear = el(
    "button.btn",
    {
      type: "button",
      onclick: () => {
        current = null;
        change("");
        tell();
      },
    },
    say("clear"),
  );
  tell();
  return el(
    "fieldset.stack",
    {},
    label,
    find,
    status,
    clear,
    map ? el("p.small.muted", {}, say("map_note")) : null,
    map?.node,
  );
}

function read(value) {
  const [lat, lon, , accuracy] = (value ?? "").split(" ").map(Number);
  return Number.isFinite(lat) && Number.isFinite(lon) && value ? { lat, lon, accuracy: accuracy || 0 } : null;
}

function outlineMap(outline, current, tapped) {
  const [west, south, east, north] = outline.bbox;
  const squeeze = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = WIDTH / ((east - west) * squeeze);
  const height = (north - south) * scale;
  const x = (lon) => (lon - west) * squeeze * scale,
    y = (lat) => (north - lat) * scale;
  const shapes = outline.places.map(({ name, rings }) => {
    const path = rings
      .map((ring) => `M${ring.map(([lon, lat]) => `${x(lon).toFixed(1)} ${y(lat).toFixed(1)}`).join("L")}Z`)
      .join("");
    const [lon, lat] = middle(rings[0]);
    return [svg("path", { d: path, class: "f-place" }), svg("text", { x: x(lon), y: y(lat), class: "f-name" }, name)];
  });
  const pin = svg("circle", { r: 7, class: "f-pin", visibility: "hidden" });
  const node = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height.toFixed(0)}`, class: "f-outline", role: "img", "aria-label": say("tap_map") },
    ...shapes.map(([shape]) => shape),
    ...shapes.map(([, label]) => label),
    pin,
  );
  node.addEventListener("click", (event) => {
    const box = node.getBoundingClientRect();
    const lon = west + ((event.clientX - box.left) / box.width) * (east - west);
    const lat = north - ((event.clientY - box.top) / box.height) * (north - south);
    // A fingertip covers about 22 px of the picture.
    tapped(lon, lat, (22 / box.width) * metres([west, lat], [east, lat]));
  });
  const mark = () => {
    const at = current();
    pin.setAttribute("visibility", at ? "visible" : "hidden");
    if (at) {
      pin.setAttribute("cx", x(at.lon));
      pin.setAttribute("cy", y(at.lat));
    }
  };
  return { node, mark };
}

function middle(ring) {
  const sum = ring.reduce(([a, b], [lon, lat]) => [a + lon, b + lat], [0, 0]);
  return sum.map((value) => value / ring.length);
}
