"""What readers find, on whichever database the house has."""

from __future__ import annotations

from datetime import date
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digests import search_index, workflow
from digests.cards import save_card
from digests.models import Edition, EditionEntry, Issue, SearchDocument, Term
from digests.search_text import Pair, fact, parse
from tests.factories import (
    make_edition,
    make_editor,
    make_issue,
    make_question,
    make_version,
    make_written_entry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
HOSTILE = [
    *('"', "'", '""', "*", "(", ")", "()", "-", "+", "^", ":", "\\", "%", "_", ";", "&", "|", "!"),
    *("<->", "<script>alert(1)</script>", "' OR 1=1 --", '" OR "', "NEAR(a b)", "a AND", "NOT"),
    *("tokens:a", "{tokens}:a", "a*b", "強化*", '"強化', '強化" "', "§year§2023", "¬の", "¶小"),
    *(
        "\x00",
        "a\x00b",
        "\ud800",
        "\u202e小",
        "\ufffe",
        "%00",
        "小さな\n行",
        "0" * 300,
        "小" * 10_000,
    ),
    *("a " * 5_000, '" ' * 5_000, "(" * 10_000, "サーバー" * 2_500, "\U0001f600", "à" * 9_999),
]


@pytest.fixture
def reader() -> Client:
    return Client()


def publish(
    day: date | None = None, *, facts: dict[str, Any] | None = None, **texts: Any
) -> Edition:
    """A public issue with one paper, and findable."""
    issue = make_issue(day) if day else make_issue()
    make_written_entry(issue, version=make_version(**facts or {}), **texts)
    return make_edition(issue)


def make_term(*, en: str, ja: str, **columns: Any) -> None:
    """A word of the glossary, whether or not the house begins with it."""
    Term.objects.update_or_create(en=en, defaults={"ja": ja, **columns})


def index(edition: Edition) -> Edition:
    search_index.write(edition)
    return edition


def found(text: str, *filters: str, pairs: list[Pair] | None = None, **how: Any) -> list[str]:
    """The slugs of the issues found, in order."""
    ids = search_index.find(parse(text, pairs or []), filters, **how).ids
    rows = {d.pk: d.entry.edition.slug for d in SearchDocument.objects.filter(pk__in=ids)}
    return [rows[pk] for pk in ids]


def ask(reader: Client, text: str = "", **sent: Any) -> str:
    response = reader.get("/search/?" + urlencode({"q": text, **sent}, errors="surrogatepass"))
    assert response.status_code == 200
    return str(response.content.decode())


# ── what is found ───────────────────────────────────────────────────────────────────────────────
def test_a_paper_is_found_by_all_that_is_said_of_it() -> None:
    issue = make_issue()
    names = ("Aiko Mori", "Émile Öztürk")
    version = make_version("2304.90007", 2, title="Counting What We Count", authors=names)
    make_written_entry(issue, version=version)
    edition = index(make_edition(issue))
    for text in (
        *("小", "行", "小さな", "さな行", "小さな行の作り方", "方"),
        *("小さな行の研究", "速く作る", "かかる時間"),
        *("何を調べ", "三時間ずつ", "一台の計算機"),
        *("Counting", "what we COUNT", "coun", "Ｃｏｕｎｔｉｎｇ"),
        *("Aiko Mori", "mori", "Émile Öztürk", "Ozturk"),
        *("2304.90007", "2304.90007v2", "2304.9"),
        *("cs.CL", "Computation and Language"),
        *("行 Mori 計算機", '"What We Count"'),
    ):
        assert found(text) == [edition.slug], text
    for text in ("猫又", "Mori Tanaka", "2304.90008", "cs.CV", '"We What Count"'):
        assert found(text) == [], text


def test_all_words_must_be_there() -> None:
    edition = publish(title_ja="深層学習の評価")
    publish(title_ja="深層学習")
    assert found("深層学習 の評価") == [edition.slug]
    assert found("深層学習 無い言葉") == []


def test_no_word_runs_from_one_text_into_the_next() -> None:
    publish(title_ja="深層", highlight="学習", summary="速度", facts={"title": "Deep Learning"})
    assert found("深層学習") == []
    assert found('"learning 学習"') == []


def test_a_paper_in_two_issues_is_found_in_both() -> None:
    version = make_version(title="Twice Told")
    days = (date(2023, 4, 3), date(2023, 4, 10))
    for day in days:
        issue = make_issue(day)
        make_written_entry(issue, version=version)
        index(make_edition(issue))
    assert found("twice told", newest_first=True) == ["2023-04-10", "2023-04-03"]


def test_a_paper_is_found_once_however_often_it_has_the_word() -> None:
    issue = make_issue()
    entry = make_written_entry(issue, title_ja="強化学習", summary="強化学習と強化学習。")
    make_question(entry, "強化学習とは？", f"強化学習です。[^{entry.evidence.get().key}]")
    edition = index(make_edition(issue))
    assert found("強化学習") == [edition.slug]


def test_marks_of_evidence_and_of_markdown_are_not_searched() -> None:
    edition = publish(summary="**強化**学習の[案内](https://example.org/hidden)です。[^e1]")
    assert found("強化学習の案内です") == [edition.slug]
    assert found("hidden") == []
    assert found("e1です") == []


def test_very_long_texts_are_searched_to_their_end() -> None:
    issue = make_issue()
    entry = make_written_entry(issue, summary="同じことを書きました。" * 1500)
    key = entry.evidence.get().key
    make_question(
        entry, "長い回答？", "また同じことを書きました。" * 1300 + f"終わりの猫又です。[^{key}]"
    )
    edition = index(make_edition(issue))
    assert found("終わりの猫又です") == [edition.slug]


# ── in which order ──────────────────────────────────────────────────────────────────────────────
def test_titles_and_names_come_before_texts_and_otherwise_the_newest_first() -> None:
    said = publish(
        date(2023, 4, 17), summary="強化学習を使い、強化学習を測り、強化学習を直します。"
    )
    titled = publish(date(2023, 4, 3), title_ja="強化学習の手法")
    assert found("強化学習") == [titled.slug, said.slug]
    assert found("強化学習", newest_first=True) == [said.slug, titled.slug]


def test_newest_first_goes_by_the_week_and_not_by_the_day_of_publication() -> None:
    days = [date(2023, 4, 10), date(2024, 1, 1), date(2019, 12, 30)]
    slugs = [publish(day, title_ja="強化学習").slug for day in days]
    assert found("強化学習", newest_first=True) == [slugs[1], slugs[0], slugs[2]]


def test_of_very_many_the_newest_are_listed_and_the_count_is_capped(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "LIMIT", 3)
    slugs = [publish(title_ja="強化学習" if n == 0 else "他").slug for n in range(5)]
    answer = search_index.find(parse("計算機"))
    assert answer.is_more
    assert found("計算機") == slugs[:1:-1]
    assert "More than 3 papers found" in ask(reader, "計算機")
    assert not search_index.find(parse("強化学習")).is_more


def test_of_very_many_those_with_the_words_in_the_title_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_index, "LIMIT", 3)
    titled = publish(date(2019, 1, 7), title_ja="計算機の話")
    slugs = [publish(date(2023, 1, 2 + 7 * n)).slug for n in range(4)]
    assert found("計算機") == [titled.slug, slugs[3], slugs[2]]


