"""From a list to an issue: what the preview shows, what a choice keeps, what creating makes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from digests import weeks, workflow
from digests.models import Entry, EntryJob, Issue, PreviewJob, PreviewRow, WeekPreview
from papers import ingest
from papers.lists import ListError
from papers.models import Job, Paper, Version
from tests.factories import (
    make_entry,
    make_issue,
    make_preview,
    make_preview_row,
    make_version,
)
from tests.house import wait_until
from tests.local_arxiv import LocalArxiv, weekly_list

UNKNOWN, WITHDRAWN, MALFORMED = "2304.98888", "2304.99010", "2313.00001"
real_world = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arxiv(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as site:
        settings.ARXIV_API_URL, settings.ARXIV_PDF_URL = site.api_url, site.pdf_url
        yield site


def a_list(*ids: str, heading: str = "Top ML Papers of the Week (April 3 - April 9, 2023)") -> str:
    """A list of these ids; an empty one is a row without an arXiv id."""
    rows = [
        f"{n}) **Title {n}** - it says. [Paper]({f'https://arxiv.org/abs/{i}' if i else 'https://a.b/c'})"
        for n, i in enumerate(ids, 1)
    ]  # fmt: skip
    return "\n\n".join([f"## {heading}", *rows])


def look_up(made: WeekPreview) -> PreviewJob:
    """The worker's part."""
    weeks.run_look_up(made.job.pk)
    return PreviewJob.objects.get(preview=made)


def states(made: WeekPreview) -> list[str]:
    return [view.state for view in weeks.rows_of(made)]


def pick(made: WeekPreview, *numbers: int, **columns: Any) -> None:
    weeks.choose(made, [weeks.Pick(n, place, **columns) for place, n in enumerate(numbers, 1)])


def papers_of(issue: Issue) -> list[str]:
    return [str(e.paper) for e in issue.entries.select_related("paper")]


# ── the preview ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_each_row_says_what_will_happen_to_it() -> None:
    covered = make_entry(make_issue(slug="earlier"), make_version("2304.99001"))
    made = weeks.preview(a_list("2304.99001v1", "2304.99002", "", "2304.99002"), by=None)
    views = weeks.rows_of(made)
    assert [v.state for v in views] == ["covered", "new", "no_id", "repeated"]
    assert [v.issue for v in views] == [covered.issue, None, None, None]
    assert [v.row.named_version for v in views] == [1, None, None, None]
    assert (made.first_on, made.last_on) == (date(2023, 4, 3), date(2023, 4, 9))


@pytest.mark.django_db
def test_a_preview_makes_nothing_but_itself_and_can_be_used_before_arxiv_answers() -> None:
    made = weeks.preview(weekly_list(), by=None)
    assert made.rows.count() == 10
    assert not Issue.objects.exists() and not Paper.objects.exists()
    assert made.job.state == Job.State.QUEUED
    pick(made, 4, 5)
    assert len(weeks.create_issue(made, by=None).added) == 2


@pytest.mark.django_db
def test_the_sample_covers_no_paper() -> None:
    make_entry(make_issue(is_sample=True), make_version("2304.99001"))
    assert states(weeks.preview(a_list("2304.99001"), by=None)) == ["new"]


@real_world
def test_all_rows_are_filled_in_from_one_request(arxiv: LocalArxiv) -> None:
    made = weeks.preview(weekly_list(), by=None)
    assert look_up(made).state == Job.State.DONE
    assert len(arxiv.asked("api")) == 1
    rows = {r.number: r for r in made.rows.all()}
    assert [n for n, r in rows.items() if not r.version] == [6]
    first = rows[1].version
    assert first and (first.number, first.author_names[0]) == (2, "Mirela Oduya-Strand")
    assert first.category_codes == ["cs.IR", "cs.CL", "cs.LG"]
    assert first.comment == "9 pages, 3 tables" and first.abstract
    assert {r.answer for r in rows.values()} == {"found", ""}


@real_world
def test_asking_twice_makes_no_second_version(arxiv: LocalArxiv) -> None:
    made = weeks.preview(weekly_list(), by=None)
    look_up(made)
    versions = Version.objects.count()
    again = weeks.preview(weekly_list(), by=None)
    look_up(again)
    assert Version.objects.count() == versions == 9
    assert again.rows.filter(answer="found").count() == 9


