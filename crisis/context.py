"""What every page's template may use."""

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    """The demo banner and the person's municipality on every page."""
    return {"demo": settings.DEMO, "actor": getattr(request, "actor", None)}