# ── filters ─────────────────────────────────────────────────────────────────────────────────────
def test_year_month_and_category_narrow() -> None:
    for day, codes in (
        (date(2022, 4, 4), ("cs.CL",)),
        (date(2023, 4, 3), ("cs.LG", "stat.ML")),
        (date(2023, 5, 1), ("cs.CL",)),
    ):
        publish(day, facts={"categories": codes, "primary_category": codes[0]})
    assert found("行", fact("year", 2023), newest_first=True) == ["2023-05-01", "2023-04-03"]
    assert found("行", fact("month", 4), newest_first=True) == ["2023-04-03", "2022-04-04"]
    assert found("行", fact("year", 2023), fact("month", 4)) == ["2023-04-03"]
    assert found("行", fact("category", "stat.ML")) == ["2023-04-03"]
    assert found("行", fact("category", "stat")) == []


def test_the_form_remembers_what_was_chosen_and_offers_what_there_is(reader: Client) -> None:
    for day in (date(2021, 4, 5), date(2023, 4, 3)):
        publish(day)
    sent = {"year": 2023, "month": 4, "category": "cs.LG", "sort": "new", "literal": 1}
    html = ask(reader, "行", **sent)
    for chosen in ("2023", "4", "cs.LG", "new"):
        assert f'value="{chosen}"' in html
    assert html.count(" selected>") == 4
    assert " checked>" in html
    years = html[html.index('id="year"') : html.index('id="month"')]
    assert [y for y in range(2019, 2026) if f'value="{y}"' in years] == [2021, 2022, 2023]
    assert "Computation and Language (cs.CL)" in html
    assert html.count('class="hit"') == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"year": "abc", "month": "99", "page": "0", "sort": "x", "literal": "yes"},
        {"year": "-1", "month": "０４", "page": "-5"},
        {"year": "9" * 5000, "month": "", "page": "9" * 5000},
        {"year": "0", "month": "0", "page": "x"},
    ],
)
def test_what_a_filter_cannot_be_is_left_out(reader: Client, sent: dict[str, str]) -> None:
    publish()
    html = ask(reader, "行", **sent)
    assert html.count('class="hit"') == 1
    assert " selected>" not in html


