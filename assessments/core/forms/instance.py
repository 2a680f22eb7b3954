"""A filled form as it travels: XML of a few kilobytes, read with bounded memory and without looking anything up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MOST_BYTES = 5 * 1024 * 1024
DEEPEST = 100
MOST_NODES = 50_000
LONGEST_ATTRIBUTE = 10_000
MOST_ATTRIBUTES = 50
LONGEST_ID = 200


class Unreadable(Exception):
    """What is wrong with the XML, in a sentence for the person holding the phone."""


@dataclass
class Node:
    """One element, its name without prefix."""

    name: str
    children: list["Node"] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True)
class Instance:
    """A filled form. `instance_id` and `replaces` (deprecatedID) are empty where the form says none."""

    form_id: str
    version: str
    instance_id: str
    replaces: str
    root: Node
    encrypted: bool = False


def read_instance(xml: bytes) -> Instance:
    """Refused: what is too large, too deep, brings a document type (entities!) or is no XML in UTF-8."""
    if len(xml) > MOST_BYTES:
        raise Unreadable(f"The form is larger than {MOST_BYTES // 1024 // 1024} MB.")
    try:
        xml.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not written in UTF-8.") from error
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.XmlDeclHandler = reader.declaration
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable("The form is not complete XML. Send it again.") from error
    root = reader.root
    if root is None:
        raise Unreadable("The form is empty.")
    meta = next((child for child in root.children if child.name == "meta"), Node("meta"))
    values = {child.name: child.text.strip() for child in meta.children if not child.children}
    ids = {name: reader.attributes.get(name, "").strip() for name in ("id", "version", "instanceID", "xmlns")}
    form_id = ids["id"] or reader.namespace
    found = {
        "form_id": form_id,
        "version": ids["version"],
        "instance_id": values.get("instanceID", "") or ids["instanceID"],
        "replaces": values.get("deprecatedID", ""),
    }
    for name, value in found.items():
        if len(value) > LONGEST_ID or "\x00" in value:
            raise Unreadable(f"The {name.replace('_', ' ')} of the form is longer than {LONGEST_ID} characters.")
    return Instance(**found, root=root, encrypted=reader.attributes.get("encrypted") == "yes")


class _Reader:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.attributes: dict[str, str] = {}
        self.namespace = ""
        self.open: list[Node] = []
        self.nodes = 0

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise Unreadable(f"The form is written in {encoding[:20]}. Forms are sent in UTF-8.")

    def doctype(self, *_: Any) -> None:
        raise Unreadable("The form declares a document type, which filled forms never do.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Unreadable(f"The form holds more than {MOST_NODES} answers.")
        if len(self.open) >= DEEPEST:
            raise Unreadable(f"The form is nested deeper than {DEEPEST} levels.")
        if len(attributes) > MOST_ATTRIBUTES or any(len(value) > LONGEST_ATTRIBUTE for value in attributes.values()):
            raise Unreadable("An element of the form carries attributes that are too long or too many.")
        namespace, _, local = name.rpartition(" ")
        node = Node(local)
        if self.open:
            self.open[-1].children.append(node)
        elif self.root is None:
            self.root, self.namespace = node, namespace
            self.attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.open.append(node)

    def end(self, name: str) -> None:
        self.open.pop()

    def characters(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data


def leaves(root: Node) -> Iterator[tuple[str, str, tuple[Node, ...]]]:
    """Path, text and chain of elements from the root of everything that is no group, in the order of the form. The
    second and later elements of a name get a number: `/people[2]/age`."""

    def walk(node: Node, path: str, chain: tuple[Node, ...]) -> Iterator[tuple[str, str, tuple[Node, ...]]]:
        counts: dict[str, int] = {}
        for child in node.children:
            counts[child.name] = counts.get(child.name, 0) + 1
            place = f"{path}/{child.name}" + (f"[{counts[child.name]}]" if counts[child.name] > 1 else "")
            if child.children:
                yield from walk(child, place, (*chain, child))
            else:
                yield place, child.text.strip(), (*chain, child)

    yield from walk(root, "", (root,))


def answers_of(root: Node) -> dict[str, str]:
    """What was answered, by path; empty answers and the meta block left out."""
    return {path: text for path, text, _ in leaves(root) if text and not path.startswith("/meta/")}


def answer_near(chain: tuple[Node, ...], path: str) -> str:
    """The text at a path as seen from an element: inside of repeats the branch of the element itself is meant."""
    node, on_chain = chain[0], 1
    for step in path.strip("/").split("/"):
        nearest = chain[on_chain] if on_chain and on_chain < len(chain) and chain[on_chain].name == step else None
        on_chain = on_chain + 1 if nearest is not None else 0
        found = nearest or next((child for child in node.children if child.name == step), None)
        if found is None:
            return ""
        node = found
    return node.text.strip() if not node.children else ""


def written(*, form_id: str, version: str, instance_id: str, replaces: str, answers: dict[str, str]) -> bytes:
    """The XML of answers given by path, as our own app sends them: the same answers give the same bytes."""
    root = Node("data")
    for path, text in sorted(answers.items()):
        node = root
        for step in path.strip("/").split("/"):
            child = next((known for known in node.children if known.name == step), None)
            if child is None:
                child = Node(step)
                node.children.append(child)
            node = child
        node.text = text
    meta = [Node("instanceID", text=instance_id)] + ([Node("deprecatedID", text=replaces)] if replaces else [])
    root.children.append(Node("meta", children=meta))
    head = f"<data id={quoteattr(form_id.translate(UNWRITABLE))} version={quoteattr(version.translate(UNWRITABLE))}>"
    return (head + "".join(map(_xml, root.children)) + "</data>").encode()


# What XML 1.0 has no way to write (its section 2.2); a phone must not be stuck because of one of them.
UNWRITABLE = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535, *range(55296, 57344)))


def _xml(node: Node) -> str:
    return f"<{node.name}>{escape(node.text.translate(UNWRITABLE))}{''.join(map(_xml, node.children))}</{node.name}>"
