"""How readers cite what they read: on the page, and as files."""

from __future__ import annotations

import html as html_
import json
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from digests import workflow
from digests.models import Edition
from papers.models import Version
from tests.factories import make_edition, make_editor, make_issue, make_version, make_written_entry
from tests.test_public import DESK_WORDS, Outline, page, poison

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
ENDINGS = ("bib", "ris", "csl.json")


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def survey(**values: Any) -> Edition:
    """An issue with one paper, 2303.18223v2."""
    told: dict[str, Any] = {
        "title": "A Survey of Large Language Models",
        "authors": ("Wayne Xin Zhao", "Kun Zhou"),
    }
    issue = make_issue()
    make_written_entry(issue, version=make_version("2303.18223", 2, **told | values))
    return make_edition(issue)


# ── on the page ─────────────────────────────────────────────────────────────────────────────────
def test_a_paper_is_cited_in_its_article_with_links_to_its_files(reader: Client) -> None:
    body = page(reader, survey(doi="10.1000/a_b<c>"))
    shown = body[body.index('<details class="cite">') :]
    assert "Cite this paper" in shown
    assert "@misc{zhao2023survey," in shown
    for ending in ENDINGS:
        assert f'href="/papers/2303.18223.{ending}"' in shown
        assert reader.get(f"/papers/2303.18223.{ending}").status_code == 200
    assert 'href="https://doi.org/10.1000/a_b%3Cc%3E"' in shown


def test_a_doi_is_shown_only_where_the_version_has_one(reader: Client) -> None:
    assert "doi.org/10.1000/x" in page(reader, survey(doi="https://doi.org/10.1000/x"))
    Version.objects.update(doi="")
    assert "DOI:" not in page(reader, Edition.objects.get())


def test_zotero_finds_a_span_per_paper(reader: Client) -> None:
    issue = make_issue()
    for _n in range(3):
        make_written_entry(issue)
    edition = make_edition(issue)
    body = page(reader, edition)
    titles = [html_.unescape(t) for t in re.findall(r'<span class="Z3988" title="([^"]*)">', body)]
    found = [parse_qs(title, strict_parsing=True)["rft.title"][0] for title in titles]
    assert found == [str(entry.title) for entry in edition.entries.all()]
    assert "citation_title" not in body


def test_hostile_words_break_neither_page_nor_file(reader: Client) -> None:
    edition = survey(doi='10.1/"><script>alert(1)</script>')
    poison(edition)
    body = page(reader, edition)
    assert "<script>alert" not in body
    assert "Not all authors are named here" in body
    assert Outline(body).levels
    files = [f"/papers/2303.18223.{ending}" for ending in ENDINGS]
    files += [f"/issues/{edition.slug}.{ending}" for ending in ENDINGS]
    for path in files:
        response = reader.get(path)
        assert response.status_code == 200
        assert not re.search("[\x00-\x08\x0b\x0c\x1b\u202e\ufffe]", response.content.decode())
        assert "javascript:" not in response.content.decode().lower()
    assert reader.get(files[0]).content.decode().count(" and ") >= 2999


def test_data_for_search_engines_is_json_and_ends_no_script(reader: Client) -> None:
    edition = survey(title="</script><script>alert(1)</script> & <!-- rows")
    body = page(reader, edition)
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body)
    assert not re.search("[<>&]", block)
    data = json.loads(block)
    assert data["@type"] == "Article"
    assert data["headline"] == edition.title
    assert data["dateModified"] == edition.published_at.isoformat(timespec="seconds")
    assert f'<meta property="og:image" content="{data["image"]}">' in body
    (paper,) = data["about"]
    assert paper["@type"] == "ScholarlyArticle"
    assert paper["headline"].startswith("</script>")
    assert "author" not in paper  # the paper's own page names them, see test_paper_pages
    assert body.count("<script") == 2  # this, and the site's own file


def test_cards_of_other_sites_find_title_and_description(reader: Client) -> None:
    edition = survey()
    tags = [attrs for tag, attrs in Outline(page(reader, edition)).tags if tag == "meta"]
    told = {str(a["property"]): a["content"] for a in tags if "property" in a}
    assert told["og:title"] == edition.title
    assert told["og:description"] == edition.description
    assert told["og:type"] == "article"
    assert str(told["og:url"]).endswith(edition.get_absolute_url())
    home = reader.get("/").content.decode()
    assert '<meta property="og:type" content="website">' in home
    assert "og:" not in reader.get("/nowhere/").content.decode()


