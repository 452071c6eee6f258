"""From what a model said to draft items: every quote verified, every sentence marked.

The same for an answer over the wire and for one that an editor pasted from a chat. What cannot be
used at all is dropped with a reason; what can be shown stays, with its problems.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from digests.drafting.plan import Ask, is_subject, subject_of
from digests.drafting.prompts import HIGHLIGHT, ONE_LINER, TITLE_JA
from digests.drafting.said import (
    ModelError,
    Said,
    SaidAnswer,
    SaidQuote,
    SaidSentence,
    read_said,
)
from digests.drafting.types import Cited, DraftItem, DraftText, Material, Problem
from digests.drafting.verify import find_quote, nearest
from digests.drafting.wording import (
    demands_of,
    has_japanese,
    is_japanese,
    neutralised,
    obeys,
    without_scheme,
)
from digests.sentences import sentences, without_marks
from papers.fulltext import Passage

__all__ = ["Dropped", "ModelError", "Reading", "read_draft"]

QUESTION = 200  # characters
_MOST = {"title_ja": TITLE_JA, "highlight": HIGHLIGHT, "one_liner": ONE_LINER}
_LONGEST = 4_000
_STOPS = ("。", "？", "！", "：", "?", "!", ":", ".", "」", "）")


@dataclass(frozen=True)
class Dropped:
    """What did not become an item. `what`: a field, the key of a question, or the words of one
    that the model proposed. Reasons: missing, empty, wrong-language, obeys-the-paper, too-long;
    of proposed questions also not-a-subject, too-many, duplicate, not-in-paper."""

    what: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """`draft.left_out` has the keys of the questions that the paper does not answer."""

    draft: DraftText
    dropped: tuple[Dropped, ...]


def read_draft(raw: str, material: Material, ask: Ask) -> Reading:
    """The draft in the model's words. Marks are [^1], [^2]… into each item's `evidence`.

    A Problem's `field` is the item's, but "answer" for the text of a question and "question" for
    its words. Raises ModelError: empty, cut, not-json, wrong-shape, too-long, wrong-language and
    obeys-the-paper, the last two when they hold of the draft as a whole.
    """
    said = read_said(raw, ask)
    _refuse_wrong_language(said)
    return _Reader(material, ask).read(said)


def _refuse_wrong_language(said: Said) -> None:
    groups = [said.summary, *(answer.sentences for answer in said.answers)]
    prose = "".join(sentence.ja for group in groups for sentence in group)
    words = prose or "".join(said.headlines.values())
    if words and not (is_japanese(words) if prose else has_japanese(words)):
        raise ModelError("wrong-language", words[:80])


class _Reader:
    """One answer being read against one paper."""

    def __init__(self, material: Material, ask: Ask) -> None:
        self.material = material
        self.ask = ask
        self.writer = _Writer(material.passages)
        self.demands = demands_of(material.passages, material.title)
        self.dropped: list[Dropped] = []
        self.left_out: list[str] = []
        self.obeyed = 0

    def read(self, said: Said) -> Reading:
        items = [*self._fields(said), *self._answers(said.answers)]
        if self.obeyed > len(items):
            raise ModelError("obeys-the-paper", ", ".join(self.demands)[:200])
        if not items and not self.left_out:
            raise ModelError("empty")
        draft = DraftText(tuple(items), tuple(self.left_out))
        return Reading(draft, tuple(self.dropped))

    def _fields(self, said: Said) -> Iterator[DraftItem]:
        for field in self.ask.fields:
            if field == "summary":
                item = self.writer.item("summary", "", "", said.summary)
            else:
                item = self.writer.headline(field, said.headlines.get(field, ""))
            if self._is_usable(item, field):
                yield item

    def _is_usable(self, item: DraftItem, what: str) -> bool:
        reason = self._why_unusable(item)
        if reason:
            self.dropped.append(Dropped(what, reason))
            self.obeyed += reason == "obeys-the-paper"
        return not reason

    def _why_unusable(self, item: DraftItem) -> str:
        if not item.text:
            return "empty"
        if obeys(f"{item.question} {without_marks(item.text)}", self.demands):
            return "obeys-the-paper"
        if len(item.text) > _LONGEST:
            return "too-long"
        tells = has_japanese if item.field in ("title_ja", "highlight") else is_japanese
        return "" if tells(without_marks(item.text)) else "wrong-language"

    def _answers(self, answers: Sequence[SaidAnswer]) -> Iterator[DraftItem]:
        given: dict[str, SaidAnswer] = {}
        own = []
        for answer in answers:
            key = self._key_of(answer)
            if key:
                given.setdefault(key, answer)
            elif self.ask.own:
                own.append(answer)
        for question in self.ask.questions:
            yield from self._answer(self.ask.key_of(question), given)
        yield from self._own(own)

    def _key_of(self, answer: SaidAnswer) -> str:
        """The asked question's key; a copied question will do where the key got lost."""
        key = answer.key.strip("[] ")
        if self.ask.question_named(key):
            return key
        asked = [one for one in self.ask.questions if one.ja == answer.question]
        if not asked and not self.ask.own and len(self.ask.questions) == 1:
            return self.ask.key_of(self.ask.questions[0])
        return self.ask.key_of(asked[0]) if asked else ""

    def _answer(self, key: str, given: dict[str, SaidAnswer]) -> Iterator[DraftItem]:
        answer, question = given.get(key), self.ask.question_named(key)
        if answer is None or question is None:
            self.dropped.append(Dropped(key, "missing"))
            return
        if answer.is_not_in_paper:
            self.left_out.append(key)
            return
        item = self.writer.item("question", question.key, question.ja, answer.sentences)
        if self._is_usable(item, key):
            yield item

    def _own(self, answers: Iterable[SaidAnswer]) -> Iterator[DraftItem]:
        """The questions that the model proposed, if the paper is about what they ask."""
        known = {_bare(question.ja) for question in self.ask.questions}
        kept = 0
        for answer in answers:
            words, _ = neutralised(answer.question, self.material.passages)
            reason = self._why_not_asked(answer, words, known, kept)
            if reason:
                self.dropped.append(Dropped(words, reason))
                continue
            item = self.writer.item("question", "", words, answer.sentences)
            if self._is_usable(item, words):
                known.add(_bare(words))
                kept += 1
                yield item

    def _why_not_asked(self, answer: SaidAnswer, words: str, known: set[str], kept: int) -> str:
        if not words or len(words) > QUESTION:
            return "too-long" if words else "empty"
        if answer.is_not_in_paper:
            return "not-in-paper"
        if _bare(words) in known:
            return "duplicate"
        if not is_japanese(words):
            return "wrong-language"
        subject = answer.subject or subject_of(words, self.material)
        if not is_subject(subject, self.material):
            return "not-a-subject"
        return "too-many" if kept >= self.ask.own else ""


