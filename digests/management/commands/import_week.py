"""From a list to an issue, by command: the same verbs as the admin's."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from digests import weeks
from digests.desk.words import LISTS, NOTES, SKIPPED, say
from digests.list_pages import fetch_list
from digests.models import WeekPreview
from papers.encodings import decoded
from papers.lists import ListError
from papers.outbound import OutboundError


class Command(BaseCommand):
    help = (
        "Read a weekly list from a file or an address. Without --pick it is only shown, as a "
        "preview that is kept for the admin; with --pick the issue is made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("list", metavar="FILE_OR_URL")
        parser.add_argument("--week", default="", help="its first day, 2023-04-03")
        parser.add_argument("--pick", default="", help="numbers of the list in order: 4,5,2")
        parser.add_argument("--as-of", default="", help="versions of that day")
        parser.add_argument("--dry-run", action="store_true", help="keep nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = _numbers(options["pick"])
        for name in ("week", "as_of"):
            options[name] = _day(name, options[name])
        try:
            text = _text_of(
                options["list"], options["week"]
            )  # before the transaction: it may take half a minute
            with transaction.atomic():
                made = _preview(text, options)
                views = weeks.rows_of(made)
                picks = _picks(views, numbers)
                self._print(made, views, as_json=options["json"])
                if options["dry_run"]:
                    transaction.set_rollback(True)
                elif picks:
                    weeks.choose(made, picks)
                    self._create(made, quiet=options["json"])
        except (ListError, OutboundError, weeks.WeekError) as error:
            raise CommandError(say(LISTS, error.code, error.value)) from error
        if made.first_on is None:
            raise CommandError(say(LISTS, "week-unknown"))

    def _print(self, made: WeekPreview, views: list[weeks.RowView], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(_as_data(made, views), ensure_ascii=False, indent=1))
            return
        days = f"{made.first_on} – {made.last_on}" if made.first_on else "?"
        self.stdout.write(f"{days}  {made.heading}".rstrip())
        for note in made.notes:
            self.stdout.write(f"  ! {say(NOTES, note['code'], note['value'])}")
        for view in views:
            row = view.row
            version = f"v{row.named_version}" if row.named_version else ""
            where = f" → {view.issue.slug}" if view.issue else ""
            self.stdout.write(
                f"{row.number:>3}  {row.arxiv_id + version:<16} {view.state:<8}{where}  {row.title}"
            )

    def _create(self, made: WeekPreview, *, quiet: bool) -> None:
        created = weeks.create_issue(made, by=None)
        for row, reason in created.skipped:
            self.stderr.write(f"{row.number}) {row.name}: {say(SKIPPED, reason)}")
        if not quiet:
            self.stdout.write(
                f"{created.issue.slug}: {len(created.added)} + {len(created.already)}"
            )


def _numbers(text: str) -> list[int]:
    try:
        return [int(n) for n in text.split(",") if n.strip()]
    except ValueError as error:
        raise CommandError(f"--pick {text}: numbers with commas, such as 4,5,2") from error


def _day(name: str, text: str) -> date | None:
    """A wrong day is a week that was not found: exit 1, not the 2 of a wrong command line."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        option = name.replace("_", "-")
        raise CommandError(f"--{option} {text}: a day, such as 2023-04-03") from error


def _is_address(given: str) -> bool:
    return given.startswith(("http://", "https://"))


def _text_of(given: str, first_on: date | None) -> str:
    return fetch_list(given, first_on) if _is_address(given) else _read(given)


def _preview(text: str, options: dict[str, Any]) -> WeekPreview:
    is_address = _is_address(options["list"])
    return weeks.preview(
        text,
        by=None,
        origin=WeekPreview.Origin.FETCHED if is_address else WeekPreview.Origin.UPLOADED,
        address=options["list"] if is_address else "",
        first_on=options["week"],
        as_of=options["as_of"],
    )


def _read(name: str) -> str:
    try:
        return decoded(Path(name).read_bytes())
    except UnicodeDecodeError as error:
        raise ListError("not-text") from error
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error


def _picks(views: list[weeks.RowView], numbers: list[int]) -> list[weeks.Pick]:
    """The first row of each number asked for; a number that the list has not is an error."""
    lines: dict[int, int] = {}
    for view in views:
        lines.setdefault(view.row.number, view.row.line)
    unknown = [n for n in numbers if n not in lines]
    if unknown:
        raise CommandError(f"--pick: the list has no row {', '.join(map(str, unknown))}")
    return [weeks.Pick(lines[n], place) for place, n in enumerate(numbers, 1)]


def _as_data(made: WeekPreview, views: list[weeks.RowView]) -> dict[str, Any]:
    return {
        "first_on": made.first_on.isoformat() if made.first_on else None,
        "last_on": made.last_on.isoformat() if made.last_on else None,
        "rows": [_row_as_data(view) for view in views],
    }


def _row_as_data(view: weeks.RowView) -> dict[str, Any]:
    row = view.row
    return {
        "number": row.number,
        "title": row.title,
        "url": row.url,
        "arxiv_id": row.arxiv_id or None,
        "version": row.named_version,
        "state": view.state,
        "issue": view.issue.slug if view.issue else None,
    }
