"""Links by which people without an account read an issue before it is public.

The address holds a signed name of the link's row; whether it still opens anything is asked of the
row each time, so that a link can be revoked.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone

from digests.models import Editor, Issue
from digests.models.notes import MAX_NAME, PreviewLink
from papers.cleaning import clean_line

DAYS = (1, 3, 7, 14)  # how long a link may be valid
USUAL_DAYS = 7
_SALT = "digests.previewing"


def make(issue: Issue, *, days: int, by: Editor, label: str = "") -> PreviewLink:
    """A link to this issue that is valid for one of DAYS; `label` says for whom it is. Raises
    ValueError for another number of days."""
    if days not in DAYS:
        raise ValueError(f"a link is valid for {DAYS} days, not {days}")
    return PreviewLink.objects.create(
        issue=issue,
        label=clean_line(label)[:MAX_NAME],
        expires_at=timezone.now() + timedelta(days=days),
        created_by=by,
    )


def revoke(link: PreviewLink) -> bool:
    """The link opens nothing any more; whether it did."""
    alive = PreviewLink.objects.alive().filter(pk=link.pk)
    return bool(alive.update(revoked_at=timezone.now()))


def token_of(link: PreviewLink) -> str:
    """What stands in the link's address."""
    return signing.Signer(sep=".", salt=_SALT).sign(link.uuid.hex)


def find(token: str) -> PreviewLink | None:
    """The link of this token with its issue, alive or not; None where we never made the token."""
    try:
        uuid = UUID(signing.Signer(sep=".", salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return PreviewLink.objects.select_related("issue__source").filter(uuid=uuid).first()


def is_alive(link: PreviewLink) -> bool:
    return link.revoked_at is None and link.expires_at > timezone.now()
