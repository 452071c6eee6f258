"""The papers that the local arXiv knows: invented, in tests/data/arxiv-api/papers/*.toml.

Their ids cannot be real papers'. A number such as 2304.99001 would need 99,001 submissions in one
month, and no month of 2023 had 25,000; cs/0304999 would need 999 in computer science in April
2003, which had fewer than 200. So no invented text ever stands under a real id.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.pdfs import Section, paper_pdf

DATA = Path(__file__).parents[1] / "data"


@dataclass(frozen=True)
class PaperVersion:
    """One version of a paper as the API lists it and as its PDF says it."""

    number: int
    updated_at: datetime
    title: str
    abstract: str
    comment: str
    has_pdf: bool


@dataclass(frozen=True)
class Paper:
    """An invented paper; `versions` from the first to the newest."""

    arxiv_id: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    doi: str
    journal_ref: str
    versions: tuple[PaperVersion, ...]
    sections: tuple[Section, ...]
    appendix: tuple[Section, ...]
    references: tuple[str, ...]
    hidden: tuple[tuple[str, str], ...]

    @property
    def published_at(self) -> datetime:
        return self.versions[0].updated_at

    @property
    def newest(self) -> PaperVersion:
        return self.versions[-1]

    def version(self, number: int | None) -> PaperVersion | None:
        """That version, the newest for None, or None if there is no such version."""
        if number is None:
            return self.newest
        return next((one for one in self.versions if one.number == number), None)


def _load(path: Path) -> Paper:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Paper(
        arxiv_id=data["id"],
        authors=tuple(data["authors"]),
        categories=tuple(data["categories"]),
        doi=data.get("doi", ""),
        journal_ref=data.get("journal_ref", ""),
        versions=tuple(
            _version(number, {**data, **change})
            for number, change in enumerate(data["versions"], start=1)
        ),
        sections=_sections(data.get("sections", [])),
        appendix=_sections(data.get("appendix", [])),
        references=tuple(data.get("references", [])),
        hidden=tuple((one["how"], one["text"]) for one in data.get("hidden", [])),
    )


def _version(number: int, data: Mapping[str, Any]) -> PaperVersion:
    return PaperVersion(
        number=number,
        updated_at=data["updated"],
        title=data["title"],
        abstract=_unwrapped(data["abstract"])[0],
        comment=data.get("comment", ""),
        has_pdf=data.get("has_pdf", True),
    )


def _sections(tables: list[dict[str, str]]) -> tuple[Section, ...]:
    return tuple((one["heading"], _unwrapped(one["text"])) for one in tables)


def _unwrapped(text: str) -> list[str]:
    """Paragraphs, which an empty line parts, each on one line."""
    return [" ".join(part.split()) for part in text.strip().split("\n\n")]


PAPERS: Mapping[str, Paper] = {
    paper.arxiv_id: paper
    for paper in map(_load, sorted((DATA / "arxiv-api" / "papers").glob("*.toml")))
}


def paper_named(name: str) -> tuple[Paper, PaperVersion] | None:
    """The paper and version of "2304.99001v2" or "2304.99001" (its newest); None if unknown."""
    arxiv_id, mark, number = name.partition("v")
    paper = PAPERS.get(arxiv_id)
    if paper is None or (mark and not number.isdecimal()):
        return None
    version = paper.version(int(number) if mark else None)
    return (paper, version) if version else None


@cache
def pdf_of(arxiv_id: str, number: int, *, encrypt: str = "") -> bytes:
    """The PDF of this version, made once and then kept: making it takes longer than serving it."""
    paper = PAPERS[arxiv_id]
    version = paper.version(number)
    assert version, f"{arxiv_id} has no version {number}"
    return paper_pdf(
        _printable(version.title),
        [_printable(name) for name in paper.authors],
        version.abstract,
        paper.sections,
        references=paper.references,
        appendix=paper.appendix,
        hidden=paper.hidden,
        encrypt=encrypt,
    )


def _printable(text: str) -> str:
    """On paper, a title has neither control characters nor letters that the font lacks."""
    kept = "".join(c for c in text if c.isprintable())
    return kept.encode("latin-1", errors="replace").decode("latin-1")


def weekly_list() -> str:
    """A list in dair.ai's shape: ten of these papers, one without an arXiv id, of one week."""
    return (DATA / "weekly-lists" / "local-week.md").read_text(encoding="utf-8")
