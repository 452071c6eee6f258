"""Quotes that another extractor took from PDFs, through the whole path to the strict matcher.

A sentence counts as true when its letters and digits stand in a row in the text that the PDF was
made of, which neither extractor has seen.
"""

import io
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader

from digests.drafting.english import english_sentences
from digests.drafting.verify import MIN_CHARACTERS, find_quote
from papers.fulltext import Passage, extract
from tests.local_arxiv.corpus import PAPERS, Paper
from tests.pdfs import paper_pdf

TRUE_QUOTES, TAMPERED_QUOTES = 300, 1000
LAYOUTS: tuple[dict[str, object], ...] = (
    {"columns": 2},
    {"columns": 1, "running_head": "Letters", "line_numbers": True},
)


@dataclass(frozen=True)
class Printed:
    """A paper set once: what it says, what we read of it, and sentences as the other reads it."""

    source: str  # letters and digits only
    passages: tuple[Passage, ...]
    sentences: tuple[str, ...]


def bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[Printed]:
    folder = tmp_path_factory.mktemp("papers")
    papers = [paper for paper in PAPERS.values() if paper.newest.has_pdf and paper.sections]
    return [_print(paper, layout, folder) for paper in papers for layout in LAYOUTS]


def _print(paper: Paper, layout: dict[str, object], folder: Path) -> Printed:
    content = paper_pdf(
        "A Paper",
        ["Ann Example"],
        paper.newest.abstract,
        paper.sections,
        appendix=paper.appendix,
        references=paper.references,
        **layout,  # type: ignore[arg-type]
    )
    path = folder / f"{paper.arxiv_id.replace('/', '_')}-{layout['columns']}.pdf"
    path.write_bytes(content)
    texts = [text for _, texts in (*paper.sections, *paper.appendix) for text in texts]
    source = " ".join([paper.newest.abstract, *texts])
    return Printed(bare(source), extract(path).passages, tuple(_sentences(content, bare(source))))


def _sentences(content: bytes, source: str) -> Iterator[str]:
    """The true sentences that pypdf reads, cut words with their hyphen and a space."""
    for page in PdfReader(io.BytesIO(content)).pages:
        for sentence in english_sentences(" ".join(page.extract_text().split())):
            if len(sentence) >= MIN_CHARACTERS and bare(sentence) in source:
                yield sentence


def test_true_quotes_that_another_extractor_took_are_accepted(printed: list[Printed]) -> None:
    taken = [(quote, paper) for paper in printed for quote in paper.sentences]
    refused = [quote for quote, paper in taken if find_quote(quote, paper.passages) is None]
    assert len(taken) >= TRUE_QUOTES
    assert sum("- " in quote for quote, _ in taken) >= TRUE_QUOTES / 10  # words that were cut
    assert len(refused) <= 0.005 * len(taken), refused[:5]


def _change_number(words: list[str], rng: random.Random) -> None:
    places = [at for at, word in enumerate(words) if word[0].isdecimal()]
    if places:
        at = rng.choice(places)
        words[at] = f"{(int(words[at][0]) + rng.randint(1, 8)) % 9 + 1}{words[at][1:]}"


def _negate(words: list[str], rng: random.Random) -> None:
    verbs = {"is", "are", "was", "were", "can", "does", "do", "has", "have", "will"}
    places = [at for at, word in enumerate(words) if word in verbs]
    if places:
        words.insert(rng.choice(places) + 1, "not")


def _affirm(words: list[str], rng: random.Random) -> None:
    words[:] = [word for word in words if word not in ("not", "no", "never", "none", "cannot")]


def _swap(words: list[str], rng: random.Random) -> None:
    one, other = sorted(rng.sample(range(1, len(words) - 1), 2))
    words[one], words[other] = words[other], words[one]


def _drop(words: list[str], rng: random.Random) -> None:
    del words[rng.randint(1, len(words) - 2)]


def _turn(words: list[str], rng: random.Random) -> None:
    pairs = {"more": "less", "less": "more", "higher": "lower", "lower": "higher", "all": "some"}
    pairs |= {"before": "after", "after": "before", "first": "last", "most": "few", "and": "or"}
    words[:] = [pairs.get(word, word) for word in words]


TAMPERINGS: tuple[Callable[[list[str], random.Random], None], ...] = (
    _change_number,
    _negate,
    _affirm,
    _swap,
    _drop,
    _turn,
)


def _tampered(printed: list[Printed]) -> Iterator[tuple[str, Printed]]:
    """Altered and spliced quotes and those of other papers, each with the paper it is said of."""
    rng = random.Random(7)
    everything = [(quote, paper) for paper in printed for quote in paper.sentences]
    for quote, paper in everything:
        other, _ = rng.choice(everything)
        words, others = quote.split(), other.split()
        spliced = " ".join([*words[: len(words) // 2], *others[len(others) // 2 :]])
        for altered in (other, spliced, *(_by(way, words, rng) for way in TAMPERINGS)):
            if bare(altered) not in paper.source:
                yield altered, paper


def _by(
    way: Callable[[list[str], random.Random], None], words: list[str], rng: random.Random
) -> str:
    changed = list(words)
    way(changed, rng)
    return " ".join(changed)


def test_no_quote_that_was_tampered_with_is_accepted(printed: list[Printed]) -> None:
    tried = list(_tampered(printed))
    accepted = [quote for quote, paper in tried if find_quote(quote, paper.passages)]
    assert len(tried) >= TAMPERED_QUOTES
    assert accepted == []