@pytest.mark.parametrize("category", ["' OR 1", "x" * 9000, "\x00", "cs.CL\x00", "強化", "<b>"])
def test_any_category_may_be_asked_for(reader: Client, category: str) -> None:
    publish()
    html = ask(reader, "行", category=category, year=9999)
    assert "Nothing was found" in html
    assert "<b>" not in html


# ── the glossary ────────────────────────────────────────────────────────────────────────────────
def test_words_of_the_glossary_are_searched_together_and_the_page_says_so(reader: Client) -> None:
    make_term(en="reinforcement learning", ja="強化学習")
    publish(date(2023, 4, 3), title_ja="強化学習")
    publish(date(2023, 4, 10), facts={"title": "On Reinforcement Learning"})
    html = ask(reader, "強化学習")
    assert html.count('class="hit"') == 2
    assert "“強化学習” was searched for together with its translation: reinforcement" in html
    assert "<mark>Reinforcement Learning</mark>" in html
    assert "literal=1" in html
    literal = ask(reader, "強化学習", literal=1)
    assert literal.count('class="hit"') == 1
    assert "was searched for together" not in literal
    assert ask(reader, "reinforcement learning").count('class="hit"') == 2


def test_a_word_taken_out_of_the_glossary_is_not_used(reader: Client) -> None:
    make_term(en="reinforcement learning", ja="強化学習", is_active=False)
    publish(facts={"title": "On Reinforcement Learning"})
    assert "Nothing was found" in ask(reader, "強化学習")


# ── only what is public ─────────────────────────────────────────────────────────────────────────
def test_what_was_taken_back_is_not_found_until_it_is_put_back() -> None:
    edition = publish(title_ja="猫又の研究")
    search_index.remove(edition.issue)
    assert found("猫又") == []
    search_index.write(edition)
    assert found("猫又") == [edition.slug]


def test_a_page_shows_only_public_editions_even_if_the_index_is_behind(reader: Client) -> None:
    edition = publish(title_ja="猫又の研究")
    Issue.objects.filter(pk=edition.issue_id).update(state=Issue.State.TAKEN_BACK)
    assert found("猫又") == [edition.slug]
    assert 'class="hit"' not in ask(reader, "猫又")


def test_the_next_edition_takes_the_place_of_the_last() -> None:
    by = make_editor()
    edition = publish(summary="猫又の話です。")
    entry = edition.issue.entries.get()
    save_card(entry, entry.row_version, {"summary": "河童の話です。[^e1]"}, by=by)
    workflow.approve(entry, by=by)
    index(workflow.publish(edition.issue, by=by))
    assert found("猫又") == []
    assert found("河童") == [edition.slug]
    assert SearchDocument.objects.count() == 1


def test_writing_twice_is_as_once() -> None:
    edition = publish(title_ja="猫又の研究")
    assert search_index.write(edition) == 1
    assert found("猫又") == [edition.slug]
    assert SearchDocument.objects.count() == 1


def test_the_index_follows_its_rows_however_they_go() -> None:
    edition = publish(title_ja="猫又の研究")
    EditionEntry.objects.filter(edition=edition).delete()
    assert search_index.find(parse("猫又")).ids == ()
    other = publish(title_ja="猫又の研究")
    row = SearchDocument.objects.get()
    row.tokens = row.tokens.replace("猫又", "河童")
    row.save(update_fields=["tokens"])
    assert search_index.find(parse("猫又")).ids == ()
    assert found("河童") == [other.slug]