# ── as files ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("ending", "media_type", "is_kept"),
    [
        ("bib", "application/x-bibtex; charset=utf-8", True),
        ("ris", "application/x-research-info-systems; charset=utf-8", True),
        ("csl.json", "application/vnd.citationstyles.csl+json", False),
    ],
)
def test_a_file_is_of_its_media_type(
    reader: Client, ending: str, media_type: str, is_kept: bool
) -> None:
    edition = survey()
    for folder, name in (("papers", "2303.18223"), ("issues", edition.slug)):
        response = reader.get(f"/{folder}/{name}.{ending}")
        assert response.headers["Content-Type"] == media_type
        kept = f'attachment; filename="{name}.{ending}"' if is_kept else None
        assert response.headers.get("Content-Disposition") == kept
        assert not response.cookies


def test_a_paper_is_cited_in_the_version_of_the_edition(reader: Client) -> None:
    survey()
    make_version("2303.18223", 3, title="Another Title")
    (item,) = reader.get("/papers/2303.18223.csl.json").json()
    assert item["URL"] == "https://arxiv.org/abs/2303.18223v2"
    assert item["title"] == "A Survey of Large Language Models"
    assert item["DOI"] == "10.48550/arXiv.2303.18223"


def test_the_papers_of_an_issue_come_in_order_and_shared_keys_get_letters(reader: Client) -> None:
    issue = make_issue()
    for n, title in enumerate(("Rows for All", "Columns", "Rows Again"), 1):
        make_written_entry(issue, version=make_version(f"2304.9000{n}", title=title))
    make_edition(issue)
    text = reader.get(f"/issues/{issue.slug}.bib").content.decode()
    found = re.findall(r"@misc{(\w+),", text)
    assert found == ["mori2023rowsa", "mori2023columns", "mori2023rowsb"]


def test_an_old_identifier_is_a_file_name_too(reader: Client) -> None:
    issue = make_issue()
    make_written_entry(issue, version=make_version("hep-th/9901001"))
    make_edition(issue)
    response = reader.get("/papers/hep-th_9901001.bib")
    assert "eprint        = {hep-th/9901001}," in response.content.decode()


@pytest.mark.parametrize("ending", [*ENDINGS, "md", "json"])
def test_drafts_have_no_files_and_what_was_taken_back_is_410(reader: Client, ending: str) -> None:
    by, draft = make_editor(), make_issue(title=DESK_WORDS)
    entry = make_written_entry(draft)
    for path in (f"/issues/{draft.slug}.{ending}", f"/papers/{entry.paper.slug}.{ending}"):
        assert reader.get(path).status_code == 404
    make_edition(draft, by=by)
    for path in (f"/issues/{draft.slug}.{ending}", f"/papers/{entry.paper.slug}.{ending}"):
        assert reader.get(path).status_code == 200
        assert reader.post(path).status_code == 405
    workflow.take_back(draft, by=by)
    for path in (f"/issues/{draft.slug}.{ending}", f"/papers/{entry.paper.slug}.{ending}"):
        assert reader.get(path).status_code == 410


@pytest.mark.parametrize("slug", ["2099.00001", "nonsense", "%00", "..", "a" * 300, "x%0d%0a"])
@pytest.mark.parametrize("ending", [*ENDINGS, "md", "json", "pdf"])
def test_a_file_that_never_was_is_404(reader: Client, slug: str, ending: str) -> None:
    assert reader.get(f"/papers/{slug}.{ending}").status_code == 404
    assert reader.get(f"/issues/{slug}.{ending}").status_code == 404


def test_a_file_that_has_not_changed_is_304(reader: Client) -> None:
    edition = survey()
    for path in ("/papers/2303.18223.bib", f"/issues/{edition.slug}.json"):
        again = {"If-None-Match": reader.get(path).headers["ETag"]}
        assert reader.get(path, headers=again).status_code == 304


@pytest.mark.parametrize("size", [1, 4])
def test_files_take_the_same_queries_whatever_their_size(
    reader: Client, django_assert_num_queries: Any, size: int
) -> None:
    issue = make_issue()
    entries = [make_written_entry(issue) for _n in range(size)]
    make_edition(issue)
    slug = entries[0].paper.slug
    for count, endings in ((1, ENDINGS), (2, ("md", "json"))):
        for ending in endings:
            with django_assert_num_queries(count):
                reader.get(f"/papers/{slug}.{ending}")
    for ending in (*ENDINGS, "md", "json"):
        with django_assert_num_queries(3):
            reader.get(f"/issues/{issue.slug}.{ending}")
