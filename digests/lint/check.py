"""The gate: every rule on every field of a paper, and what spans the papers of an issue."""

from collections.abc import Iterator, Sequence

from digests.drafting.types import Term
from digests.lint import (
    answers,
    broken,
    facts,
    links,
    pointers,
    quotes,
    repeats,
    shape,
    terms,
    wording,
)
from digests.lint.register import register
from digests.lint.text import Field
from digests.lint.types import Finding, PaperText

_RULES = (*shape.RULES, *links.RULES, *pointers.RULES, *wording.RULES, *broken.RULES)
HEADS = ("title_ja", "highlight", "one_liner")
_ORDER = (*HEADS, "title", "authors", "dates", "summary", "question", "answer")


def check_paper(paper: PaperText, glossary: Sequence[Term] = ()) -> list[Finding]:
    """Everything the gate finds in one paper, in the order of its fields and of their text."""
    found = list(_Gate(paper, glossary).findings())
    return sorted(set(found), key=_place)


def check_issue(
    papers: Sequence[PaperText], glossary: Sequence[Term] = ()
) -> list[tuple[int, Finding]]:
    """The findings of every paper with the paper's index from 0, and answers that two share."""
    found = [(at, one) for at, paper in enumerate(papers) for one in check_paper(paper, glossary)]
    found += repeats.same_answers([[pair[1] for pair in _pairs(paper)] for paper in papers])
    return sorted(dict.fromkeys(found), key=lambda pair: (pair[0], _place(pair[1])))


def _place(finding: Finding) -> tuple[int, int, int, str]:
    return (
        finding.question or 0,
        _ORDER.index(finding.field),
        finding.offset,
        finding.code,
    )


def _pairs(paper: PaperText) -> list[tuple[Field, Field]]:
    return [
        (Field("question", at, one.question), Field("answer", at, one.answer))
        for at, one in enumerate(paper.questions, 1)
    ]


class _Gate:
    """One run over one paper; what rules share is read once."""

    def __init__(self, paper: PaperText, glossary: Sequence[Term]) -> None:
        self.paper = paper
        self.glossary = glossary
        self.facts = facts.Facts(paper, glossary)
        self.quotes = quotes.Quotes(paper)
        self.vocabulary = terms.Vocabulary(glossary)
        self.pairs = _pairs(paper)

    def findings(self) -> Iterator[Finding]:
        yield from facts.metadata(self.paper)
        for name in HEADS:
            yield from self._head(Field(name, None, getattr(self.paper, name)))
        yield from self._text(Field("summary", None, self.paper.summary), "")
        for question, answer in self.pairs:
            yield from self._question(question)
            yield from self._text(answer, question.text)
        yield from repeats.near_duplicates(self.pairs, self.glossary)
        if not self.paper.title.strip():
            yield from shape.empty(Field("title", None, self.paper.title))

    def _head(self, field: Field) -> Iterator[Finding]:
        """A title, headline or one line, which carries no marks."""
        if not field.text.strip():
            if self.paper.needs_all_fields:
                yield from shape.empty(field)
            return
        yield from self._words(field)
        if field.name == "one_liner":
            yield from register(field)

    def _question(self, field: Field) -> Iterator[Finding]:
        if shape.is_empty(field):
            yield from shape.empty(field)
            return
        yield from self._words(field)
        yield from register(field)
        yield from wording.question_mark(field)

    def _text(self, field: Field, question: str) -> Iterator[Finding]:
        """The summary or an answer."""
        if shape.is_empty(field):
            yield from shape.empty(field)
            return
        yield from self._words(field)
        yield from register(field)
        nothing = list(answers.non_answer(question, field))
        yield from nothing
        if question:
            yield from answers.yes_no(question, field)
        if question and not (nothing or any(pointers.unseen_reference(field))):
            yield from answers.circular(question, field, self.paper.title)
        if self.paper.evidence_required:
            yield from quotes.no_evidence(field)

    def _words(self, field: Field) -> Iterator[Finding]:
        """The rules for any text."""
        for rule in _RULES:
            yield from rule(field)
        yield from self.vocabulary.forbidden(field)
        yield from terms.untranslated(field, self.paper.title)
        yield from self.vocabulary.common_words(field, self.paper.title)
        yield from quotes.marks(self.quotes, field)
        yield from facts.metadata_in(self.paper, field)
        if facts.facts_apply(self.paper):
            yield from facts.numbers(self.facts, field)
            yield from facts.names(self.facts, field)