def test_rebuilding_finds_what_is_public_and_nothing_else() -> None:
    shown, stale, gone = (publish(title_ja="猫又の研究") for _n in range(3))
    SearchDocument.objects.filter(entry__edition=shown).delete()
    Issue.objects.filter(pk=gone.issue_id).update(state=Issue.State.TAKEN_BACK)
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert set(found("猫又")) == {shown.slug, stale.slug}
    assert "2" in out.getvalue()
    call_command("rebuild_search", stdout=out)
    assert SearchDocument.objects.count() == 2


def test_drafts_and_unpublished_changes_are_not_found() -> None:
    make_written_entry(make_issue(), title_ja="猫又の研究")
    edition = publish()
    entry = edition.issue.entries.get()
    save_card(entry, entry.row_version, {"summary": "猫又の話です。"}, by=make_editor())
    search_index.rebuild()
    assert found("猫又") == []


# ── the page ────────────────────────────────────────────────────────────────────────────────────
def test_a_hit_shows_its_paper_its_week_its_kind_and_the_passage_that_fits(reader: Client) -> None:
    issue = make_issue(date(2023, 4, 3))
    version = make_version("2304.90008", title="Counting <What> We Count")
    entry = make_written_entry(issue, version=version)
    key = entry.evidence.get().key
    make_question(entry, "猫又はいますか？", f"一匹の**猫又**がいます。[^{key}]")
    index(make_edition(issue))
    html = ask(reader, "猫又")
    hit = html[html.index('class="hit"') : html.index("</ol>")]
    for part in (
        f'href="/issues/2023-04-03/#{entry.paper.slug}-q2"',
        "小さな行の作り方",
        "Counting &lt;What&gt; We Count",
        "<mark>猫又</mark>はいますか？",
        "一匹の<mark>猫又</mark>がいます。",
        '<time datetime="2023-04-03">',
        '<time datetime="2023-04-09">',
        "<li>method</li>",
        "2304.90008",
    ):
        assert part in hit
    assert "何を調べましたか" not in hit


def test_a_hit_by_name_shows_the_name_and_leads_to_the_paper(reader: Client) -> None:
    names = (*(f"Author Number{n}" for n in range(3000)), "Aiko Mori")
    edition = publish(facts={"authors": names})
    slug = edition.entries.get().slug
    html = ask(reader, "mori")
    assert "<mark>Mori</mark>" in html
    assert f'href="{edition.get_absolute_url()}#{slug}"' in html
    assert len(html) < 20_000


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("研究", "<li>小さな行の<mark>研究</mark></li>"),
        ("stat.ml", "(<mark>stat.ML</mark>)</li>"),
        ("2304.90009v1", "arXiv:<mark>2304.90009</mark>v1</li>"),
    ],
)
def test_a_hit_shows_what_it_was_found_by(reader: Client, typed: str, shown: str) -> None:
    publish(facts={"arxiv_id": "2304.90009", "categories": ("cs.LG", "stat.ML")})
    assert shown in ask(reader, typed)
    assert "小さな行の研究" not in ask(reader, "何を")


def test_a_word_of_the_one_liner_is_marked_where_it_stands(reader: Client) -> None:
    publish(one_liner="庭園の設計を速くする論文です。")
    assert "<mark>庭園</mark>の設計を速くする論文です。" in ask(reader, "庭園")


def test_an_empty_page_has_a_form_and_is_not_for_search_engines(reader: Client) -> None:
    html = ask(reader)
    assert '<meta name="robots" content="noindex">' in html
    assert html.count('name="q"') == 1
    assert 'method="post"' not in html
    assert "results" not in html
    assert "papers found" not in html


def test_nothing_found_says_so_and_says_what_to_try(reader: Client) -> None:
    publish()
    assert "Try fewer words, or shorter ones." in ask(reader, "猫又")
    assert "any year and category" in ask(reader, "行", year=1999)
    assert "no word in this" in ask(reader, "→ ∑ …")