@real_world
def test_unknown_malformed_and_withdrawn_ids_are_named_and_the_good_ones_proceed(
    arxiv: LocalArxiv,
) -> None:
    made = weeks.preview(a_list("2304.99001", UNKNOWN, WITHDRAWN), by=None)
    make_preview_row(made, arxiv_id=MALFORMED)
    assert look_up(made).state == Job.State.DONE
    rows = list(made.rows.all())
    assert [r.answer for r in rows] == ["found", "missing", "found", "malformed"]
    assert rows[2].version and rows[2].version.is_withdrawn
    pick(made, 1, 2, 3, 4)
    created = weeks.create_issue(made, by=None)
    assert papers_of(created.issue) == ["2304.99001", WITHDRAWN]
    assert [(row.arxiv_id, why) for row, why in created.skipped] == [
        (UNKNOWN, "missing"),
        (MALFORMED, "malformed"),
    ]


@real_world
def test_while_arxiv_is_down_the_preview_waits_and_is_filled_in_later(arxiv: LocalArxiv) -> None:
    arxiv.script("api", "503")
    made = weeks.preview(weekly_list(), by=None)
    job = look_up(made)
    assert (job.state, job.error) == (Job.State.WAITING, "server-error")
    PreviewJob.objects.update(not_before=None)
    assert look_up(made).state == Job.State.DONE
    assert made.rows.filter(answer="found").count() == 9
    assert made.rows.count() == 10


@real_world
def test_a_week_shown_while_arxiv_answers_for_another_is_asked_for_as_well(
    arxiv: LocalArxiv,
) -> None:
    """The answer is about the rows that were there when arXiv was asked, not about the new ones."""
    april, may = "April 3 - April 9, 2023", "May 1 - May 7, 2023"
    made = weeks.preview(
        a_list("2304.99001", heading=april) + "\n\n" + a_list("2304.99002", heading=may), by=None
    )
    worker = Thread(target=lambda: (look_up(made), connections.close_all()))
    with arxiv.held():
        worker.start()
        wait_until(lambda: bool(arxiv.asked("api")), "arXiv is asked")
        weeks.show_week(made, date(2023, 4, 3))
    worker.join()
    row = made.rows.get()
    assert (row.arxiv_id, row.answer) == ("2304.99001", "")
    assert PreviewJob.objects.get().state == Job.State.QUEUED
    look_up(made)
    assert made.rows.get().answer == "found"


@real_world
def test_a_preview_of_papers_without_ids_asks_nobody(arxiv: LocalArxiv) -> None:
    made = weeks.preview(a_list("", ""), by=None)
    assert look_up(made).state == Job.State.DONE
    assert arxiv.requests == []


@pytest.mark.django_db
def test_a_text_without_papers_is_refused_in_whole() -> None:
    with pytest.raises(ListError, match="no-papers"):
        weeks.preview("今週は論文がありません。", by=None)
    assert not WeekPreview.objects.exists()


@pytest.mark.django_db
def test_a_week_that_upstream_has_not_published_is_not_found() -> None:
    with pytest.raises(ListError, match="week-not-found"):
        weeks.preview(weekly_list(), by=None, first_on=date(2031, 1, 6))
    assert not WeekPreview.objects.exists()


@pytest.mark.django_db
def test_control_characters_and_angle_brackets_in_a_paste_lose_nothing() -> None:
    text = a_list("2304.99001").replace("Title 1", "p < 0.05\x00\x07 <b>&\u202e Title 1")
    made = weeks.preview(text, by=None)
    (row,) = made.rows.all()
    assert row.arxiv_id == "2304.99001"
    assert "p < 0.05" in row.title and "\x00" not in row.title and "\u202e" not in row.title
    assert "\x00" not in made.text  # PostgreSQL would refuse it


# ── the days of the week ────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_the_day_given_tells_the_year_of_a_week_across_new_year() -> None:
    text = a_list("", heading="Top ML Papers of the Week (December 30 - January 5)")
    made = weeks.preview(text, by=None, first_on=date(2024, 12, 30))
    assert (made.first_on, made.last_on) == (date(2024, 12, 30), date(2025, 1, 5))


