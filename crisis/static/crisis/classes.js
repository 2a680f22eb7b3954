/* The classes of functionality and the colours of the theme in force. */
const CLASS_STYLES = ["f1", "f2", "f3", "f4", "f5"];

/** Class code of a share under the cut-offs the server sent; null is no data. */
export function classOf(share, classes) {
  if (share === null || share === undefined) return "no_data";
  let code = "no_data";
  for (const cut of classes) if (cut.from !== undefined && share + 1e-9 >= cut.from) code = cut.code;
  return code;
}

/** CSS class of a functionality class: f1 to f5, f-nd (nobody knows), f-sp (known, withheld). */
export function styleOf(code, classes) {
  if (code === "withheld") return "f-sp";
  const place = classes.findIndex((cut) => cut.code === code && cut.from !== undefined);
  return CLASS_STYLES[place] ?? "f-nd";
}

/** A design token as the browser computes it now, so that theme and print need no second table of colours. */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
