"""Make everything that is public findable again: after an upgrade that changed what is searched."""

from typing import Any

from django.core.management.base import BaseCommand

from digests import search_index


class Command(BaseCommand):
    help = "Write what readers can search again, an issue at a time; the site may stay up."

    def handle(self, *args: Any, **options: Any) -> None:
        count = search_index.rebuild()
        self.stdout.write(f"{count} papers can be found")
