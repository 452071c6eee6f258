"""Papers to draft from, without a PDF: the local arXiv's, cut into passages by paragraph."""

from collections.abc import Sequence
from dataclasses import replace

from digests.drafting.types import Material
from papers.fulltext import Passage
from tests.local_arxiv import PAPERS

BENCHMARK, METHOD = "2304.99002", "2304.99001"


def material_of(
    arxiv_id: str = BENCHMARK, *, kind: str = "resource", more: Sequence[str] = ()
) -> Material:
    """The newest version; `more` paragraphs follow in a section "Discussion", with references."""
    paper = PAPERS[arxiv_id]
    version = paper.newest
    passages = [Passage("abs", None, "Abstract", "abstract", version.abstract)]
    sections = [*paper.sections, ("Discussion", more)]
    for page, (heading, paragraphs) in enumerate(sections, 1):
        for number, text in enumerate(paragraphs, 1):
            title = f"{page} {heading}"
            passages.append(Passage(f"p{page:02d}-{number:02d}", page, title, "body", text))
    listed = " ".join(paper.references) or "Anna Lind. 2019. On lists. In Proceedings of Lists."
    passages.append(Passage("p99-01", 99, "References", "references", listed))
    return Material(version.title, version.abstract, tuple(passages), kind)


def long_material(tokens: int = 60_000) -> Material:
    """The same paper with a body that no single prompt takes; its last part holds one sentence
    about sandbags that is found nowhere else."""
    short = material_of()
    body = [one for one in short.passages if one.kind == "body"]
    wanted = tokens * 4 // sum(len(one.text) for one in body) + 1
    copies = [
        replace(one, key=f"p{turn:03d}-{number:02d}", page=turn, section=f"{turn} Field Notes")
        for turn in range(10, 10 + wanted)
        for number, one in enumerate(body, 1)
    ]
    rare = "The crews of the harbour compared sandbags from nine suppliers before the flood came."
    last = Passage("p999-01", 999, "999 Field Notes", "body", rare)
    front = [one for one in short.passages if one.kind != "references"]
    return replace(short, passages=(*front, *copies, last))
