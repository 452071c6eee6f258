from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digests import samples
from digests.models import Editor


class Command(BaseCommand):
    help = "Publish the sample issue (an empty database on a laptop only)."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LAPTOP:
            raise CommandError("the sample is for laptops: SITE_URL is not http://localhost")
        try:
            issue = samples.load(by=Editor.objects.filter(is_superuser=True).first())
        except samples.SampleError as error:
            raise CommandError(
                "there are issues already; the sample is for an empty site"
            ) from error
        self.stdout.write(f"{settings.SITE_URL}/issues/{issue.slug}/")
