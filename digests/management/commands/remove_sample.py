from typing import Any

from django.core.management.base import BaseCommand

from digests import samples


class Command(BaseCommand):
    help = "Remove the sample issue, its editions, and the papers that nothing else uses."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = samples.remove()
        self.stdout.write("removed" if removed else "there is no sample")
