"""Who may come in: signup is closed; editors are made in the admin. Guessing is slowed down for who
guesses, and for nobody else."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.http import HttpRequest


class ClosedAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What wrong passwords are counted under: the account and the address they come from.
        allauth's own is the account and the Host header: a stranger could lock an editor out, and
        count anew with every port that he names."""
        account = credentials.get("email") or credentials.get("username") or ""
        return f"{str(account).casefold()} {truncate_ip(self.get_client_ip(request))}"

    # A mail names the site as it is set up: who asks for one chooses the Host header, its port too.
    def get_reset_password_from_key_url(self, key: str) -> str:
        return _of_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmation
    ) -> str:
        return _of_site(super().get_email_confirmation_url(request, emailconfirmation))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        host = urlsplit(settings.SITE_URL).netloc
        site = {"name": host, "domain": host}
        super().send_mail(template_prefix, email, {**context, "current_site": site})


def _of_site(address: str) -> str:
    return settings.SITE_URL.rstrip("/") + urlsplit(address).path
