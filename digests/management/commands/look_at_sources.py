"""A look at the watched sources by command: for a house without beat, or out of hours."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from digests import watching
from digests.desk.words import LOOKS, say
from digests.models import Source


class Command(BaseCommand):
    help = (
        "Look at each watched source whose window is open, and prepare the preview of a week that "
        "has appeared. With --now the window and the last look do not matter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", action="store_true", help="every watched source, at once")

    def handle(self, *args: Any, **options: Any) -> None:
        watched = list(Source.objects.filter(is_watched=True))
        for source in watched if options["now"] else watching.look_at_due():
            watching.run_look(watching.ask_for_look(source).pk)
            source.refresh_from_db()
            self.stdout.write(f"{source}: {say(LOOKS, source.look_result, source.look_value)}")
