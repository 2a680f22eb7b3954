/* One facility: what-if beside the button, and drawing the area it serves on its small map. */
const wish = document.querySelector("[data-what-if]");
const answer = document.getElementById("what-if");

wish?.addEventListener("click", async (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  for (const other of wish.querySelectorAll("a")) other.toggleAttribute("aria-current", other === link);
  answer.setAttribute("aria-busy", "true");
  const got = await fetch(link.href, { headers: { "X-Part": "1" } }).catch(() => null);
  answer.removeAttribute("aria-busy");
  if (!got?.ok) return location.assign(link.href);
  answer.innerHTML = await got.text();
});

const form = document.querySelector("[data-catchment]");
const plan = document.querySelector("[data-plan]");

function showMethod() {
  const method = form.elements.method.value;
  for (const part of form.querySelectorAll("[data-method]")) part.hidden = part.dataset.method !== method;
  plan?.classList.toggle("drawing", method === "drawn" && form.closest("details").open);
}

function corners() {
  const lines = form.elements.corners.value.split("\n").map((line) => line.split(/[,;]/).map(Number));
  return lines.filter(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat));
}

function drawDraft() {
  const { west, north, squeeze, scale } = plan.dataset;
  const points = corners().map(
    ([lon, lat]) => `${((lon - west) * squeeze * scale).toFixed(1)},${((north - lat) * scale).toFixed(1)}`,
  );
  plan.querySelector(".draft").setAttribute("d", points.length > 1 ? `M${points.join(" ")}Z` : "");
}

function addCorner(event) {
  if (!plan.classList.contains("drawing")) return;
  const { west, north, squeeze, scale } = plan.dataset;
  const spot = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  const lon = Number(west) + spot.x / (squeeze * scale);
  const lat = Number(north) - spot.y / scale;
  const field = form.elements.corners;
  field.value = `${field.value.trimEnd()}\n${lon.toFixed(6)}, ${lat.toFixed(6)}`.trimStart();
  drawDraft();
}

if (form) {
  form.addEventListener("change", showMethod);
  form.closest("details").addEventListener("toggle", showMethod);
  showMethod();
  if (plan) {
    plan.addEventListener("click", addCorner);
    form.elements.corners.addEventListener("input", drawDraft);
    form.querySelector("[data-clear]").addEventListener("click", () => {
      form.elements.corners.value = "";
      drawDraft();
    });
  }
}
