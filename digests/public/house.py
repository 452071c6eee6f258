"""What pages need of the site as a whole, asked for once in each state of it: the stamp tells one
state from another (`digests.site_stamp`), and comes with the request where it has been read."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache

from django.http import HttpRequest

from digests import site_stamp
from digests.models import Edition, Masthead
from digests.public.prepared import STAMP, build
from digests.site_stamp import Stamp


class House:
    """The site in one state; what is asked for later is at worst newer. For reading only."""

    def __init__(self) -> None:
        self.masthead = Masthead.get()

    @cached_property
    def issues(self) -> int:
        """How many are public."""
        return Edition.objects.public().count()

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Those of the public issues' weeks, the newest first."""
        days = Edition.objects.public().dates("first_on", "year", order="DESC")
        return tuple(day.year for day in days)

    @cached_property
    def made_by(self) -> str:
        """Another one whenever an edition might be shown in other words or in another form."""
        columns = Masthead._meta.concrete_fields
        said = [str(getattr(self.masthead, column.attname)) for column in columns]
        return hashlib.sha256(repr([build(), *said]).encode()).hexdigest()


@lru_cache(maxsize=2)
def _house(mark: str) -> House:
    return House()


def stamp_of(request: HttpRequest) -> Stamp | None:
    """The site's stamp, read once for each request."""
    stamp: Stamp | None = request.META.get(STAMP) or site_stamp.read()
    request.META[STAMP] = stamp
    return stamp


def house_of(request: HttpRequest) -> House:
    stamp = stamp_of(request)
    return _house(stamp.mark) if stamp else House()


def house_now() -> House:
    """The site as it is, where nobody has asked for a page."""
    stamp = site_stamp.read()
    return _house(stamp.mark) if stamp else House()
