"""XLSForm (readable markdown, XLSX, XLS or CSV) to the XForm for Collect and to the small JSON form of our own app.

pyxform does the first step and says what is wrong with which row. The JSON form is read back from the XForm, so both
say the same; its expressions are trees (`expressions`). A form that uses more is for Collect only and says why.

The JSON form:
    form_id, version, title, languages: [{code, name, default}]
    questions: [{path, type, label, hint, required, relevant, constraint, constraint_message, calculate, default,
                 appearance, choices, file, max_pixels, repeat}]      (what does not apply is left out)
    groups:    [{path, label, relevant}]
    choices:   {list: [{name, label}]}          files: [names of lists that come from the server]
    collect_only: [reasons, empty for forms that our app can fill]
`type`: text, integer, decimal, date, time, dateTime, geopoint, geotrace, geoshape, select_one, select_multiple, rank,
image, audio, video, file, barcode, acknowledge, note, calculate. Labels are {language code: text}.
"""

import hashlib
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pyxform.errors import PyXFormError
from pyxform.xls2xform import convert

from assessments.core.forms.expressions import NotSupported, parse

KINDS = (".md", ".xlsx", ".xls", ".csv")
H, X, JR = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2002/xforms}", "{http://openrosa.org/javarosa}"
ORX = "{http://openrosa.org/xforms}"
TYPES = {"string": "text", "int": "integer", "binary": "file", "odk:rank": "rank"}
MEDIA = {"image/*": "image", "audio/*": "audio", "video/*": "video"}
BINARY = ("image", "audio", "video", "file")
EXPRESSIONS = ("required", "relevant", "constraint", "calculate")
ROW = re.compile(r"\[row\s*:\s*(\d+)\]|\brow (\d+)\b", re.IGNORECASE)
SHEET = re.compile(r"On the '(survey|choices|settings|entities)' sheet", re.IGNORECASE)
LANGUAGE = re.compile(r"^(.*?)\s*\(([A-Za-z-]{2,20})\)$")


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with a form somebody wrote; `row` of the sheet where the reader knows it."""

    message: str
    row: int | None = None
    sheet: str = ""


class FormRefused(Exception):
    def __init__(self, problems: list[RowProblem]) -> None:
        self.problems = problems
        super().__init__("; ".join(problem.message for problem in problems))


@dataclass(frozen=True)
class CompiledForm:
    form_id: str
    version: str
    title: str
    xform: str
    definition: dict[str, Any]
    warnings: tuple[RowProblem, ...]

    @property
    def md5(self) -> str:
        """Of the exact bytes served; Collect compares it to know whether to download (OpenRosa form list)."""
        return hashlib.md5(self.xform.encode(), usedforsecurity=False).hexdigest()


def compile_form(source: bytes, kind: str, *, name: str = "form") -> CompiledForm:
    """FormRefused says what is wrong, row by row. `name` is used where the settings give no form_id."""
    if kind not in KINDS:
        raise FormRefused([RowProblem("Send the form as XLSX, XLS, CSV or markdown.")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{re.sub(r'[^A-Za-z0-9_-]', '_', name)[:60] or 'form'}{kind}"
        path.write_bytes(source)
        try:
            result = convert(path, file_type=kind)
        except PyXFormError as error:
            raise FormRefused([problem(part) for part in str(error).split("\n") if part.strip()]) from error
        except Exception as error:  # whatever a broken workbook makes its readers raise
            raise FormRefused([RowProblem("The file cannot be read as a form. Save it again as XLSX.")]) from error
    definition = definition_of(result.xform)
    return CompiledForm(
        form_id=definition["form_id"],
        version=definition["version"],
        title=definition["title"],
        xform=result.xform,
        definition=definition,
        warnings=tuple(problem(warning) for warning in result.warnings),
    )


def problem(message: str) -> RowProblem:
    row, sheet = ROW.search(message), SHEET.search(message)
    number = int(row.group(1) or row.group(2)) if row else None
    return RowProblem(
        " ".join(message.split())[:600], number, sheet.group(1).lower() if sheet else "survey" if row else ""
    )


CLOSING = {")": "(", "]": "["}


def never_valid(expression: str) -> str:
    """Why no reader of XPath can take this, in a sentence; empty where brackets and quotes match."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)
    if "'" in bare or '"' in bare:
        return "A quotation mark is not closed."
    opened: list[str] = []
    for letter in bare:
        if letter in "([":
            opened.append(letter)
        elif letter in CLOSING and (not opened or opened.pop() != CLOSING[letter]):
            return "A bracket is closed that was not opened."
    return "A bracket is not closed." if opened else ""


def definition_of(xform: str) -> dict[str, Any]:
    """The JSON form of an XForm that pyxform wrote."""
    document = ElementTree.fromstring(xform)
    model = document.find(f"{H}head/{X}model")
    body = document.find(f"{H}body")
    assert model is not None
    assert body is not None
    instance = model.find(f"{X}instance")
    assert instance is not None
    root = instance[0]
    languages, texts = _texts(model)
    reader = _Body(model, root, languages, texts)
    reader.read(body, repeat="")
    reader.add_unasked()
    return {
        "form_id": root.get("id", ""),
        "version": root.get("version", ""),
        "title": document.findtext(f"{H}head/{H}title") or root.get("id", ""),
        "languages": languages,
        "questions": reader.questions,
        "groups": reader.groups,
        "choices": _choices(model, languages, texts),
        "files": sorted(
            source.rsplit("/", 1)[-1]
            for item in model.findall(f"{X}instance")[1:]
            if (source := item.get("src", "")).startswith("jr://file")
        ),
        "collect_only": sorted(set(reader.reasons)),
    }


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _texts(model: ElementTree.Element) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """The languages, and for each text id the text by language code."""
    languages: list[dict[str, Any]] = []
    texts: dict[str, dict[str, str]] = {}
    for translation in model.findall(f"{X}itext/{X}translation"):
        name = translation.get("lang", "")
        match = LANGUAGE.match(name)
        code = match.group(2) if match else "en" if name == "default" else name
        languages.append({"code": code, "name": match.group(1) if match else name,
                          "default": translation.get("default") == "true()"})  # fmt: skip
        for text in translation.findall(f"{X}text"):
            plain = next((value for value in text.findall(f"{X}value") if value.get("form") is None), None)
            if plain is not None:
                texts.setdefault(text.get("id", ""), {})[code] = "".join(plain.itertext()).strip()
    return languages or [{"code": "en", "name": "English", "default": True}], texts


def _choices(
    model: ElementTree.Element, languages: list[dict[str, Any]], texts: dict[str, dict[str, str]]
) -> dict[str, list[dict[str, Any]]]:
    lists: dict[str, list[dict[str, Any]]] = {}
    for instance in model.findall(f"{X}instance")[1:]:
        if instance.get("src"):
            continue
        items = []
        for item in instance.findall(f"{X}root/{X}item"):
            values = {_local(value): (value.text or "").strip() for value in item}
            label = texts.get(values.pop("itextId", "")) or {languages[0]["code"]: values.pop("label", "")}
            items.append({"name": values.pop("name", ""), "label": label, **({"columns": values} if values else {})})
        lists[instance.get("id", "")] = items
    return lists


class _Body:
    """Walks the questions in their order and joins each with its binding."""

    def __init__(
        self,
        model: ElementTree.Element,
        root: ElementTree.Element,
        languages: list[dict[str, Any]],
        texts: dict[str, dict[str, str]],
    ) -> None:
        self.root, self.name, self.language, self.texts = root, _local(root), languages[0]["code"], texts
        self.binds = {bind.get("nodeset", ""): bind for bind in model.findall(f"{X}bind")}
        self.first_load = {item.get("ref", ""): item.get("value", "") for item in model.findall(f"{X}setvalue")}
        self.questions: list[dict[str, Any]] = []
        self.groups: list[dict[str, Any]] = []
        self.reasons: list[str] = []

    def read(self, parent: ElementTree.Element, *, repeat: str) -> None:
        for control in parent:
            kind, reference = _local(control), control.get("ref") or control.get("nodeset") or ""
            if kind == "group":
                if reference:
                    self.groups.append(self.bound(reference) | self.said("label", control))
                self.read(control, repeat=repeat)
            elif kind == "repeat":
                self.reasons.append("It asks the same questions several times (repeats).")
                self.read(control, repeat=self.path(reference))
            elif kind in ("input", "select", "select1", "upload", "trigger", "rank", "range"):
                self.questions.append(self.question(kind, reference, control, repeat))

    def path(self, reference: str) -> str:
        return reference.removeprefix(f"/{self.name}") or "/"

    def question(self, kind: str, reference: str, control: ElementTree.Element, repeat: str) -> dict[str, Any]:
        bind = self.binds.get(reference)
        declared = (bind.get("type", "string") if bind is not None else "string").removeprefix("xsd:")
        type_ = TYPES.get(declared, declared)
        if kind in ("select", "select1", "rank"):
            type_ = {"select": "select_multiple", "select1": "select_one", "rank": "rank"}[kind]
        elif kind == "upload":
            type_ = MEDIA.get(control.get("mediatype", ""), "file")
        elif kind == "trigger":
            type_ = "acknowledge"
        elif bind is not None and bind.get("readonly") == "true()":
            type_ = "note"
        question = self.bound(reference) | {"type": type_}
        question |= self.said("label", control) | self.said("hint", control)
        if control.get("appearance"):
            question["appearance"] = control.get("appearance")
        if bind is not None and bind.get(f"{ORX}max-pixels"):
            question["max_pixels"] = int(bind.get(f"{ORX}max-pixels", "0"))
        if repeat:
            question["repeat"] = repeat
        self.itemset(question, control)
        return question

    def itemset(self, question: dict[str, Any], control: ElementTree.Element) -> None:
        found = control.find(f"{X}itemset")
        if found is None:
            return
        match = re.match(r"^(?:randomize\()?instance\('([^']+)'\)/root/item(\[.*\])?", found.get("nodeset", ""))
        if match is None:
            self.reasons.append(f"The choices of {question['path']} depend on other answers.")
            question["open_choices"] = True
            return
        question["choices"] = match.group(1)
        if match.group(2):
            question["open_choices"] = True
            self.reasons.append(f"The choices of {question['path']} are filtered.")

    def bound(self, reference: str) -> dict[str, Any]:
        bind = self.binds.get(reference)
        found: dict[str, Any] = {"path": self.path(reference)}
        first = self.first_load.get(reference)
        node = self.node(reference)
        if first:
            self.expression(found, "default", first, reference)
        elif node is not None and not len(node) and (node.text or "").strip():
            found["default"] = ["str", (node.text or "").strip()]
        if bind is None:
            return found
        for name in EXPRESSIONS:
            if bind.get(name):
                self.expression(found, name, bind.get(name, ""), reference)
        message = bind.get(f"{JR}constraintMsg")
        if message:
            found["constraint_message"] = self.text(message)
        return found

    def node(self, reference: str) -> ElementTree.Element | None:
        """The element of the empty form that a reference means."""
        node: ElementTree.Element | None = self.root
        for step in self.path(reference).strip("/").split("/"):
            node = next((child for child in node if _local(child) == step), None) if node is not None else None
        return node

    def expression(self, found: dict[str, Any], name: str, text: str, reference: str) -> None:
        try:
            found[name] = parse(text, own_path=self.path(reference), root=self.name)
        except NotSupported as outside:
            if broken := never_valid(text):
                raise FormRefused(
                    [RowProblem(f"{self.path(reference)}, {name}: {broken}", sheet="survey")]
                ) from outside
            self.reasons.append(f"{self.path(reference)}, {name}: {outside}")
            found.setdefault("unchecked", []).append(name)

    def text(self, reference: str) -> dict[str, str]:
        match = re.match(r"^jr:itext\('([^']*)'\)$", reference)
        return self.texts.get(match.group(1), {}) if match else {self.language: reference}

    def said(self, name: str, control: ElementTree.Element) -> dict[str, Any]:
        element = control.find(f"{X}{name}")
        if element is None:
            return {}
        said = self.text(element.get("ref", "")) if element.get("ref") else {self.language: "".join(element.itertext())}
        return {name: {code: text.strip() for code, text in said.items() if text.strip() and text.strip() != "-"}}

    def add_unasked(self) -> None:
        """Bindings without a question: what the form works out, and what the phone fills in by itself."""
        asked = {question["path"] for question in self.questions} | {group["path"] for group in self.groups}
        for reference, bind in self.binds.items():
            if self.path(reference) in asked or self.path(reference) == "/meta/instanceID" or "/@" in reference:
                continue
            declared = bind.get("type", "string").removeprefix("xsd:")
            type_ = "file" if declared == "binary" else "calculate"
            self.questions.append(self.bound(reference) | {"type": type_, "unasked": True})
