"""ODK's own engine (@getodk/xforms-engine) in a browser: a second, independent client that fills our forms."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Route, sync_playwright

CHROMIUM = os.environ.get("REPRISE_CHROMIUM", "/usr/bin/chromium")
ENGINE = Path(__file__).resolve().parents[2] / "node_modules" / "@getodk" / "xforms-engine" / "dist" / "index.js"
ORIGIN = "http://localhost:9"  # a secure context: the engine wants crypto

# Fills one form with the answers given by path, in the order of the form, as a person would: only what is asked.
FILL = """async ([xform, lists, answers]) => {
  const { createInstance } = await import("/engine.js");
  const attachment = async (url) => {
    const name = String(url).split("/").pop();
    return new Response(lists[name] ?? "name,label\\n", { headers: { "Content-Type": "text/csv" } });
  };
  const instance = await createInstance(xform, { form: { fetchFormAttachment: attachment } });
  const said = {};
  const put = (node) => {
    const path = node.currentState.reference.replace(/^\\/[^/]+/, "");
    if (node.nodeType === "root" || node.nodeType === "group") {
      node.currentState.children.forEach(put);
      return;
    }
    const value = answers[path];
    if (value !== undefined && node.currentState.relevant) {
      try {
        if (node.nodeType === "select") {
          node.selectValues(value === "" ? [] : value.split(" "));
        } else if (node.nodeType === "upload") {
          if (value) node.setValue(new File([new Uint8Array([1, 2, 3])], value, { type: "image/jpeg" }));
        } else if (node.nodeType === "input" || node.nodeType === "range") {
          node.setValue(value);
        }
      } catch (error) {
        said[path] = String(error);
      }
    }
  };
  put(instance.root);
  const broken = instance.root.validationState.violations.map((found) => [
    found.reference.replace(/^\\/[^/]+/, ""), found.violation.condition,
  ]);
  const payload = await instance.root.prepareInstancePayload();
  const data = payload.data[0];
  const files = [];
  for (const [name, value] of data.entries()) files.push([name, value.name ?? ""]);
  const xml = await data.get("xml_submission_file").text();
  return { xml, broken, status: payload.status, files, said };
}"""


def fill(cases: list[tuple[str, dict[str, str], dict[str, str]]]) -> list[dict[str, Any]]:
    """For each (XForm, lists by file name, answers by path): the XML the engine would send, and the rules it says are
    broken, as [path, condition]."""

    def serve(route: Route) -> None:
        if route.request.url.endswith("/engine.js"):
            route.fulfill(body=ENGINE.read_text(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>engine</title>", content_type="text/html")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", serve)
        page.goto(ORIGIN)
        answers = [page.evaluate(FILL, list(case)) for case in cases]
        browser.close()
    return answers
