"""What readers can search: a document for each paper of each published issue, and how the database
is asked for it.

Documents are written in the transaction that publishes. The database keeps its own index beside
them (SQLite: FTS5 and triggers; PostgreSQL: a generated tsvector and GIN), so that a document that
goes, in whatever way, goes from the index. A document's id grows with the week's first day: the
newest are read first, without sorting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from digests.models import Edition, EditionEntry, EditionQuestion, Issue, SearchDocument
from digests.search_text import (
    HEAD,
    LOOSE,
    All,
    Document,
    Node,
    Phrase,
    Query,
    document,
    fact,
)
from digests.sentences import plain
from papers.cleaning import clean_line
from papers.taxonomy import category_name

LIMIT = 100  # hits that are listed; of more only that there are more
# Positions of a tsvector end at 16,383. A longer text begins again, and every word of it is found.
POSITIONS = 16_000
_PLACE, _EDITION = 14, 26  # bits of a document's id, below those of the day
_LAST_PLACE = (1 << _PLACE) - 1


# ── documents ───────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def write(edition: Edition) -> int:
    """Make the edition what is found of its issue; the number of documents. Twice is as once."""
    remove(edition.issue)
    entries = edition.entries.prefetch_related("questions")
    rows = [_row(edition, entry) for entry in entries]
    SearchDocument.objects.bulk_create(rows)
    return len(rows)


def remove(issue: Issue) -> None:
    """Nothing of the issue is found any more."""
    SearchDocument.objects.filter(entry__edition__issue=issue).delete()


def rebuild() -> int:
    """Write every public edition again and remove the rest, an issue at a time; the number of
    documents. Readers may search and editors publish meanwhile."""
    public = Edition.objects.public()
    SearchDocument.objects.exclude(entry__edition__in=public.values("pk")).delete()
    issues = list(public.values_list("issue_id", flat=True))
    return sum(_write_again(issue) for issue in issues)


@transaction.atomic
def _write_again(issue_id: int) -> int:
    issue = Issue.objects.select_for_update().get(pk=issue_id)
    edition = Edition.objects.public().filter(issue=issue).first()
    return write(edition) if edition else 0


def _row(edition: Edition, entry: EditionEntry) -> SearchDocument:
    texts = passages_of(entry.one_liner, entry.summary, entry.questions.all())
    return SearchDocument(
        id=document_id(edition.first_on, edition.pk, entry.position),
        entry=entry,
        categories=[c["code"] for c in entry.categories],
        passages=texts,
        tokens=stored(_document(edition, entry, texts)),
    )


def document_id(first_on: date, edition_id: int, position: int) -> int:
    """In order of the week's first day; in an issue the first paper counts as the newest."""
    day: int = first_on.toordinal()
    return ((day << _EDITION | edition_id) << _PLACE) | max(0, _LAST_PLACE - position)


def year_of(document_id: int) -> int:
    return date.fromordinal(document_id >> (_EDITION + _PLACE)).year


def passages_of(
    one_liner: str, summary: str, questions: Iterable[EditionQuestion]
) -> list[list[object]]:
    """[[number, question, text], …] without Markdown; one-liner and summary are number 0."""
    asked = ([q.number, clean_line(q.question), plain(q.answer)] for q in questions)
    return [[0, "", f"{clean_line(one_liner)}\n{plain(summary)}".strip()], *asked]


def _document(edition: Edition, entry: EditionEntry, texts: Iterable[Sequence[object]]) -> Document:
    codes = [str(c["code"]) for c in entry.categories]
    versioned = f"{entry.arxiv_id}v{entry.version_number}" if entry.arxiv_id else ""
    head = [entry.title_ja, entry.title, entry.highlight, versioned, *map(str, entry.authors)]
    body = [*codes, *map(category_name, codes)]
    body += [f"{question}\n{text}" for _number, question, text in texts]
    return document(head, body, facts(edition.first_on, codes))


def facts(first_on: date, codes: Iterable[str]) -> list[str]:
    return [
        fact("year", first_on.year),
        fact("month", first_on.month),
        *(fact("category", code) for code in codes),
    ]


def stored(made: Document) -> str:
    """The document as the database's index reads it."""
    if connection.vendor == "sqlite":
        return " ".join((*made.tokens, *made.marks))
    placed = (f"{token}:{n % POSITIONS + 1}" for n, token in enumerate(made.tokens))
    return " ".join((*placed, *made.marks))


# ── asking ──────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Found:
    """Ids of documents in the order asked for, at most LIMIT; `is_more`: there are others."""

    ids: tuple[int, ...] = ()
    is_more: bool = False


def find(query: Query, filters: Sequence[str] = (), *, newest_first: bool = False) -> Found:
    """The documents with all words of the query and all `filters` (`fact`s): at most three queries.

    By relevance, those come first whose titles, names or id have the words, then those that say
    them more; where there are more than LIMIT, the newest of each.
    """
    if query.root is None:
        return Found()
    with _indexed():
        ids = _newest(query.root, "", filters)
        is_more = len(ids) > LIMIT
        if newest_first or len(ids) < 2:
            return Found(tuple(ids[:LIMIT]), is_more)
        heads = _newest(query.root, HEAD, filters)
        if is_more:
            return Found(tuple(dict.fromkeys([*heads, *ids]))[:LIMIT], is_more)
        ranked = _ranked(query.root, filters, ids)
        return Found(tuple(sorted(ranked, key=lambda found: found not in heads)))


