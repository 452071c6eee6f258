"""What a page has that no view of ours shows: the framework's error pages and the sign-in."""

from __future__ import annotations

import logging

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from digests.models import Masthead

logger = logging.getLogger(__name__)


def masthead(request: HttpRequest) -> dict[str, object]:
    """The site's name for its head; asked for only where a page shows it and brings none itself."""
    return {"masthead": SimpleLazyObject(_masthead)}


def _masthead() -> Masthead | None:
    """None where it can't be had: an error page must not fail for want of a name, and whatever
    broke the page that was asked for may break this too."""
    try:
        return Masthead.get()
    except Exception:
        logger.warning("The site's name could not be read", exc_info=True)
        return None