def test_where_nothing_was_found_the_page_leads_on(reader: Client) -> None:
    publish()
    for html in (ask(reader), ask(reader, "猫又"), ask(reader, "→")):
        assert '<li><a href="/issues/">' in html and '<li><a href="/categories/">' in html
        assert "Search all years" not in html
    narrowed = ask(reader, "小さな行", year=1999, category="cs.CV", sort="new")
    anywhere = urlencode({"q": "小さな行", "sort": "new"}).replace("&", "&amp;")
    assert f'<a href="?{anywhere}">Search all years and categories</a>' in narrowed
    assert "ways-on" not in ask(reader, "小さな行")


def test_what_is_no_page_is_the_first(reader: Client) -> None:
    for _ in range(11):
        publish()
    for page in ("0", "-1", "x", "1.5", ""):
        assert "<span>1 / 2</span>" in ask(reader, "小さな行", page=page), page
    assert "<span>2 / 2</span>" in ask(reader, "小さな行", page="9999")


def test_pages_lead_on_and_back_and_keep_the_question(reader: Client) -> None:
    for _n in range(12):
        publish()
    first, second = (
        ask(reader, "行 計算機", sort="new"),
        ask(reader, "行 計算機", sort="new", page=2),
    )
    asked = urlencode({"q": "行 計算機", "sort": "new"}).replace("&", "&amp;")
    assert first.count('class="hit"') == 10
    assert f'rel="next" href="?{asked}&amp;page=2"' in first
    assert 'rel="prev"' not in first
    assert second.count('class="hit"') == 2
    assert f'rel="prev" href="?{asked}&amp;page=1"' in second
    assert 'rel="next"' not in second
    assert '<ol class="hits" start="11">' in second
    assert ask(reader, "行 計算機", sort="new", page=99) == second


def test_no_query_is_an_error(reader: Client) -> None:
    make_term(en="small rows", ja="小さな行")
    publish()
    for text in HOSTILE:
        for sort in ("relevance", "new"):
            html = ask(reader, text, sort=sort)
            assert "<script>" not in html, text[:40]
            assert 'name="q"' in html, text[:40]
            assert "\x00" not in html, text[:40]


def test_hostile_words_are_not_obeyed() -> None:
    publish()
    for text in ("§year§2023", "¬猫", "¶小 無い", '" OR "', "a OR 小", "NOT 無い", "tokens:小"):
        assert found(text) == [], text
    for text in ("小*", "^小", "(小)", "'小'", '"小', "小:", "-小", "小\x00さな"):
        assert found(text), text


@pytest.mark.parametrize(
    "raw", ["q=%00", "q=%ff%fe", "q=%ED%A0%80", "q=a&q=b", "q", "q[]=a", "&&="]
)
def test_no_address_is_an_error(reader: Client, raw: str) -> None:
    publish()
    assert reader.get(f"/search/?{raw}").status_code == 200


def test_titles_that_slipped_through_every_guard_are_shown_harmless(reader: Client) -> None:
    evil = "<script>alert(1)</script>\x08\x1b\u202e小さな題\ufffe"
    edition = publish()
    edition.entries.update(title=evil * 10, title_ja=evil[:40], authors=[evil] * 50)
    search_index.write(edition)
    html = ask(reader, "小さな")
    assert 'class="hit"' in html
    assert "<script>" not in html
    assert not set("\x08\x1b\u202e\ufffe") & set(html)


def test_the_page_is_for_reading_only_and_sets_no_cookie(reader: Client) -> None:
    assert reader.post("/search/").status_code == 405
    assert reader.head("/search/?q=a").status_code == 200
    response = reader.get("/search/?q=a")
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_the_page_asks_the_same_number_of_times_whatever_is_found(reader: Client) -> None:
    make_term(en="small rows", ja="小さな行")
    counts = []
    for _n in range(2):
        for _m in range(6):
            publish()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ask(reader, "小さな行 計算機").count('class="hit"') > 1
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 13


def test_every_page_has_the_search_in_its_head_and_the_search_page_only_one(reader: Client) -> None:
    edition = publish()
    for path in ("/", "/issues/", edition.get_absolute_url(), "/nowhere/"):
        html = reader.get(path).content.decode()
        assert html.count('role="search" action="/search/"') == 1
    assert ask(reader, "a").count('role="search" action="/search/"') == 1