@contextmanager
def _indexed() -> Iterator[None]:
    """PostgreSQL's planner ignores what reading long tsvectors costs: it takes a scan of a second
    where the index takes milliseconds, and then compiles it."""
    if connection.vendor == "sqlite":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)"
        )
        yield


def _newest(root: Node, mark: str, filters: Sequence[str]) -> list[int]:
    if connection.vendor == "sqlite":
        return _ids(
            "SELECT rowid FROM digests_search_index WHERE digests_search_index MATCH %s"
            " ORDER BY rowid DESC LIMIT %s",
            [_fts5(root, mark, filters), LIMIT + 1],
        )
    words = _tsquery(root, mark, filters, is_candidate=True)
    whole = _tsquery(root, mark, filters)
    if words == whole:
        return _ids(
            "SELECT id FROM digests_searchdocument WHERE terms @@ %s::tsquery"
            " ORDER BY id DESC LIMIT %s",
            [whole, LIMIT + 1],
        )
    # Words first, by the index alone; then whether they stand together, from the newest until
    # there are enough. Asked at once, every tsvector with the words would be read.
    return _ids(
        "WITH candidate AS MATERIALIZED (SELECT id FROM digests_searchdocument"
        " WHERE terms @@ %s::tsquery ORDER BY id DESC)"
        " SELECT id FROM candidate WHERE (SELECT terms @@ %s::tsquery"
        " FROM digests_searchdocument AS whole WHERE whole.id = candidate.id) LIMIT %s",
        [words, whole, LIMIT + 1],
    )


def _ranked(root: Node, filters: Sequence[str], ids: Sequence[int]) -> list[int]:
    if connection.vendor == "sqlite":
        return _ids(
            "SELECT rowid FROM digests_search_index WHERE digests_search_index MATCH %s"
            " ORDER BY bm25(digests_search_index), rowid DESC LIMIT %s",
            [_fts5(root, "", filters), LIMIT],
        )
    return _ids(
        "SELECT id FROM digests_searchdocument WHERE id = ANY(%s)"
        " ORDER BY ts_rank(terms, %s::tsquery, 1) DESC, id DESC",
        [list(ids), _tsquery(root, "", ())],
    )


def _ids(sql: str, values: Sequence[str | int | list[int]]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [int(row[0]) for row in cursor.fetchall()]


# ── a query in the database's words ─────────────────────────────────────────────────────────────
# Tokens are letters, digits and marks (digests.search_text): nothing in them needs escaping.
def _fts5(root: Node, mark: str, filters: Sequence[str]) -> str:
    return " AND ".join([_fts5_node(root, mark), *(f'"{name}"' for name in filters)])


def _fts5_node(node: Node, mark: str) -> str:
    if isinstance(node, Phrase):
        return _fts5_phrase(node, mark)
    word = " AND " if isinstance(node, All) else " OR "
    return f"({word.join(_fts5_node(part, mark) for part in _parts(node, mark))})"


def _fts5_phrase(phrase: Phrase, mark: str) -> str:
    if phrase.character and not mark:
        return f'"{phrase.character}"'
    words = " ".join(mark + token for token in phrase.tokens)
    return f'"{words}" *' if phrase.is_prefix else f'"{words}"'


def _tsquery(root: Node, mark: str, filters: Sequence[str], *, is_candidate: bool = False) -> str:
    return " & ".join([_tsquery_node(root, mark, is_candidate), *(f"'{name}'" for name in filters)])


def _tsquery_node(node: Node, mark: str, is_candidate: bool) -> str:
    if isinstance(node, Phrase):
        words = _candidate(node, mark) if is_candidate else _lexemes(node, mark)
        return f"({(' & ' if is_candidate else ' <-> ').join(words)})"
    word = " & " if isinstance(node, All) else " | "
    return f"({word.join(_tsquery_node(part, mark, is_candidate) for part in _parts(node, mark))})"


def _lexemes(phrase: Phrase, mark: str) -> list[str]:
    if phrase.character and not mark:
        return [f"'{phrase.character}'"]
    words = [f"'{mark}{token}'" for token in phrase.tokens]
    return [*words[:-1], f"{words[-1]}:*"] if phrase.is_prefix else words


def _candidate(phrase: Phrase, mark: str) -> list[str]:
    """What a text with the phrase must have; a last single character is looked up by its mark."""
    words = _lexemes(phrase, mark)
    if phrase.is_prefix and phrase.ends_in_cjk and not mark:
        words[-1] = f"'{LOOSE}{phrase.runs[-1]}'"
    return words


def _parts(node: Node, mark: str) -> list[Node]:
    """Loose phrases are not told apart by where they stand; each has a plain one beside it."""
    assert not isinstance(node, Phrase)
    return [p for p in node.parts if not (mark and isinstance(p, Phrase) and p.is_loose)]
