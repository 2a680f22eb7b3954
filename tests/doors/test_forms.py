"""Forms of our own pages pass the CSRF check in a real browser."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_a_browser_may_name_the_origin_of_our_own_forms():
    """Under `no-referrer` browsers send `Origin: null` with a form, which Django refuses (seen in Chromium)."""
    answer = Client().get(reverse("account_login"))
    assert answer.headers["Referrer-Policy"] == "same-origin"
