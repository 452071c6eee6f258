"""The gate on any text, by command: JSON in, a line or a JSON object for each finding out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.drafting.glossary import default_glossary
from digests.lint import Finding, PaperText, QuestionText, check_issue
from digests.problem_words import say_problem

LARGEST = 5_000_000


class Command(BaseCommand):
    help = (
        'Judge a text of the form {"papers": [{"title", "authors", "summary", "questions": '
        '[{"question", "answer"}]}]} by the rules that need no evidence. Papers and questions '
        "are counted from 1, offsets in characters from 0. Exit status: 1 when something of "
        "severity error was found, 2 when the text can't be read, else 0."
    )

    requires_system_checks = ()  # it touches neither rows nor files of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")
        parser.add_argument("--json", action="store_true", help="a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        given = _parsed(_read(options["file"]))
        papers = [_paper(at, row) for at, row in enumerate(given, 1)]
        rows = [
            _as_row(at + 1, finding)
            for at, finding in check_issue(papers, default_glossary())
            if not (finding.code == "empty" and _is_absent(given[at], finding))
        ]
        self._print(rows, as_json=options["json"])
        if any(row["severity"] == "error" for row in rows):
            sys.exit(1)

    def _print(self, rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        if rows:
            self.stdout.write("\n".join(map(_line, rows)))


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else _bytes_of(Path(name))
    except OSError as error:
        raise _unreadable(f"{name}: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise _unreadable(f"{name}: over {LARGEST:,} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(f"{name}: not UTF-8 text (byte {error.start})") from error


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _unreadable(message: str) -> CommandError:
    return CommandError(message, returncode=2)


def _parsed(text: str) -> list[dict[str, Any]]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise _unreadable(f"not JSON: {error.msg} (line {error.lineno})") from error
    except (RecursionError, ValueError) as error:
        raise _unreadable(f"not JSON that can be read: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("papers"), list):
        raise _unreadable('the text is not of the form {"papers": [...]}')
    return [_object(row, f"papers[{at}]") for at, row in enumerate(data["papers"], 1)]


def _object(row: object, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise _unreadable(f"{where}: an object is expected")
    return row


def _paper(at: int, row: dict[str, Any]) -> PaperText:
    where = f"papers[{at}]"
    questions = _list(row, "questions", where)
    return PaperText(
        title=_text(row, "title", where),
        authors=_authors(row, where),
        abstract=_text(row, "abstract", where),
        title_ja=_text(row, "title_ja", where),
        highlight=_text(row, "highlight", where),
        one_liner=_text(row, "one_liner", where),
        summary=_text(row, "summary", where),
        questions=tuple(
            _question(pair, f"{where}.questions[{number}]", number)
            for number, pair in enumerate(questions, 1)
        ),
        evidence_required=False,
        needs_all_fields=False,
    )


def _question(given: object, where: str, number: int) -> QuestionText:
    row = _object(given, where)
    return QuestionText(_text(row, "question", where), _text(row, "answer", where), number)


def _authors(row: dict[str, Any], where: str) -> tuple[str, ...]:
    """A list of names, or one string with commas."""
    if isinstance(row.get("authors"), str):
        return tuple(name.strip() for name in _text(row, "authors", where).split(","))
    names = _list(row, "authors", where)
    if not all(isinstance(name, str) for name in names):
        raise _unreadable(f"{where}.authors: a list of names is expected")
    return tuple(map(_whole, names))


def _list(row: dict[str, Any], key: str, where: str) -> list[Any]:
    value = row.get(key) or []
    if not isinstance(value, list):
        raise _unreadable(f"{where}.{key}: a list is expected")
    return value


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _unreadable(f"{where}.{key}: a text is expected")
    return _whole(value)


def _whole(text: str) -> str:
    """JSON can hold half of a character, which no output can; places stay."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_absent(row: dict[str, Any], finding: Finding) -> bool:
    """A field that the text leaves out is not shown, so it is not empty either."""
    if finding.question is None:
        return row.get(finding.field) is None
    return row["questions"][finding.question - 1].get(finding.field) is None


def _as_row(paper: int, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "paper": paper,
        "question": finding.question,
        "field": finding.field,
        "offset": finding.offset,
        "length": finding.length,
        "message": say_problem(finding.code, finding.value),
    }


def _line(row: dict[str, Any]) -> str:
    place = str(row["paper"])
    if row["question"] is not None:
        place += f".{row['question']}"
    where = f"{row['field']}:{row['offset']}+{row['length']}"
    return f"{place}\t{where}\t{row['severity']}\t{row['code']}\t{row['message']}"