def _bare(question: str) -> str:
    return "".join(c for c in question if c.isalnum()).lower()


class _Writer:
    """Makes items: the words neutral, the quotes verified against these passages."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = [one for one in passages if one.kind != "references"]
        self.by_key = {one.key: one for one in self.passages}

    def headline(self, field: str, words: str) -> DraftItem:
        text, foreign = neutralised(words, self.passages)
        problems = _links(field, text, foreign)
        most = _MOST[field]
        if len(text) > most:
            beyond = len(text) - most
            problems.append(Problem("length", "error", field, most, beyond, f"{len(text)}/{most}"))
        return DraftItem(field, "", "", text, (), tuple(problems))

    def item(
        self, field: str, bank_key: str, question: str, said: Sequence[SaidSentence]
    ) -> DraftItem:
        """An item of marked sentences; each quote has one number, however often it is cited."""
        place = "answer" if field == "question" else field
        text, cited, problems = "", list[Cited](), list[Problem]()
        was_item = False
        for sentence in said:
            words, foreign = neutralised(sentence.ja, self.passages)
            if not words:
                continue
            text += _joint(text, is_item=sentence.is_item, was_item=was_item)
            start = len(text)
            quotes, lost = self._quotes(sentence.evidence)
            text += _closed(words, is_item=sentence.is_item) + _marks(quotes, cited)
            size = len(text) - start
            problems += [replace(p, field=place, offset=start, length=size) for p in lost]
            problems += _links(place, text, foreign, start)
            was_item = sentence.is_item
        problems += _unsupported(place, text)
        return DraftItem(field, bank_key, question, text, tuple(cited), tuple(problems))

    def _quotes(self, evidence: Iterable[SaidQuote]) -> tuple[list[Cited], list[Problem]]:
        found, lost = list[Cited](), list[Problem]()
        for said in evidence:
            quote = _without_quotation_marks(said.quote)
            passage = self._passage_of(quote, said.passage_id)
            if passage:
                found.append(Cited(passage.key, passage.page, passage.section, quote))
            else:
                offered = nearest(quote, self.passages)
                wording = offered[1] if offered else ""
                lost.append(Problem("quote-not-found", "error", value=wording))
        return found, lost

    def _passage_of(self, quote: str, key: str) -> Passage | None:
        """The passage that was named, else another one that holds the quote."""
        named = self.by_key.get(key.strip("[]()␞ "))
        return (named and find_quote(quote, (named,))) or find_quote(quote, self.passages)


def _without_quotation_marks(quote: str) -> str:
    for opening, closing in ('""', "“”", "''", "‘’", "「」"):
        if quote.startswith(opening) and quote.endswith(closing):
            return quote[1:-1].strip()
    return quote


def _joint(text: str, *, is_item: bool, was_item: bool) -> str:
    """What stands before the next sentence, so that lists are lists and prose runs on."""
    if is_item:
        return "\n- " if text else "- "
    return "\n\n" if was_item else ""


def _closed(words: str, *, is_item: bool) -> str:
    """A sentence has its full stop, for the mark stands after it; an item may end in a noun."""
    return words if is_item or words.endswith(_STOPS) else f"{words}。"


def _marks(quotes: Iterable[Cited], cited: list[Cited]) -> str:
    """The marks of these quotes; new ones are put at the end of `cited`."""
    cited += [quote for quote in dict.fromkeys(quotes) if quote not in cited]
    return "".join(f"[^{cited.index(quote) + 1}]" for quote in dict.fromkeys(quotes))


def _links(field: str, text: str, foreign: Iterable[str], start: int = 0) -> list[Problem]:
    """A problem for each address that the paper does not have; in the text it has no scheme."""
    problems = []
    for url in foreign:
        bare = without_scheme(url)
        at = text.find(bare, start)
        place = (at, len(bare)) if at >= 0 else (start, len(text) - start)
        problems.append(Problem("link", "error", field, *place, url))
    return problems


def _unsupported(field: str, text: str) -> list[Problem]:
    """A problem for each sentence without a mark, but for one that leads into a list."""
    found = sentences(text)
    problems = []
    for sentence, after in zip(found, [*found[1:], None], strict=False):
        leads_in = after is not None and after.kind == "item" and sentence.kind == "prose"
        if not sentence.marks and not leads_in:
            size = sentence.end - sentence.start
            problems.append(Problem("no-evidence", "error", field, sentence.start, size))
    return problems
