"""A draft without a model: for each question up to three sentences of the paper, verbatim.

Each sentence of the paper gets a score per question: words that answer it ("outperforms"), the
section it stands in, and full-text retrieval. What scores badly is not shown at all.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from digests.drafting.cues import PROFILES, Profile
from digests.drafting.english import english_sentences
from digests.drafting.quotable import is_quotable, without_bullet
from digests.drafting.types import BankQuestion, Cited, DraftItem, DraftText, Material
from digests.drafting.verify import find_quote, fold
from papers.fulltext import Passage

QUESTIONS = 6
QUOTES = 3

_USABLE_KINDS = frozenset({"abstract", "body", "appendix"})
# Half of the words shared: the abstract, the introduction and the conclusion say things thrice.
_SAME = 0.5


@dataclass(frozen=True)
class _Sentence:
    """A sentence that may be quoted. `group` is the kind of its section, `place` 0..1 in it."""

    row: int
    text: str
    passage: Passage
    group: str
    place: float
    words: frozenset[str]


def draft(material: Material, bank: Sequence[BankQuestion]) -> DraftText:
    """Question items with an empty text and one to three quotes each, by priority.

    At most QUESTIONS of the bank, by their priority for the paper's kind. Every quote passes
    `find_quote`. A question for which nothing scores well is named in `left_out`.
    """
    questions = _chosen(bank, material.kind)
    name = _name(material.title)
    sentences = _sentences(material.passages, name)
    ranked = {q.key: ranking for q, ranking in _rankings(questions, sentences, name)}
    quotes = _shared_out(questions, ranked)
    items = tuple(
        DraftItem("question", q.key, q.ja, "", tuple(_cited(s) for s in quotes[q.key]))
        for q in questions
        if quotes[q.key]
    )
    return DraftText(items, tuple(q.key for q in questions if not quotes[q.key]))


def _chosen(bank: Sequence[BankQuestion], kind: str) -> list[BankQuestion]:
    fitting = [question for question in bank if kind in question.priority]
    return sorted(fitting, key=lambda question: question.priority[kind])[:QUESTIONS]


def _cited(sentence: _Sentence) -> Cited:
    passage = sentence.passage
    return Cited(passage.key, passage.page, passage.section, sentence.text)


# Sentences that may be quoted

_GROUPS = (
    ("skip", r"acknowledg|author contributions?|funding|competing interests?|prompts?\b|notation"),
    ("limitations", r"limitation|threats to validity|shortcoming|caveat"),
    ("ethics", r"ethic|broader impact|societal|social impact|safety|risk|responsible|harm"),
    ("access", r"availability|reproducib|open[- ]source|licen[cs]e"),
    ("abstract", r"abstract"),
    ("conclusion", r"conclu|summary|closing"),
    ("future", r"future|outlook|open (?:questions|problems|challenges)"),
    ("discussion", r"discussion|implications"),
    ("introduction", r"introduction|motivation"),
    ("related", r"related|background|previous work|prior work|preliminar|literature"),
    (
        "results",
        r"results?|(?:error|ablation|empirical|experimental|further|in-depth|detailed|main|"
        r"qualitative|quantitative|statistical) analys[ie]s|ablation|findings|"
        r"performance|case stud|comparison",
    ),
    ("experiment", r"experiment|evaluat|setup|set-up|setting|implementation|training|baseline"),
    ("data", r"data|corpus|benchmark|collection|annotation"),
    ("theory", r"theor|proof|convergence|bounds?"),
    ("method", r"method|approach|model|architecture|framework|system|algorithm|design|overview"),
)
_ANALYSIS = re.compile(r"(?:[\dA-Z.]+ )?analys[ie]s", re.IGNORECASE)  # the whole heading
_Part = tuple[str, str, bool]

_NUMBERED = re.compile(r"^([0-9]+|[A-Z])(?:\.[0-9]+)+\.?\s")
_TOP_LEVEL = re.compile(r"^([0-9]+|[A-Z])\.?\s+\S")


def _sentences(passages: Sequence[Passage], name: str) -> list[_Sentence]:
    groups = _section_groups(passages)
    usable = [one for one in passages if one.kind in _USABLE_KINDS]
    sizes: Counter[_Part] = Counter()
    for passage in usable:
        sizes[_part(passage)] += len(passage.text)
    found: list[_Sentence] = []
    before: Counter[_Part] = Counter()
    for passage in usable:
        group = groups[passage.section] if passage.kind != "abstract" else "abstract"
        part = _part(passage)
        if group != "skip":
            share = before[part] / sizes[part], len(passage.text) / sizes[part]
            found.extend(_of_passage(passage, group, *share, len(found), name))
        before[part] += len(passage.text)
    return found


def _part(passage: Passage) -> _Part:
    """arXiv's abstract, which has no page, and the printed one are two."""
    return passage.kind, passage.section, passage.page is None


