"""Which version of a paper an entry rests on. arXiv's newer ones are stored and told; only a person
takes one."""

from __future__ import annotations

from django.db import transaction

from digests import steps
from digests.cards import lock_entry, reopen, sign
from digests.models import Editor, Entry
from papers.models import Version


@transaction.atomic
def take(entry: Entry, number: int, *, by: Editor) -> Version | None:
    """Rest the entry on the paper's version `number` and ask for its text and a draft of it. Texts
    and marks stay as they are: the gate tells which quotes the new version no longer has. None
    where no such version is known; the same one again changes nothing."""
    entry = lock_entry(entry.pk)
    version = entry.paper.versions.filter(number=number).first()
    if version is None or version.pk == entry.version_id:
        return version
    entry.version, entry.wanted_version = version, number
    sign(entry, by)
    entry.save(update_fields=["version", "wanted_version"])
    reopen(entry, by=by)
    steps.read(entry)
    return version