@pytest.mark.django_db
def test_a_text_without_a_week_is_asked_for_its_days() -> None:
    made = weeks.preview("See arXiv:2304.99001 and 2304.99002.", by=None)
    assert made.first_on is None
    pick(made, 1)
    with pytest.raises(weeks.WeekError, match="week-unknown"):
        weeks.create_issue(made, by=None)
    assert not Issue.objects.exists()
    weeks.set_dates(made, date(2023, 4, 3), date(2023, 4, 9))
    issue = weeks.create_issue(made, by=None).issue
    assert (issue.slug, issue.last_on) == ("2023-04-03", date(2023, 4, 9))


@pytest.mark.django_db
def test_a_week_that_ends_before_it_starts_is_refused_and_the_choice_is_kept() -> None:
    made = make_preview()
    make_preview_row(made, arxiv_id="2304.99001")
    pick(made, 1)
    with pytest.raises(weeks.WeekError, match="ends-before-it-starts"):
        weeks.set_dates(made, date(2023, 4, 9), date(2023, 4, 3))
    made.refresh_from_db()
    assert made.first_on == date(2023, 4, 3)
    WeekPreview.objects.update(first_on=date(2023, 4, 9), last_on=date(2023, 4, 3))
    made.refresh_from_db()
    with pytest.raises(weeks.WeekError, match="ends-before-it-starts"):
        weeks.create_issue(made, by=None)
    assert made.rows.get().is_picked and not Issue.objects.exists()


# ── the choice ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_choice_and_order_are_kept_and_become_the_issues_order() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 4, 5, 2, 8, 7, 9)
    again = WeekPreview.objects.get(pk=made.pk)
    picked = again.rows.filter(is_picked=True).order_by("position")
    assert [r.number for r in picked] == [4, 5, 2, 8, 7, 9]
    issue = weeks.create_issue(again, by=None).issue
    assert papers_of(issue) == [f"2304.9900{n}" for n in (4, 5, 2, 8, 7, 9)]
    assert [e.position for e in issue.entries.all()] == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_rows_without_a_place_follow_those_with_one() -> None:
    made = weeks.preview(weekly_list(), by=None)
    weeks.choose(made, [weeks.Pick(1), weeks.Pick(3, 2), weeks.Pick(5), weeks.Pick(7, 1)])
    order = made.rows.filter(is_picked=True).order_by("position")
    assert [r.number for r in order] == [7, 3, 1, 5]


@pytest.mark.django_db
def test_a_new_choice_replaces_the_old_one() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 1, 2, 3, takes_named=True)
    pick(made, 3)
    (row,) = made.rows.filter(is_picked=True)
    assert (row.number, row.position, row.takes_named) == (3, 1, False)
    assert not made.rows.exclude(pk=row.pk).filter(position__isnull=False).exists()


# ── creating ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_creating_twice_is_the_same_as_once() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 4, 5)
    first = weeks.create_issue(made, by=None)
    second = weeks.create_issue(made, by=None)
    assert (first.is_new, second.is_new) == (True, False)
    assert (len(first.added), len(second.added), len(second.already)) == (2, 0, 2)
    assert (Issue.objects.count(), Entry.objects.count(), EntryJob.objects.count()) == (1, 2, 2)


@pytest.mark.django_db
def test_the_same_list_again_adds_only_what_is_missing() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 4)
    issue = weeks.create_issue(made, by=None).issue
    again = weeks.preview(weekly_list(), by=None)
    assert states(again)[3] == "covered"
    pick(again, 5, 4)
    created = weeks.create_issue(again, by=None)
    assert created.issue == issue
    assert papers_of(issue) == ["2304.99004", "2304.99005"]


