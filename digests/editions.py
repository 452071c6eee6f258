"""Freezing an issue's working text into what readers see, and telling what has changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from digests import checks, rendering
from digests.models import (
    Draft,
    Edition,
    EditionEntry,
    EditionQuestion,
    Editor,
    Entry,
    Evidence,
    Issue,
    Masthead,
)
from papers.models import Version
from papers.taxonomy import category_name

NAMED_IN_TITLE = 3


# ── words composed from a week and a template ───────────────────────────────────────────────────
def _day_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def week_words(first_on: date, last_on: date) -> str:
    """「2023年4月3日〜4月9日」; the second year only where it differs."""
    first = _day_words(first_on)
    year = f"{last_on.year}年" if last_on.year != first_on.year else ""
    return f"{first}〜{year}{last_on.month}月{last_on.day}日"


def highlights_words(highlights: Sequence[str], at_most: int = NAMED_IN_TITLE) -> str:
    """「A、B、Cほか」: the first three, or fewer, and ほか where there are more papers."""
    named = [h for h in highlights if h][:at_most]
    return "、".join(named) + ("ほか" if named and len(highlights) > len(named) else "")


def fill_in(template: str, **values: object) -> str:
    """Put the values into {name} places; braces of other words stay as they are."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", str(value))
    return template


def title_of(issue: Issue, entries: Sequence[Entry], masthead: Masthead) -> str:
    if issue.title:
        return issue.title
    return fill_in(
        masthead.title_template,
        week=week_words(issue.first_on, issue.last_on),
        highlights=highlights_words([e.highlight for e in entries]),
    )


def introduction_of(issue: Issue, masthead: Masthead) -> str:
    template = issue.introduction or masthead.introduction_template
    return fill_in(template, source=issue.source.name, url=issue.source.url)


# ── an edition ──────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class ComposedEntry:
    """A paper as the next edition would have it: unsaved rows."""

    row: EditionEntry
    questions: list[EditionQuestion]


@dataclass(frozen=True)
class Composed:
    """The next edition, unsaved. `waiting` are the papers that it can't hold yet, since arXiv's
    details have not arrived."""

    edition: Edition
    entries: list[ComposedEntry]
    waiting: list[Entry]


def freeze(issue: Issue, *, by: Editor | None, change: str) -> Edition:
    """Write the next edition of the issue and return it; the caller holds the transaction. Raises
    ValueError where a paper's details have not arrived."""
    composed = compose(issue, by)
    if composed.waiting:
        raise ValueError(f"no details yet: {composed.waiting}")
    composed.edition.change = change
    composed.edition.save()
    EditionEntry.objects.bulk_create(entry.row for entry in composed.entries)
    EditionQuestion.objects.bulk_create(q for entry in composed.entries for q in entry.questions)
    return composed.edition


def compose(issue: Issue, by: Editor | None) -> Composed:
    """Exactly the rows that freezing the issue now would store. Writes nothing."""
    entries = list(issue.entries.with_cards())
    masthead = Masthead.get()
    edition = _next_edition(issue, entries, masthead, by)
    drafts = taken_drafts(entries)
    composed: list[ComposedEntry] = []
    for entry in entries:
        if entry.version:
            row = _compose_row(edition, entry, entry.version, len(composed) + 1)
            told = _provenance(entry, entry.version, drafts.get(entry.pk), masthead, by)
            row.provenance = told[:400]
            composed.append(ComposedEntry(row, _compose_questions(row, entry)))
    return Composed(edition, composed, [entry for entry in entries if not entry.version])


