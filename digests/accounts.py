"""Who may come in: signup is closed; editors are made in the admin. Guessing is slowed down for who
guesses, and for nobody else."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import truncate_ip
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
