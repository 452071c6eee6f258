"""The API's answers as bytes, in the two shapes that arXiv has used: before 2025, and now."""

from collections.abc import Sequence
from datetime import datetime
from textwrap import fill
from xml.sax.saxutils import escape, quoteattr

from tests.local_arxiv.corpus import Paper, PaperVersion

Found = tuple[Paper, PaperVersion]

OLD, NEW = "2024", "2026"
SHAPES = (OLD, NEW)

_ATOM = "http://www.w3.org/2005/Atom"
_ARXIV = "http://arxiv.org/schemas/atom"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_NOW = "2026-04-12T22:09:36Z"  # when the feed was made; nothing reads it


def feed(
    found: Sequence[Found], query: str, *, total: int, start: int, size: int, shape: str
) -> bytes:
    """A page of results; `total` is what the header announces."""
    make = _old_feed if shape == OLD else _new_feed
    return make(found, query, total, start, size).encode()


def error_feed(name: str) -> bytes:
    """The Error entry that arXiv sends, with status 400, when one id of a request is malformed."""
    address = f"https://arxiv.org/api/errors#incorrect_id_format_for_{name}"
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="{_OPENSEARCH}" xmlns:arxiv="{_ARXIV}" xmlns="{_ATOM}">
  <id>https://arxiv.org/</id>
  <title>arXiv Search Results</title>
  <updated>{_NOW}</updated>
  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>
  <opensearch:totalResults>1</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  <entry>
    <id>{escape(address)}</id>
    <title>Error</title>
    <updated>{_NOW}</updated>
    <link href={quoteattr(address)} rel="alternate" type="text/html"/>
    <summary>incorrect id format for {escape(name)}</summary>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
</feed>
""".encode()


def _new_feed(found: Sequence[Found], query: str, total: int, start: int, size: int) -> str:
    entries = "".join(_new_entry(paper, version) for paper, version in found)
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="{_OPENSEARCH}" xmlns:arxiv="{_ARXIV}" xmlns="{_ATOM}">
  <id>https://arxiv.org/api/localLocalLocalLocalLocalLoc</id>
  <title>arXiv Query: {escape(query)}</title>
  <updated>{_NOW}</updated>
  <link href={quoteattr(f"https://arxiv.org/api/query?{query}")} type="application/atom+xml"/>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""


def _new_entry(paper: Paper, version: PaperVersion) -> str:
    name = f"{paper.arxiv_id}v{version.number}"
    lines = [
        f"<id>http://arxiv.org/abs/{name}</id>",
        f"<title>{escape(version.title)}</title>",
        f"<updated>{_stamp(version.updated_at)}</updated>",
        f'<link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" '
        'title="pdf"/>',
        f"<summary>{escape(version.abstract)}</summary>",
        *(
            f'<category term="{term}" scheme="http://arxiv.org/schemas/atom"/>'
            for term in paper.categories
        ),
        f"<published>{_stamp(paper.published_at)}</published>",
        *_optional("arxiv:comment", version.comment),
        f'<arxiv:primary_category term="{paper.categories[0]}"/>',
        *_optional("arxiv:journal_ref", paper.journal_ref),
        *(f"<author>\n      <name>{escape(one)}</name>\n    </author>" for one in paper.authors),
        *_optional("arxiv:doi", paper.doi),
    ]
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>\n"


def _old_feed(found: Sequence[Found], query: str, total: int, start: int, size: int) -> str:
    entries = "".join(_old_entry(paper, version) for paper, version in found)
    address = quoteattr(f"http://arxiv.org/api/query?{query}")
    counts = (("totalResults", total), ("startIndex", start), ("itemsPerPage", size))
    header = "\n".join(
        f'  <opensearch:{name} xmlns:opensearch="{_OPENSEARCH}">{count}</opensearch:{name}>'
        for name, count in counts
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="{_ATOM}">
  <link href={address} rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: {escape(query)}</title>
  <id>http://arxiv.org/api/localLocalLocalLocalLocalLoc</id>
  <updated>2024-11-10T00:00:00-05:00</updated>
{header}
{entries}</feed>
"""


def _old_entry(paper: Paper, version: PaperVersion) -> str:
    """Texts are wrapped, and the abstract has two spaces before and a line end after it."""
    name = f"{paper.arxiv_id}v{version.number}"
    space = f'xmlns:arxiv="{_ARXIV}"'
    scheme = 'scheme="http://arxiv.org/schemas/atom"'
    lines = [
        f"<id>http://arxiv.org/abs/{name}</id>",
        f"<updated>{_stamp(version.updated_at)}</updated>",
        f"<published>{_stamp(paper.published_at)}</published>",
        f"<title>{escape(_wrapped(version.title, '  '))}</title>",
        f"<summary>  {escape(_wrapped(version.abstract))}\n</summary>",
        *(f"<author>\n      <name>{escape(one)}</name>\n    </author>" for one in paper.authors),
        *_optional("arxiv:doi", paper.doi, space),
        *_optional("arxiv:comment", version.comment, space),
        *_optional("arxiv:journal_ref", paper.journal_ref, space),
        f'<link href="http://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>',
        f'<link title="pdf" href="http://arxiv.org/pdf/{name}" rel="related" '
        'type="application/pdf"/>',
        f'<arxiv:primary_category {space} term="{paper.categories[0]}" {scheme}/>',
        *(f'<category term="{term}" {scheme}/>' for term in paper.categories),
    ]
    return "  <entry>\n" + "".join(f"    {line}\n" for line in lines) + "  </entry>\n"


def _optional(name: str, value: str, space: str = "") -> list[str]:
    opening = f"{name} {space}".strip()
    return [f"<{opening}>{escape(value)}</{name}>"] if value else []


def _wrapped(text: str, indent: str = "") -> str:
    return fill(text, 79, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