@pytest.mark.django_db
def test_a_paper_that_was_removed_is_new_in_a_preview_and_comes_back_with_its_texts() -> None:
    entry = make_entry(title_ja="消した論文")
    workflow.remove_entry(entry, by=None)
    arxiv_id = entry.paper.arxiv_id or ""
    made = weeks.preview(a_list(arxiv_id), by=None)
    assert states(made) == ["new"]
    pick(made, 1)
    days = {"first_on": entry.issue.first_on, "last_on": entry.issue.last_on}
    WeekPreview.objects.update(source=entry.issue.source, **days)
    made.refresh_from_db()
    assert weeks.create_issue(made, by=None).added == [entry]
    assert Entry.objects.get().title_ja == "消した論文"


@pytest.mark.django_db
def test_the_same_paper_picked_twice_stands_once() -> None:
    made = weeks.preview(a_list("2304.99001", "2304.99001"), by=None)
    pick(made, 1, 2)
    created = weeks.create_issue(made, by=None)
    assert (len(created.added), len(created.already)) == (1, 1)


@pytest.mark.django_db
def test_nothing_picked_makes_nothing() -> None:
    made = weeks.preview(weekly_list(), by=None)
    with pytest.raises(weeks.WeekError, match="nothing-picked"):
        weeks.create_issue(made, by=None)
    assert not Issue.objects.exists()


@pytest.mark.django_db
def test_another_lists_issue_of_the_same_day_gets_an_address_of_its_own() -> None:
    make_issue(date(2023, 4, 3))
    made = weeks.preview("See arXiv:2304.99001.", by=None)
    weeks.set_dates(made, date(2023, 4, 3), date(2023, 4, 9))
    pick(made, 1)
    assert weeks.create_issue(made, by=None).issue.slug == "2023-04-03-2"


# ── which version ───────────────────────────────────────────────────────────────────────────────
@real_world
def test_the_newest_version_is_taken_unless_the_named_one_is_chosen(arxiv: LocalArxiv) -> None:
    made = weeks.preview(a_list("2304.99001v1", "2304.99008v2"), by=None)
    look_up(made)
    weeks.choose(made, [weeks.Pick(1), weeks.Pick(2, takes_named=True)])
    newest, named = weeks.create_issue(made, by=None).issue.entries.all()
    assert newest.version and newest.version.number == 2
    assert (named.version, named.wanted_version) == (None, 2)  # metadata will come


@real_world
def test_as_of_a_day_the_version_is_taken_that_stood_on_it(arxiv: LocalArxiv) -> None:
    made = weeks.preview(a_list("2304.99008", "2304.99009"), by=None, as_of=date(2023, 4, 13))
    assert look_up(made).state == Job.State.DONE
    first, second = made.rows.all()
    assert first.version and first.version.number == 2  # of three
    assert second.answer == "missing"  # it came the day after
    pick(made, 1)
    entry = weeks.create_issue(made, by=None).issue.entries.get()
    assert entry.version == first.version
    assert len(arxiv.asked("api")) == 2


# ── external papers ─────────────────────────────────────────────────────────────────────────────
TYPED = ingest.Typed("The Reading Room Report", ("A. Author",), date(2023, 4, 11), "https://a.b/c")


@pytest.mark.django_db
def test_a_row_without_an_id_is_left_out_by_name_until_its_details_are_typed() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 6, 1)
    created = weeks.create_issue(made, by=None)
    assert [(row.number, why) for row, why in created.skipped] == [(6, "details-missing")]

    weeks.type_external(made.rows.get(number=6), TYPED)
    (added,) = weeks.create_issue(made, by=None).added
    assert added.paper.is_external and added.paper.slug.startswith("x-")
    assert added.version and added.version.title == "The Reading Room Report"


@pytest.mark.django_db
def test_details_typed_pick_the_row_at_the_end_of_the_order() -> None:
    made = weeks.preview(weekly_list(), by=None)
    pick(made, 4, 5)
    weeks.type_external(made.rows.get(number=6), TYPED)
    order = made.rows.filter(is_picked=True).order_by("position")
    assert [r.number for r in order] == [4, 5, 6]


@pytest.mark.django_db
def test_an_external_paper_taken_by_another_row_is_another_paper() -> None:
    made = make_preview()
    rows = [make_preview_row(made), make_preview_row(made)]
    for row in rows:
        weeks.type_external(row, TYPED)
    slugs = set(PreviewRow.objects.values_list("paper__slug", flat=True))
    assert len(slugs) == 2
