from typing import Any

from django.core.management.base import BaseCommand

from digests import schedule
from digests.models import Issue


class Command(BaseCommand):
    help = "Publish what is due by its schedule: for a cron of each minute, where no beat runs."

    def handle(self, *args: Any, **options: Any) -> None:
        for issue in schedule.publish_due():
            is_public = issue.state == Issue.State.PUBLISHED
            address = f"/issues/{issue.slug}/"
            words = "published" if is_public else f"not published: {issue.schedule_note}"
            self.stdout.write(f"{address}  {words}")