def _next_edition(
    issue: Issue, entries: Sequence[Entry], masthead: Masthead, by: Editor | None
) -> Edition:
    last = issue.editions.order_by("-number").first()
    now = timezone.now()
    introduction = introduction_of(issue, masthead)
    return Edition(
        issue=issue,
        number=last.number + 1 if last else 1,
        change=Edition.Change.MINOR if last else Edition.Change.FIRST,
        published_at=now,
        first_published_at=last.first_published_at if last else now,
        published_by=by,
        slug=issue.slug,
        first_on=issue.first_on,
        last_on=issue.last_on,
        title=title_of(issue, entries, masthead)[:300],
        introduction=introduction,
        introduction_html=rendering.render(introduction),
        count_line=fill_in(masthead.count_template, count=len(entries)),
        description=_description(entries),
        source_name=issue.source.name,
        source_url=issue.source.url,
        is_sample=issue.is_sample,
        fingerprint=fingerprint(issue, entries, masthead),
    )


def _description(entries: Sequence[Entry]) -> str:
    return "、".join(e.title_ja for e in entries)[:300]


def _compose_row(edition: Edition, entry: Entry, version: Version, position: int) -> EditionEntry:
    evidence = quotes_of(entry)
    slug = entry.paper.slug
    return EditionEntry(
        edition=edition,
        position=position,
        paper=entry.paper,
        version=version,
        slug=slug,
        kind=entry.kind,
        **_facts(version),
        title_ja=entry.title_ja,
        highlight=entry.highlight,
        one_liner=entry.one_liner,
        summary=entry.summary,
        summary_html=rendering.render(entry.summary, evidence, slug),
        summary_evidence=evidence_rows(entry.summary, evidence),
        shows_evidence=entry.evidence_required,
    )


def _provenance(
    entry: Entry, version: Version, draft: Draft | None, masthead: Masthead, by: Editor | None
) -> str:
    """How the text was made, to readers: by a model's draft that a person has taken, or by an
    editor alone; and how many sentences were checked, where not all were. Empty for a text that
    shows no evidence."""
    if not entry.evidence_required:
        return ""
    if draft is None:
        return masthead.provenance_template
    told = fill_in(
        masthead.model_provenance_template,
        version=f"v{version.number}",
        model=draft.model,
        date=_day_words(timezone.localdate(draft.created_at)),
        name=str(by or masthead.name),
    )
    done = checks.tally(entry)
    if done.is_whole:
        return told
    return told + fill_in(masthead.checked_template, total=done.total, checked=done.checked)


def taken_drafts(entries: Sequence[Entry]) -> dict[int, Draft]:
    """By the entry's pk, the newest draft of a model of which a person has accepted something; else
    the newest of which a sentence stands in the text, since accepting can be undone and words be
    copied. An entry that was written without a model has none."""
    by_model = Draft.objects.filter(entry__in=entries).exclude(origin=Draft.Origin.EXTRACTION)
    in_time = by_model.order_by("created_at", "pk")  # the newest is met last, and stays
    taken = {d.entry_id: d for d in in_time.filter(items__decision__is_accepted=True)}
    present = {e.pk: _sentences_in(e) for e in entries if e.pk not in taken}
    for draft in in_time.filter(entry__in=present).prefetch_related("items"):
        if present[draft.entry_id] & _sentences_of(draft):
            taken[draft.entry_id] = draft
    return taken


def _sentences_in(entry: Entry) -> set[str]:
    texts = [entry.summary, *(q.answer for q in entry.present_questions)]
    return {s.text for text in texts for s in rendering.sentences(text)}


def _sentences_of(draft: Draft) -> set[str]:
    return {s.text for item in draft.items.all() for s in rendering.sentences(item.text)}


def _facts(version: Version) -> dict[str, Any]:
    """The metadata that the article shows, as arXiv has them; dates in UTC."""
    return {
        "title": version.title,
        "authors": version.author_names,
        "author_slugs": [row.author.slug for row in version.authorships.all()],
        "categories": [{"code": c, "name": category_name(c)} for c in version.category_codes],
        "published_on": version.published_on,
        "updated_on": version.updated_on,
        "url": version.url,
        "pdf_url": version.pdf_url,
        "arxiv_id": version.paper.arxiv_id or "",
        "version_number": version.number,
    }


