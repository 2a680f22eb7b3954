"""The pages of one's own account: keys for programs and phones."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from municipal_units.actions.accounts import create_token, revoke_token
from municipal_units.models import ApiToken

LIFETIMES_DAYS = (14, 90, 365)
LONGEST_NAME = 100


@never_cache
@login_required
def tokens_page(request: HttpRequest) -> HttpResponse:
    """One's tokens. The secret of a new one is in the answer to the form and nowhere else, so it is shown once."""
    secret, problem = "", ""
    if request.method == "POST":
        name, days = request.POST.get("name", "").strip(), request.POST.get("days", "")
        if not name or len(name) > LONGEST_NAME or "\x00" in name:
            problem = _("Give the key a name of up to 100 characters, so that you know it again.")
        elif days not in map(str, LIFETIMES_DAYS):
            problem = _("Choose how long the key shall work.")
        else:
            _token, secret = create_token(user=request.user, name=name, now=timezone.now(), days=int(days))  # type: ignore[arg-type]
    context = {
        "tokens": ApiToken.objects.filter(user=request.user.pk, municipality=None).order_by("-pk"),
        "secret": secret,
        "problem": problem,
        "now": timezone.now(),
        "lifetimes": LIFETIMES_DAYS,
    }
    return render(request, "crisis/tokens.html", context, status=422 if problem else 200)


@require_POST
@login_required
def revoke_page(request: HttpRequest, pk: int) -> HttpResponse:
    found = ApiToken.objects.filter(user=request.user.pk, pk=pk, municipality=None, revoked_at__isnull=True).first()
    if found is None:
        raise Http404
    revoke_token(token=found, now=timezone.now())
    return redirect("tokens")


urlpatterns = [
    path("account/tokens/", tokens_page, name="tokens"),
    path("account/tokens/<int:pk>/revoke", revoke_page, name="revoke_token"),
]
