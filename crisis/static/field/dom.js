/* Elements without markup in strings, so that no answer can become part of the page. */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const back = () =>
  svg(
    "svg",
    { width: 22, height: 22, viewBox: "0 0 22 22", "aria-hidden": "true", class: "mirrored" },
    svg("path", { d: "M14 3 6 11l8 8", fill: "none", stroke: "currentColor", "stroke-width": 2.5 }),
  );

/** One screen: head (heading, what stands beside it), body, foot. The heading gets the focus, so that it is read. */
export function show({ title, sub, beside, home = true, body, foot }) {
  const heading = el("h1.grow", { tabIndex: -1 }, el("bdi", {}, title), sub ? el("span.small.muted", {}, sub) : null);
  document
    .getElementById("head")
    .replaceChildren(
      ...(home ? [el("a.btn.f-back", { href: "#/", "aria-label": "⌂" }, back())] : []),
      heading,
      ...(beside ? [beside] : []),
    );
  document.getElementById("body").replaceChildren(...body.flat().filter(Boolean));
  const bar = document.getElementById("foot");
  bar.replaceChildren(...(foot ?? []).filter(Boolean));
  bar.hidden = !foot?.some(Boolean);
  document.title = title;
  scrollTo(0, 0);
  heading.focus({ preventScroll: true });
}

export function note(text, kind = "") {
  return el(`p.note${kind ? `.${kind}` : ""}`, { role: kind === "out" ? "alert" : "status" }, text);
}
