"""The XML that ODK Collect reads: form list, manifest, submission response (OpenRosa 1.0; what Collect's parsers do).

Collect drops a whole list for one entry without id, name or address, and a hash must never be empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from assessments.actions.keeping import Receipt

XML = "text/xml; charset=utf-8"
HEADERS = {"X-OpenRosa-Version": "1.0"}
ACCEPTED_BYTES = 100_000_000
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
LIST_NS = "http://openrosa.org/xforms/xformsList"
MANIFEST_NS = "http://openrosa.org/xforms/xformsManifest"
RESPONSE_NS = "http://openrosa.org/http/response"
METADATA_NS = "http://www.opendatakit.org/xforms"


@dataclass(frozen=True)
class ListedForm:
    form_id: str
    name: str
    version: str
    md5: str
    download_url: str
    manifest_url: str = ""


@dataclass(frozen=True)
class MediaFile:
    """`integrity_url` makes it an entity list."""

    name: str
    md5: str
    download_url: str
    integrity_url: str = ""


def element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def form_list(forms: Iterable[ListedForm]) -> str:
    def entry(form: ListedForm) -> str:
        parts = [
            element("formID", form.form_id),
            element("name", form.name or form.form_id),
            element("version", form.version),
            element("hash", f"md5:{form.md5}"),
            element("downloadUrl", form.download_url),
        ]
        if form.manifest_url:
            parts.append(element("manifestUrl", form.manifest_url))
        return "<xform>" + "".join(parts) + "</xform>"

    return f'{DECLARATION}<xforms xmlns="{LIST_NS}">{"".join(map(entry, forms))}</xforms>'


def manifest(files: Iterable[MediaFile]) -> str:
    def entry(file: MediaFile) -> str:
        parts = [
            element("filename", file.name),
            element("hash", f"md5:{file.md5}"),
            element("downloadUrl", file.download_url),
        ]
        if file.integrity_url:
            parts.append(element("integrityUrl", file.integrity_url))
        kind = ' type="entityList"' if file.integrity_url else ""
        return f"<mediaFile{kind}>" + "".join(parts) + "</mediaFile>"

    return f'{DECLARATION}<manifest xmlns="{MANIFEST_NS}">{"".join(map(entry, files))}</manifest>'


def integrity(known: Iterable[tuple[str, bool]]) -> str:
    """For each id asked about, whether it is gone from the list."""
    entries = "".join(
        f"<entity id={quoteattr(code)}><deleted>{'false' if there else 'true'}</deleted></entity>"
        for code, there in known
    )
    return f"{DECLARATION}<data><entities>{entries}</entities></data>"


def message(text: str, *, nature: str = "error") -> str:
    """An answer in words; Collect shows them to the person when the status is neither 401 nor 200."""
    body = f"<message nature={quoteattr(nature)}>{escape(text)}</message>"
    return f'{DECLARATION}<OpenRosaResponse xmlns="{RESPONSE_NS}" items="0">{body}</OpenRosaResponse>'


def receipt(given: Receipt, text: str) -> str:
    """What was kept, as Collect shows it and as a program can check it."""
    metadata = {
        "id": given.form_id,
        "instanceID": given.instance_id,
        "version": given.version,
        "submissionDate": given.received_at.isoformat(),
        "isComplete": "true" if given.complete else "false",
    }
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in metadata.items())
    return (
        f'{DECLARATION}<OpenRosaResponse xmlns="{RESPONSE_NS}" items="0">'
        f'<message nature="submit_success">{escape(text)}</message>'
        f'<submissionMetadata xmlns="{METADATA_NS}"{attributes}/></OpenRosaResponse>'
    )
