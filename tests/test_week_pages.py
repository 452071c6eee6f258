"""From a list to an issue, on the screen: whatever is typed or given, nothing of it is lost."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from digests import weeks
from digests.desk import week_views, words
from digests.models import Entry, Issue, PreviewRow, WeekPreview
from papers.arxiv import ArxivError
from papers.models import Job, UploadedPdf
from tests.factories import (
    make_editor,
    make_entry,
    make_issue,
    make_preview,
    make_preview_job,
    make_preview_row,
    make_source,
    make_version,
)
from tests.local_arxiv import LocalArxiv, weekly_list

pytestmark = pytest.mark.django_db
NEW = "desk:new_week"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_editor())
    return client


@pytest.fixture
def site(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as server:
        settings.LIST_HOSTS = [server.url]
        yield server


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def give(client: Client, **data: Any) -> Any:
    return client.post(reverse(NEW), {"source": "", **data})


def address_of(made: WeekPreview) -> str:
    return reverse("desk:week", args=[made.uuid])


def a_preview(rows: int = 3) -> WeekPreview:
    made = make_preview(text=weekly_list())
    make_preview_job(made)
    for n in range(1, rows + 1):
        make_preview_row(made, arxiv_id=f"2304.9900{n}")
    return made


def test_a_list_that_is_set_aside_says_so_until_an_issue_is_made_of_it(client: Client) -> None:
    made = a_preview()
    taro = make_editor("taro")
    weeks.set_aside(made, by=taro)
    page = text_of(client.get(address_of(made)))
    assert str(taro) in page and reverse("desk:take_up", args=[made.uuid]) in page
    client.post(address_of(made), {"action": "create", "pick": ["1"]})
    assert made.set_asides.get().undone_at is not None
    assert reverse("desk:take_up", args=[made.uuid]) not in text_of(client.get(address_of(made)))


def test_a_week_that_shares_days_with_another_issue_says_so(client: Client) -> None:
    made = a_preview()
    made.first_on, made.last_on = date(2023, 4, 10), date(2023, 4, 16)
    made.save()
    other = make_issue(
        source=made.source, first_on=date(2023, 4, 3), last_on=date(2023, 4, 10), slug="before"
    )
    assert str(other) in text_of(client.get(address_of(made)))


def test_control_characters_in_a_paste_cost_no_paper(client: Client) -> None:
    give(client, text="1) \x00A\x07 <b>fine</b> \u202ething arXiv:2304.99003\n")
    (row,) = WeekPreview.objects.get().rows.all()
    assert (row.title, row.arxiv_id) == ("A fine thing", "2304.99003")


def test_a_paste_of_more_than_any_list_has_is_called_too_large(client: Client) -> None:
    response = give(client, text="a" * 7 * 2**20)
    assert response.status_code == 413
    assert not WeekPreview.objects.exists()


# ── giving a list ───────────────────────────────────────────────────────────────────────────────
def test_a_pasted_list_leads_to_its_preview(client: Client) -> None:
    response = give(client, text=weekly_list())
    made = WeekPreview.objects.get()
    assert response["Location"] == address_of(made)
    page = text_of(client.get(address_of(made)))
    assert "The Reading Room Report" in page and "2304.99009" in page
    assert (made.origin, made.created_by) == ("pasted", made.created_by)


def test_an_uploaded_list_and_one_from_an_address_are_the_same(
    client: Client, site: LocalArxiv
) -> None:
    give(client, file=SimpleUploadedFile("list.md", weekly_list().encode()))
    give(client, address=f"{site.url}/list.md")
    fetched, uploaded = WeekPreview.objects.all()
    assert (uploaded.origin, fetched.origin) == ("uploaded", "fetched")
    assert fetched.address == f"{site.url}/list.md"
    ids = [list(m.rows.values_list("arxiv_id", flat=True)) for m in (uploaded, fetched)]
    assert ids[0] == ids[1] and len(ids[0]) == 10


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "nothing-given"),
        ({"text": "今週は論文がありません。"}, "no-papers"),
        ({"address": "https://evil.example/list.md"}, "host-not-allowed"),
        ({"address": "http://["}, "host-not-allowed"),
        ({"address": "file:///etc/passwd"}, "host-not-allowed"),
    ],
)
def test_what_is_no_list_gets_a_clear_message_and_stays_in_the_form(
    client: Client, data: dict[str, str], code: str
) -> None:
    response = give(client, **data)
    assert response.status_code == 400
    (message,) = response.context["form"].non_field_errors()
    assert code in words.LISTS and code not in message
    for value in data.values():
        assert value in text_of(response)
    assert not WeekPreview.objects.exists()


def test_a_week_that_upstream_has_not_published_says_so(client: Client) -> None:
    response = give(client, text=weekly_list(), first_on="2031-01-06")
    assert response.status_code == 400
    assert "2031-01-06" in str(response.context["form"].non_field_errors())
    assert "Forgetting Curves" in text_of(response)  # the paste is still there


@pytest.mark.parametrize("name", ["cp932", "utf-16", "euc_jp"])
def test_a_list_saved_by_a_japanese_editor_is_read(client: Client, name: str) -> None:
    text = "# 今週の論文（2023年4月3日から9日）\r\n1. 調査 https://arxiv.org/abs/2304.99001\r\n"
    give(client, file=SimpleUploadedFile("list.txt", text.encode(name)))
    made = WeekPreview.objects.get()
    assert str(made.first_on) == "2023-04-03" and made.rows.get().title == "調査"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x80\x81", b"%PDF-1.7\n\xe2\xe3\xcf\xd3"])
def test_a_file_that_is_no_text_is_refused(client: Client, content: bytes) -> None:
    response = give(client, file=SimpleUploadedFile("list.md", content))
    assert response.status_code == 400 and response.context["form"].errors["file"]


def test_a_server_that_is_down_is_told_in_words(client: Client, site: LocalArxiv) -> None:
    site.script("list", "503")
    response = give(client, address=f"{site.url}/list.md")
    assert "503" in str(response.context["form"].non_field_errors())


def test_hostile_lists_are_shown_as_text(client: Client) -> None:
    text = "1) **<script>alert(1)</script> p < 0.05\x07** [Paper](https://arxiv.org/abs/2304.99001)"
    give(client, text=f"## <img src=x onerror=alert(1)> (April 3 - April 9, 2023)\n\n{text}")
    page = client.get(address_of(WeekPreview.objects.get())).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page
    assert "p &lt; 0.05" in page


# ── choosing ────────────────────────────────────────────────────────────────────────────────────
def test_choice_and_order_survive_a_reload(client: Client) -> None:
    made = a_preview()
    data = {"pick": ["3", "1"], "position-3": "1", "position-1": "2", "position-2": ""}
    client.post(address_of(made), {"action": "save", **data})
    page = text_of(client.get(address_of(made)))
    for line, place in ((3, "1"), (1, "2"), (2, "")):
        assert f'name="position-{line}" value="{place}"' in page
        is_ticked = f'value="{line}" id="pick-{line}" checked' in page
        assert is_ticked == bool(place)


def test_the_choice_is_kept_while_it_is_made(client: Client) -> None:
    made = a_preview()
    data = {"action": "save", "pick": ["2"], "position-2": "1"}
    response = client.post(address_of(made), data, headers={"X-Autosave": "1"})
    assert response.status_code == 204
    assert [r.line for r in made.rows.filter(is_picked=True)] == [2]


@pytest.mark.parametrize("junk", ["-1", "abc", "999", "", "1e3", "９"])
def test_picks_that_are_none_are_left_out(client: Client, junk: str) -> None:
    made = a_preview()
    data = {"action": "save", "pick": [junk, "2"], "position-2": junk}
    assert client.post(address_of(made), data).status_code == 302
    assert [r.line for r in made.rows.filter(is_picked=True)] == [2]


def test_a_pick_of_five_thousand_digits_is_left_out(client: Client) -> None:
    made = a_preview()
    data = {"action": "save", "pick": ["9" * 5000, "2"]}
    assert client.post(address_of(made), data).status_code == 302


def test_the_days_are_typed_by_hand_and_the_choice_stays(client: Client) -> None:
    made = a_preview()
    WeekPreview.objects.update(first_on=None, last_on=None)
    days = {"first_on": "2023-04-03", "last_on": "2023-04-09"}
    client.post(address_of(made), {"action": "days", "pick": ["1"], **days})
    made.refresh_from_db()
    assert (made.first_on, made.last_on) == (date(2023, 4, 3), date(2023, 4, 9))
    assert made.rows.get(line=1).is_picked


def test_a_week_that_ends_before_it_starts_is_refused_and_loses_nothing(client: Client) -> None:
    made = a_preview()
    days = {"first_on": "2023-04-09", "last_on": "2023-04-03"}
    response = client.post(address_of(made), {"action": "days", "pick": ["1"], **days})
    assert response.status_code == 400
    assert response.context["days"].errors["last_on"]
    assert 'value="2023-04-09"' in text_of(response)
    made.refresh_from_db()
    assert made.first_on == date(2023, 4, 3) and made.rows.get(line=1).is_picked


def test_days_that_were_typed_count_when_the_issue_is_made(client: Client) -> None:
    """Who types the days and goes straight to 号を作る has typed them."""
    made = a_preview()
    WeekPreview.objects.update(first_on=None, last_on=None)
    days = {"first_on": "2023-04-03", "last_on": "2023-04-09"}
    response = client.post(address_of(made), {"action": "create", "pick": ["1"], **days})
    assert response.status_code == 302 or 'value="2023-04-03"' in text_of(response)


# ── making the issue ────────────────────────────────────────────────────────────────────────────
def test_the_issue_is_made_in_the_order_chosen_and_each_outcome_is_told(client: Client) -> None:
    made = a_preview()
    make_preview_row(made, arxiv_id="2304.98888", answer=PreviewRow.Answer.MISSING, title="Unknown")
    data = {"action": "create", "pick": ["3", "1", "4"], "position-3": "1", "position-1": "2"}
    response = client.post(address_of(made), data, follow=True)
    issue = Issue.objects.get()
    assert [str(e.paper) for e in issue.entries.all()] == ["2304.99003", "2304.99001"]
    assert issue.created_by is not None
    messages = [str(m) for m in response.context["messages"]]
    assert len(messages) == 2 and "Unknown" in messages[1]
    client.post(address_of(made), data)
    assert (Issue.objects.count(), Entry.objects.count()) == (1, 2)


def test_making_an_issue_of_nothing_is_refused(client: Client) -> None:
    response = client.post(address_of(a_preview()), {"action": "create"})
    assert response.status_code == 400 and response.context["refusal"]
    assert not Issue.objects.exists()


def test_a_paper_that_is_covered_leads_to_its_issue(client: Client) -> None:
    made = a_preview()
    issue = make_entry(make_issue(), make_version("2304.99001")).issue
    page = text_of(client.get(address_of(made)))
    assert reverse("desk:issue", args=[issue.pk]) in page


# ── what arXiv says ─────────────────────────────────────────────────────────────────────────────
def test_the_row_shows_what_arxiv_answered(client: Client) -> None:
    made = a_preview(1)
    version = make_version("2304.99001", 2, title="The Real Title", comment="9 pages")
    made.rows.update(version=version, answer="found", named_version=1)
    page = text_of(client.get(address_of(made)))
    for piece in ("The Real Title", "Aiko Mori", "cs.CL, cs.LG", "9 pages", "v1", "v2"):
        assert piece in page
    assert version.abstract in page


def test_the_rows_date_is_arxivs_own(client: Client) -> None:
    made = a_preview(1)
    made.rows.update(version=make_version("2304.99001"), answer="found")
    assert "2023-04-05" not in text_of(client.get(address_of(made)))


def test_a_look_up_that_failed_can_be_asked_for_again(client: Client) -> None:
    made = a_preview()
    job = made.job
    job.state, job.error = Job.State.FAILED, "gave-up"
    job.save()
    page = client.get(address_of(made))
    assert page.context["trouble"] in text_of(page) and 'value="again"' in text_of(page)
    client.post(address_of(made), {"action": "again", "pick": ["2"]})
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert made.rows.get(line=2).is_picked


def test_the_preview_asks_the_same_number_of_queries_whatever_its_size(client: Client) -> None:
    def queries(made: WeekPreview) -> int:
        client.get(address_of(made))
        with CaptureQueriesContext(connection) as asked:
            client.get(address_of(made))
        return len(asked)

    small, large = a_preview(1), a_preview(9)
    for row in [*small.rows.all(), *large.rows.all()]:
        names = tuple(f"Name {n}" for n in range(row.line * 3))
        row.version = make_version(authors=names)
        row.save()
    assert queries(small) == queries(large) <= 30


# ── another week ────────────────────────────────────────────────────────────────────────────────
def test_another_week_of_the_same_text_can_be_shown(client: Client) -> None:
    text = weekly_list() + weekly_list().replace("April 10 - April 16", "April 3 - April 9")
    made = weeks.preview(text, by=None)
    assert made.first_on == date(2023, 4, 10)
    client.post(address_of(made), {"action": "week", "first_on": "2023-04-03"})
    made.refresh_from_db()
    assert (made.first_on, made.rows.count()) == (date(2023, 4, 3), 10)
    client.post(address_of(made), {"action": "week", "first_on": "1999-01-01"})
    made.refresh_from_db()
    assert made.first_on == date(2023, 4, 3)


# ── external papers ─────────────────────────────────────────────────────────────────────────────
DETAILS = {
    "title": "A Report",
    "authors": "Ann Author\r\n\r\nBen Writer",
    "published_on": "2023-04-11",
}


def external_row() -> tuple[PreviewRow, str]:
    made = make_preview()
    make_preview_job(made)
    row = make_preview_row(made, title="The Report", url="https://a.example/r")
    return row, reverse("desk:external", args=[made.uuid, row.line])


def test_the_details_of_an_external_paper_are_typed_and_can_be_changed(client: Client) -> None:
    row, url = external_row()
    assert 'value="The Report"' in text_of(client.get(url))
    client.post(url, {**DETAILS, "url": "https://a.example/r"})
    row.refresh_from_db()
    assert row.is_picked and row.version and row.paper and row.paper.is_external
    assert row.version.author_names == ["Ann Author", "Ben Writer"]
    assert "Ann Author\nBen Writer" in text_of(client.get(url))


def test_a_pdf_is_taken_along(client: Client) -> None:
    _row, url = external_row()
    client.post(url, {**DETAILS, "pdf": SimpleUploadedFile("a.pdf", b"%PDF-1.7 ...")})
    assert bytes(UploadedPdf.objects.get().content) == b"%PDF-1.7 ..."


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"authors": " \n "}, "authors"),
        ({"published_on": "2023-13-45"}, "published_on"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"pdf": SimpleUploadedFile("a.pdf", b"no PDF")}, "pdf"),
    ],
)
def test_wrong_details_are_shown_again_with_what_is_wrong(
    client: Client, wrong: dict[str, Any], field: str
) -> None:
    row, url = external_row()
    response = client.post(url, DETAILS | {"abstract": "A long abstract."} | wrong)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert "A long abstract." in text_of(response)
    row.refresh_from_db()
    assert row.version is None


def test_a_row_with_an_arxiv_id_has_no_details_to_type(client: Client) -> None:
    made = a_preview(1)
    assert client.get(reverse("desk:external", args=[made.uuid, 1])).status_code == 404


# ── words ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "code",
    ["timeout", "unreachable", "rate-limited", "server-error", "cut", "not-atom", "bad-request",
     "pdf-missing", "pdf-too-large", "not-a-pdf", "encrypted", "too-large",
     "too-many-pages", "too-slow", "out-of-memory", "no-text", "wrong-paper", "broken",
     "unknown-id", "malformed-id", "withdrawn", "no-version", "gave-up", "internal-error"],
)  # fmt: skip
def test_every_trouble_with_work_has_a_sentence(code: str) -> None:
    assert code in words.WORK


def test_a_redirect_of_arxivs_has_a_sentence() -> None:
    assert "redirected" in words.WORK


@pytest.mark.parametrize(
    "code",
    ["year-from-ids", "year-unknown", "year-differs-from-ids", "bad-date", "odd-length",
     "ends-before-it-starts", "out-of-order", "no-rows", "outside-weeks", "unreadable-row",
     "more-ids", "repeated-id"],
)  # fmt: skip
def test_every_note_about_a_list_has_a_sentence(code: str) -> None:
    assert code in words.NOTES


def test_a_value_that_looks_like_a_format_is_shown_as_it_is() -> None:
    error = ArxivError("redirected", "%(x)s %s 100%", is_passing=False)
    assert "%(x)s %s 100%" in words.say(words.WORK, "unknown-id", error.value)


def test_a_row_without_a_title_goes_by_its_id_until_arxiv_answers(client: Client) -> None:
    made = a_preview(rows=0)
    row = make_preview_row(made, title="", arxiv_id="2304.99007")
    page = text_of(client.get(address_of(made)))
    assert "“2304.99007”" in page or "「2304.99007」" in page
    row.version = make_version("2304.99007")
    row.save()
    assert 'lang="en"></span>' not in text_of(client.get(address_of(made)))  # "In the list: "


def test_a_repeated_paper_says_which_row_has_it_and_an_unknown_one_is_not_new(
    client: Client,
) -> None:
    made = a_preview(rows=2)
    make_preview_row(made, number=7, arxiv_id="2304.99002")
    make_preview_row(made, arxiv_id="2304.99999", answer=PreviewRow.Answer.MISSING)
    response = client.get(address_of(made))
    views = response.context["rows"]
    assert [view.same_as and view.same_as.number for view in views] == [None, None, 2, None]
    fates = text_of(response).split('id="fate-')[1:]
    assert "badge good" in fates[0] and "badge good" not in fates[3]
    assert "badge bad" in fates[3]


def test_a_list_without_a_week_goes_by_the_time_it_was_given(client: Client) -> None:
    made = make_preview(first_on=None, last_on=None)
    assert "None" not in str(made) and str(made.created_at.year) in str(made)


def test_the_weeks_of_a_long_list_are_read_once(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = "## Week (April 17 - April 23, 2023)\n1) [A](https://arxiv.org/abs/2304.99010)\n\n"
    give(client, text=newer + weekly_list())
    address = address_of(WeekPreview.objects.get())
    first = client.get(address).context["weeks"]
    assert [str(week.first_on) for week in first] == ["2023-04-17", "2023-04-10"]
    monkeypatch.setattr(week_views, "parse_lists", None)  # reading again would fail
    assert client.get(address).context["weeks"] == first


@pytest.mark.parametrize(
    ("first_on", "year"), [("2022-12-26", "2023"), ("2023-12-25", "2023"), ("2023-04-10", "2023")]
)
def test_a_source_is_asked_for_the_year_in_which_the_week_ends(
    client: Client, site: LocalArxiv, first_on: str, year: str
) -> None:
    source = make_source("yearly", list_url=f"{site.url}/lists/{{year}}.md")
    give(client, source=str(source.pk), first_on=first_on)
    assert [asked.path for asked in site.requests] == [f"/lists/{year}.md"]
