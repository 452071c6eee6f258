"""How an issue reads: at a glance, at length, and with what a browser keeps for its reader."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from digests.models import Edition, EditionQuestion
from digests.public.article import minutes, visible_length, words_of
from tests.factories import make_edition, make_issue, make_version, make_written_entry
from tests.test_public import Outline

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
SCRIPT = "digests/site.js"
SHEET = "digests/site.css"


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def two_papers() -> Edition:
    issue = make_issue()
    for number in (1, 2):
        version = make_version(f"2304.9000{number}", 1, title=f"Counting {number}")
        make_written_entry(issue, version=version, title_ja=f"行の数え方その{number}")
    return make_edition(issue)


def html_of(reader: Client, edition: Edition) -> str:
    response = reader.get(edition.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


# ── at a glance and at length ───────────────────────────────────────────────────────────────────
def test_the_list_tells_title_gist_and_categories_of_each_paper(reader: Client) -> None:
    html = html_of(reader, two_papers())
    contents = html[html.index('<ol class="contents"') : html.index("<article")]
    for told in ("行の数え方その1", "小さな行を速く作る方法", "Computation and Language"):
        assert told in contents
    assert html.index("<h1>") < html.index('<ol class="contents"') < html.index("<article")


@pytest.mark.parametrize(
    ("characters", "shown"), [(0, 1), (499, 1), (750, 2), (3_000, 6), (13_499, 27)]
)
def test_reading_takes_a_minute_for_500_characters_and_at_least_one(
    characters: int, shown: int
) -> None:
    assert minutes(characters) == shown


def test_only_what_is_seen_counts_as_read() -> None:
    assert words_of('<p>一<a href="/x">二</a></p>\n<p>&lt;三&gt;</p>') == "一二\n<三>"
    assert visible_length("一 二\n三　四") == 4


def test_both_reading_times_are_told(reader: Client) -> None:
    edition = two_papers()
    for entry in edition.entries.all():
        entry.summary_html = f"<p>{'概' * 1500}</p>"
        entry.save(update_fields=["summary_html"])
        entry.questions.update(answer_html=f"<p>{'答' * 2500}</p>")
    html = html_of(reader, edition)
    assert 'Overview only <span class="time">(about 6 min)</span>' in html
    assert 'With questions and answers <span class="time">(about 16 min)</span>' in html


def test_without_questions_there_is_nothing_to_choose(reader: Client) -> None:
    edition = two_papers()
    EditionQuestion.objects.filter(entry__edition=edition).delete()
    assert 'class="density"' not in html_of(reader, edition)


def test_without_the_script_every_question_is_open(reader: Client) -> None:
    html = html_of(reader, two_papers())
    assert html.count('<details class="questions" open>') == 2


def test_times_are_told_in_whole_seconds(reader: Client) -> None:
    edition = two_papers()
    Edition.objects.filter(pk=edition.pk).update(
        first_published_at=edition.first_published_at.replace(microsecond=123456),
        published_at=edition.published_at.replace(microsecond=123456) + timedelta(days=1),
    )
    times = re.findall(r'<time datetime="([^"]+)"', html_of(reader, edition))
    assert times
    assert not [time for time in times if "." in time]


def test_a_formula_in_a_title_is_a_formula_wherever_it_stands(reader: Client) -> None:
    issue = make_issue()
    entry = make_written_entry(issue, version=make_version(title="LLM$^2$ & <b>"))
    make_edition(issue)
    shown = "LLM<math><msup><mrow></mrow><mn>2</mn></msup></math> &amp; &lt;b&gt;</p>"
    for path in ("/", f"/issues/{issue.slug}/", f"/papers/{entry.paper.slug}/", "/feed/json/"):
        html = reader.get(path).content.decode()
        assert shown in html.replace("\\n", ""), path


def test_a_feed_holds_nothing_that_needs_the_script(reader: Client) -> None:
    two_papers()
    feed = reader.get("/feed/").content.decode()
    assert "行の数え方その1" in feed
    for absent in ("data-paper", "data-state", "&lt;button"):
        assert absent not in feed


# ── weight ──────────────────────────────────────────────────────────────────────────────────────
def test_the_script_is_small() -> None:
    assert len(Path(str(finders.find(SCRIPT))).read_bytes()) <= 5_000


def test_a_page_asks_for_one_stylesheet_and_one_script(reader: Client) -> None:
    tags = Outline(html_of(reader, two_papers())).tags
    scripts = [attrs["src"] for tag, attrs in tags if tag == "script" and "src" in attrs]
    sheets = [a["href"] for tag, a in tags if tag == "link" and a.get("rel") == "stylesheet"]
    assert (len(scripts), len(sheets)) == (1, 1)
    assert not [attrs for tag, attrs in tags if tag in ("img", "iframe", "object")]


def test_evidence_adds_little_but_its_own_words(reader: Client) -> None:
    """66 answers of three sentences, each with its quote: the page is the words, not the frame."""
    edition = make_edition(make_issue_of(6))
    quotes = [f"Quote {n} says {n * 7919 % 10007} and {n * 104729 % 99991}." for n in range(198)]
    for place, entry in enumerate(edition.entries.all()):
        entry.questions.all().delete()
        EditionQuestion.objects.bulk_create(
            long_question(entry, number, quotes[(place * 11 + number - 1) * 3 :][:3])
            for number in range(1, 12)
        )
    html = html_of(reader, edition)
    words = " ".join(re.findall(r">([^<]+)<", html))
    assert html.count("<figure>") >= 198
    frame = len(brotli.compress(html.encode())) - len(brotli.compress(words.encode()))
    assert frame < 10_000, "bytes of a compressed page that no one reads"


def make_issue_of(papers: int) -> Any:
    issue = make_issue()
    for _ in range(papers):
        make_written_entry(issue)
    return issue


def long_question(entry: Any, number: int, quotes: list[str]) -> EditionQuestion:
    sentences = [f"{quote[6:12]}については{number}番目の文で述べています。" for quote in quotes]
    rows = [
        {
            "sentence": sentence,
            "quotes": [
                {
                    "key": f"e{number}{place}",
                    "page": number + place,
                    "section": f"{place} Method",
                    "text": quote,
                    "url": f"https://arxiv.org/pdf/2304.90001v1#page={number + place}",
                }
            ],
        }
        for place, (sentence, quote) in enumerate(zip(sentences, quotes, strict=True))
    ]
    answer = "".join(sentences)
    return EditionQuestion(
        entry=entry,
        number=number,
        position=number,
        question=f"{number}番目の質問は何ですか？",
        answer=answer,
        answer_html=f"<p>{answer}</p>",
        evidence=rows,
    )


# ── what was put aside ──────────────────────────────────────────────────────────────────────────
def test_the_page_of_what_was_put_aside_is_the_same_for_all_and_says_what_it_needs(
    reader: Client, django_assert_max_num_queries: Any
) -> None:
    two_papers()
    reader.get("/about/")  # after which the site's name is known
    with django_assert_max_num_queries(1):
        response = reader.get("/bookmarks/")
    html = response.content.decode()
    assert response.status_code == 200
    assert "public" in response.headers["Cache-Control"]
    assert "<noscript><p>This list needs JavaScript" in html
    assert '<meta name="robots" content="noindex">' in html
    assert "行の数え方" not in html


def test_the_page_of_what_was_put_aside_is_for_reading_only(reader: Client) -> None:
    assert reader.post("/bookmarks/").status_code == 405


def test_a_fault_page_needs_no_script(reader: Client) -> None:
    assert "site.js" not in reader.get("/issues/never-was/").content.decode()