def _of_passage(
    passage: Passage, group: str, start: float, share: float, row: int, name: str
) -> list[_Sentence]:
    """Its sentences, numbered from `row`; the passage is `share` of its section, from `start`."""
    texts = english_sentences(passage.text)
    found: list[_Sentence] = []
    for number, raw in enumerate(texts):
        text = without_bullet(raw)
        if is_quotable(text, name) and find_quote(text, (passage,)):
            place = start + share * number / len(texts)
            found.append(_Sentence(row + len(found), text, passage, group, place, _words(text)))
    return found


def _section_groups(passages: Iterable[Passage]) -> dict[str, str]:
    """The group of each section's heading; "5.1 Scope" takes after "5 Discussion" if unknown."""
    headings = list(dict.fromkeys(passage.section for passage in passages))
    own = {heading: _group_of(heading) for heading in headings}
    parents = {m.group(1): own[h] for h in headings if (m := _TOP_LEVEL.match(h))}
    for heading in headings:
        numbered = _NUMBERED.match(heading)
        if own[heading] == "other" and numbered:
            own[heading] = parents.get(numbered.group(1), "other")
    return own


def _group_of(heading: str) -> str:
    if not heading:
        return "introduction"  # letters and short papers begin without a heading
    if _ANALYSIS.fullmatch(heading):
        return "results"
    for group, words in _GROUPS:
        if re.search(rf"\b(?:{words})", heading, re.IGNORECASE):
            return group
    return "other"


