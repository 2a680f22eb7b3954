"""The field app's shell: one page, its service worker and its manifest.

They hold nothing of anybody, so that a phone may keep them; everything else comes through the API and stays in the
phone's own storage.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

FOLDER = Path(settings.BASE_DIR) / "crisis" / "static" / "field"
STYLES = ("crisis/tokens.css", "crisis/base.css", "field/field.css")
ICON = "crisis/mark.svg"


def shell_files() -> list[str]:
    """Static files of the app, by the names staticfiles knows."""
    scripts = sorted(f"field/{file.name}" for file in FOLDER.glob("*.js") if file.name != "worker.js")
    return [*STYLES, ICON, *scripts]


@cache
def shell_version() -> str:
    """Changes with any byte of the shell; the page itself counts too."""
    digest = hashlib.sha256()
    for name in [*shell_files(), "field/worker.js"]:
        found = find(name)
        assert isinstance(found, str), name
        digest.update(Path(found).read_bytes())
    digest.update((Path(settings.BASE_DIR) / "crisis" / "templates" / "crisis" / "field.html").read_bytes())
    return digest.hexdigest()[:16]


@require_safe
@ensure_csrf_cookie
def field_page(request: HttpRequest) -> HttpResponse:
    """The same page for everybody, signed in or not."""
    response = render(request, "crisis/field.html", {"styles": STYLES, "icon": ICON})
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def field_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of files it keeps. A browser looks for a newer one at every visit."""
    code = (FOLDER / "worker.js").read_text(encoding="utf-8")
    files = ["/field/", "/field/app.webmanifest", *(static(name) for name in shell_files())]
    head = f"const VERSION = {json.dumps(shell_version())};\nconst FILES = {json.dumps(files)};\n"
    return HttpResponse(
        head + code, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@require_safe
def field_manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the app on its home screen."""
    icon = {"src": static(ICON), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    answer = {
        "id": "/field/",
        "name": "Reprise",
        "short_name": "Reprise",
        "start_url": "/field/",
        "scope": "/field/",
        "display": "standalone",
        "background_color": "#FBF9F4",
        "theme_color": "#86194F",
        "icons": [icon],
    }
    return JsonResponse(answer, content_type="application/manifest+json")


urlpatterns = [
    path("field/", field_page, name="field"),
    path("field/sw.js", field_worker, name="field_worker"),
    path("field/app.webmanifest", field_manifest, name="field_manifest"),
]