def _compose_questions(row: EditionEntry, entry: Entry) -> list[EditionQuestion]:
    evidence = quotes_of(entry)
    return [
        EditionQuestion(
            entry=row,
            number=q.number,
            position=position,
            bank_key=q.bank_key,
            question=q.question,
            answer=q.answer,
            answer_html=rendering.render(q.answer, evidence, f"{row.slug}-q{q.number}"),
            evidence=evidence_rows(q.answer, evidence),
        )
        for position, q in enumerate(entry.present_questions, 1)
    ]


def quotes_of(entry: Entry) -> dict[str, rendering.Quote]:
    """The entry's evidence by key, as the renderer wants it."""
    return {e.key: _quote(e) for e in entry.evidence.all()}


def _quote(row: Evidence) -> rendering.Quote:
    return rendering.Quote(
        key=row.key,
        passage_key=row.passage_key,
        page=row.page,
        section=row.section,
        text=row.quote,
        url=row.url,
    )


def evidence_rows(text: str, evidence: dict[str, rendering.Quote]) -> list[dict[str, Any]]:
    """[{sentence, quotes: [{key, page, section, text, url}]}] for each sentence with evidence."""
    return [
        {"sentence": s.text, "quotes": [asdict(q) for q in s.quotes]}
        for s in rendering.evidence_list(text, evidence)
        if s.quotes
    ]


# ── what has changed since ──────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Change:
    """A piece that differs from the edition: "issue", "entry" or "question", by its name there."""

    piece: str
    what: str  # added, changed, removed


def changes_since(
    issue: Issue,
    edition: Edition,
    entries: Sequence[Entry] | None = None,
    masthead: Masthead | None = None,
) -> list[Change]:
    """What readers would see differently if the issue were published now; `entries` are the
    issue's `with_cards()`, in order, where they and the masthead have been fetched already."""
    if entries is None:
        entries = list(issue.entries.with_cards())
    now = fingerprint(issue, entries, masthead or Masthead.get())
    then: dict[str, str] = edition.fingerprint
    return [
        Change(piece, _what(piece, now, then))
        for piece in sorted(now.keys() | then.keys())
        if now.get(piece) != then.get(piece)
    ]


def _what(piece: str, now: dict[str, str], then: dict[str, str]) -> str:
    if piece not in then:
        return "added"
    return "changed" if piece in now else "removed"


def fingerprint(issue: Issue, entries: Sequence[Entry], masthead: Masthead) -> dict[str, str]:
    """A hash of each piece that readers see: the issue, each entry, each question."""
    pieces: dict[str, object] = {
        "issue": [
            title_of(issue, entries, masthead),
            introduction_of(issue, masthead),
            fill_in(masthead.count_template, count=len(entries)),
            issue.source.name,
            issue.source.url,
        ],
        "order": [e.paper.slug for e in entries],
    }
    tallies = _shown_tallies(entries)
    for entry in entries:
        pieces[f"entry {entry.paper.slug}"] = [
            entry.version_id,
            entry.kind,
            entry.title_ja,
            entry.highlight,
            entry.one_liner,
            entry.summary,
            entry.evidence_required,
            *tallies.get(entry.pk, ()),
        ]
        for position, q in enumerate(entry.present_questions, 1):
            pieces[f"question {entry.paper.slug} {q.number}"] = [position, q.question, q.answer]
    return {name: _hash(piece) for name, piece in pieces.items()}


def _shown_tallies(entries: Sequence[Entry]) -> dict[int, tuple[int, int]]:
    """Checked and all sentences, of the entries whose provenance tells them (see `_provenance`)."""
    tallies = {e.pk: checks.tally(e) for e in entries if e.evidence_required}
    partly = [e for e in entries if e.pk in tallies and not tallies[e.pk].is_whole]
    drafted = taken_drafts(partly) if partly else {}
    return {pk: (tallies[pk].checked, tallies[pk].total) for pk in drafted}


def _hash(piece: object) -> str:
    text = json.dumps(piece, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