_COMMON_WORDS = (
    "a about also an and are as at be been both but by can for from has have how in into is it its "
    "many may more most much no not of on or other our over that the their them these they this "
    "those to was we were what when where which while who will with"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def _words(text: str) -> frozenset[str]:
    """The words that carry meaning, cut to six letters so that endings do not matter."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return frozenset(word[:6] for word in words if word not in _COMMON)


# How well a sentence answers a question

_PACKAGE = re.compile(r"(?:The )?([\w.]+) (?:Package|Library|Toolkit)\b", re.IGNORECASE)
_SUBTITLE = re.compile(r":|\s[-\u2013\u2014]\s")
_CAMEL = re.compile(r"\b(?=\w*[a-z])\w*[A-Z]\w*[A-Z]\w*|\b[A-Z]{3,}\w*")


def _name(title: str) -> str:
    """What the paper calls its own thing: "PaSa" of "PaSa: An LLM Agent for …", or ""."""
    parts = _SUBTITLE.split(title, maxsplit=1)
    if len(parts) > 1 and len(parts[0].split()) <= 2:
        return parts[0].strip()
    found = _PACKAGE.match(title) or _CAMEL.search(title)
    return found.group(found.lastindex or 0) if found else ""


_Ranking = list[tuple[float, _Sentence]]
_CITES = re.compile(
    r"\(?[A-Z][\w'’-]+ (?:et al\.?|and [A-Z][\w'’-]+|& [A-Z][\w'’-]+),? \(?(?:19|20)\d\d"
    r"|\[\d{1,3}(?:(?:, ?|[-–])\d{1,3})*\]|\[[A-Z][A-Za-z+]{1,14}\d\d[a-z]?\]"
)
_OTHERS_FIRST = re.compile(
    r"[A-Z][\w'’-]+ (?:et al\.|and [A-Z][\w'’-]+) [\[(]|"
    r"[A-Z][\w'’-]+ (?:concludes?|argues?|claims?|suggests?|reports?|noted|argued|reported) that"
)
_OWN = re.compile(
    r"\b(?:we|our|us)\b|\bthis (?:paper|work|study|survey|article|report|document|note)\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\b(?:we|I|section [\dIVX]+) (?:will|shall|now|next|then|first|further)\b|\blater (?:on|in)\b|"
    r"\b(?:below|above)[.:]|\borganized as\b|\b(?:next|following|previous|last) section",
    re.IGNORECASE,
)
_TO_THE_READER = re.compile(r"\b(?:you|your)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:additionally|also|alternatively|and|besides|but|consequently|finally|first|furthermore|hence|"
    r"in addition|in turn|moreover|next|second|similarly|so|specifically|then|therefore|third|thus|"
    r"to (?:\w+ )?(?:this|these|them|it))\b",
    re.IGNORECASE,
)
_SEE = re.compile(
    r"\b(?:as (?:shown|illustrated|listed|described)|see|shown|(?:described|discussed) in "
    r"(?:section|appendix)|\((?:section|appendix) \w)",
    re.IGNORECASE,
)


def _rankings(
    questions: Sequence[BankQuestion], sentences: Sequence[_Sentence], name: str
) -> Iterable[tuple[BankQuestion, _Ranking]]:
    with closing(_index(sentences)) as index:
        for question in questions:
            profile = PROFILES.get(question.key)
            found = _retrieved(index, profile.query if profile else question.en)
            yield question, _ranking(profile, found, sentences, name)


def _index(sentences: Sequence[_Sentence]) -> sqlite3.Connection:
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE sentence USING fts5(text, tokenize='porter unicode61')")
    rows = ((sentence.row, sentence.text) for sentence in sentences)
    index.executemany("INSERT INTO sentence(rowid, text) VALUES (?, ?)", rows)
    return index


def _retrieved(index: sqlite3.Connection, query: str) -> dict[int, float]:
    """Rows that hold a word of the query, with 1.0 for the best of them."""
    words = [w for w in re.findall(r"[a-z]+", query.lower()) if w not in _COMMON]
    if not words:
        return {}
    match = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
    ranks = index.execute(
        "SELECT rowid, -bm25(sentence) FROM sentence WHERE sentence MATCH ? ORDER BY rowid",
        (match,),
    ).fetchall()
    best = max((rank for _, rank in ranks), default=0.0)
    return {row: rank / best for row, rank in ranks} if best > 0 else {}


def _ranking(
    profile: Profile | None,
    found: Mapping[int, float],
    sentences: Sequence[_Sentence],
    name: str,
) -> _Ranking:
    """The sentences that may answer, best first; equal ones in the order of the paper."""
    scored: _Ranking = []
    for sentence in sentences:
        retrieval = found.get(sentence.row, 0.0)
        if profile:
            score = _score(
                profile, sentence, retrieval, is_named=bool(name) and name in sentence.text
            )
        else:
            score = _by_words(sentence, retrieval)
        if score > 0:
            scored.append((score, sentence))
    scored.sort(key=lambda pair: (-pair[0], pair[1].row))
    return _abstract_to_front(scored, profile) if profile and profile.abstract_first else scored


# The abstract's best sentence goes first unless another is better by this much.
_FAR_BETTER = 1.5


def _abstract_to_front(ranking: _Ranking, profile: Profile) -> _Ranking:
    """With the best sentence of the abstract in front that has the words of an answer."""
    for place, (score, sentence) in enumerate(ranking):
        if score < ranking[0][0] - _FAR_BETTER:
            break
        if sentence.group == "abstract" and _is_answer(profile, sentence.text):
            return [ranking[place], *ranking[:place], *ranking[place + 1 :]]
    return ranking


def _is_answer(profile: Profile, text: str) -> bool:
    if profile.against and profile.against.search(text):
        return False
    return any(cue.search(text) for cue in profile.strong)


# A question of the editor's own has no cues: only a sentence near the best match is shown.
_NEAR_THE_BEST = 0.75


def _by_words(sentence: _Sentence, retrieval: float) -> float:
    return retrieval + _manner(sentence) if retrieval >= _NEAR_THE_BEST else 0.0


def _score(profile: Profile, sentence: _Sentence, retrieval: float, *, is_named: bool) -> float:
    """0 where the sentence does not answer, else at least the profile's `least`."""
    if profile.only and sentence.group not in profile.only:
        return 0.0
    strong = sum(bool(cue.search(sentence.text)) for cue in profile.strong)
    is_own = is_named or not profile.named or _OWN.search(sentence.text) is not None
    is_home = sentence.group in profile.home and is_own
    if not strong and not is_home:
        return 0.0
    weak = sum(bool(cue.search(sentence.text)) for cue in profile.weak)
    score = strong + 0.4 * weak + profile.sections.get(sentence.group, 0.0)
    score += 0.6 * retrieval + profile.early * (1 - sentence.place) + _manner(sentence)
    score += profile.named if is_named else 0.0
    if profile.against and profile.against.search(sentence.text):
        score -= 1.0
    return score if score >= profile.least else 0.0


def _manner(sentence: _Sentence) -> float:
    """What speaks for or against a sentence whatever the question."""
    text = sentence.text
    score = 0.3 if _OWN.search(text) else 0.0
    score -= 0.4 if _CITES.search(text) else 0.0
    score -= 0.6 if _OTHERS_FIRST.match(text) else 0.0
    score -= 0.2 if _SEE.search(text) else 0.0
    score -= 1.0 if _TO_THE_READER.search(text) else 0.0
    score -= 0.6 if sentence.passage.kind == "appendix" else 0.0
    score -= 0.5 if "\\" in text else 0.0  # LaTeX, which arXiv leaves in abstracts
    score -= 0.4 if _GOES_ON.match(text) else 0.0
    score -= 0.5 if _ANNOUNCES.search(text) else 0.0
    return score - max(0.0, (len(text) - 280) / 400)


# Sharing the sentences out


def _shared_out(
    questions: Sequence[BankQuestion], ranked: Mapping[str, _Ranking]
) -> dict[str, list[_Sentence]]:
    """Up to QUOTES sentences per question; none stands under two, none says what another says.

    In each round the question with the best sentence takes first, so that a sentence goes where
    it answers best.
    """
    taken: list[_Sentence] = []
    chosen: dict[str, list[_Sentence]] = {question.key: [] for question in questions}
    for _ in range(QUOTES):
        waiting = [question.key for question in questions]
        while waiting:
            following = {key: _next(ranked[key], taken) for key in waiting}
            key = max(following, key=lambda each: following[each][0])
            waiting.remove(key)
            sentence = following[key][1]
            if sentence:
                chosen[key].append(sentence)
                taken.append(sentence)
    return chosen


def _next(ranking: _Ranking, taken: Sequence[_Sentence]) -> tuple[float, _Sentence | None]:
    for score, sentence in ranking:
        if not any(_says_the_same(sentence, other) for other in taken):
            return score, sentence
    return 0.0, None


def _says_the_same(one: _Sentence, other: _Sentence) -> bool:
    if fold(one.text).text == fold(other.text).text:
        return True
    return len(one.words & other.words) >= _SAME * len(one.words | other.words)
