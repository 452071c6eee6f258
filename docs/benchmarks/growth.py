"""What a reader's page costs to make, and how that grows with the number of issues.

    python docs/benchmarks/growth.py --issues 100 --folder /tmp/hundred
    python docs/benchmarks/growth.py --issues 10000 --folder /tmp/ten-thousand

Fills a scratch SQLite database as `pages.py` does, without ready pages, and prints the median of
this process's CPU, queries and size of each page, by Django's test client: all but the network.
With a folder the database stays there, and is filled only once: 10,000 issues take minutes. Compare
figures of two runs of one hour.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import nullcontext
from datetime import timedelta
from tempfile import TemporaryDirectory

import django
import pages

ROUNDS = 9


def paths(issues: int) -> list[str]:
    from digests.models import EditionEntry

    newest = (pages.FIRST + timedelta(weeks=issues - 1)).isoformat()
    paper = EditionEntry.objects.latest("pk")
    author = paper.version.authorships.first().author
    return [
        *(f"/issues/{newest}/", "/feed/", "/issues/", "/", "/categories/cs.CL/", "/categories/"),
        *(f"/papers/{paper.slug}/", f"/authors/{author.slug}/", "/sitemap.xml"),
    ]


def fill(issues: int) -> None:
    from digests.models import Edition
    from digests.public import warming

    there = Edition.objects.count()
    if not there:
        pages.fill(issues)
    elif there != issues:
        raise SystemExit(f"the folder has {there} issues, not {issues}")
    else:
        warming.keep_missing(seconds=5)  # the newest: other code may have kept them


def measure(path: str) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, taken = Client(), []
    client.get(path)
    for _ in range(ROUNDS):
        before = time.process_time()
        client.get(path)
        taken.append((time.process_time() - before) * 1000)
    with CaptureQueriesContext(connection) as asked:
        response = client.get(path)
    print(
        f"{path:28} {response.status_code} {statistics.median(taken):7.1f} ms CPU  "
        f"{len(asked):2} queries  {len(response.content) / 1024:6.1f} KiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=1000)
    parser.add_argument("--folder", default="", help="where the database is kept")
    options = parser.parse_args()
    with nullcontext(options.folder) if options.folder else TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "config.settings",
                       "SITE_URL": "http://localhost:8000", "LOG_LEVEL": "ERROR",
                       "PREPARED_MB": "0"}  # fmt: skip
        os.environ.pop("DATABASE_URL", None)
        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.STORAGES["staticfiles"]["BACKEND"] = (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
        settings.ALLOWED_HOSTS = ["*"]
        call_command("migrate", verbosity=0)
        fill(options.issues)
        print(f"{options.issues} issues, load {os.getloadavg()[0]:.1f}")
        for path in paths(options.issues):
            measure(path)


if __name__ == "__main__":
    main()
