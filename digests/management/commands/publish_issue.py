"""Publish an issue that people have made ready; the reasons, if they have not."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests import workflow
from digests.models import Editor, Issue
from digests.reasons import Refused


class Command(BaseCommand):
    help = "Publish an issue. It prints the reasons and exits 1 until every entry is approved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("issue", help="its address, 2023-04-03")
        parser.add_argument("--user", required=True, help="the editor who publishes")

    def handle(self, *args: Any, **options: Any) -> None:
        issue = Issue.objects.filter(slug=options["issue"]).first()
        if issue is None:
            raise CommandError(f"{options['issue']}: there is no such issue")
        editor = Editor.objects.filter(username=options["user"], is_active=True).first()
        if editor is None:
            raise CommandError(f"{options['user']}: there is no such editor")
        if not editor.has_perm("digests.publish_issue"):
            raise CommandError(f"{options['user']}: may not publish")
        try:
            edition = workflow.publish(issue, by=editor)
        except Refused as refused:
            for lack in refused.lacks:
                self.stdout.write(str(lack))
            raise CommandError(f"not published: {len(refused.lacks)}") from refused
        self.stdout.write(f"{edition.get_absolute_url()}  ({edition.number})")
