"""What public issues have under each category and name, as it is written when one is shown, changed
or hidden."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from digests import shelves, site_stamp, workflow
from digests.models import Edition, Issue, Place, Shelf, ShelfKind
from tests.factories import make_edition, make_editor, make_issue, make_version, make_written_entry
from tests.test_public import correct

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_words")]
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def publish(*versions: Any, hour: int = 0, **columns: Any) -> Issue:
    """An issue with these versions, published so many hours after noon."""
    issue = make_issue()
    for version in versions or (make_version(),):
        make_written_entry(issue, version=version, **columns)
    edition = make_edition(issue)
    at = NOON + timedelta(hours=hour)
    Edition.objects.filter(pk=edition.pk).update(first_published_at=at, published_at=at)
    shelves.arrange_issue(edition.issue)
    return edition.issue


def counts(kind: str) -> dict[str, int]:
    return dict(Shelf.objects.filter(kind=kind).values_list("key", "papers"))


def told(kind: str, key: str) -> list[Any]:
    return list(Shelf.objects.get(kind=kind, key=key).told)


def everything() -> list[Any]:
    places = Place.objects.order_by("kind", "key", "entry")
    rows = Shelf.objects.order_by("kind", "key")
    return [
        *rows.values_list("kind", "key", "papers", "changed_at", "told"),
        *places.values_list("kind", "key", "entry", "published_at", "position", "is_newest"),
    ]


# ── shown and hidden ────────────────────────────────────────────────────────────────────────────
def test_a_paper_counts_once_under_each_category_and_name() -> None:
    version = make_version(categories=("cs.LG", "stat.ML", "cs.CL"), authors=("A B", "A B", "C D"))
    publish(version)
    publish(version, hour=1)
    assert counts(ShelfKind.CATEGORY) == {"cs.LG": 1, "stat.ML": 1, "cs.CL": 1}
    assert counts(ShelfKind.AUTHOR) == {"a-b": 1, "c-d": 1}


def test_two_codes_of_one_subject_are_one_shelf() -> None:
    publish(make_version(categories=("cs.NA", "math.NA")))
    assert counts(ShelfKind.CATEGORY) == {"math.NA": 1}


def test_what_was_taken_back_leaves_no_trace_and_comes_back_whole() -> None:
    issue = publish()
    by, before = make_editor(), everything()
    workflow.take_back(issue, by=by)
    assert everything() == []
    workflow.put_back(issue, by=by)
    assert everything() == before


def test_the_older_issue_takes_the_place_of_one_that_was_taken_back(reader: Client) -> None:
    version = make_version()
    publish(version, title_ja="前の題")
    later = publish(version, hour=1, title_ja="後の題")
    assert "後の題" in reader.get("/categories/cs.CL/").content.decode()
    workflow.take_back(later, by=make_editor())
    html = reader.get("/categories/cs.CL/").content.decode()
    assert "前の題" in html
    assert "後の題" not in html
    assert "1 paper<" in html


def test_a_correction_is_told_wherever_the_paper_and_the_issue_are_named() -> None:
    by, version = make_editor(), make_version("2304.90007")
    issue = publish(version, title_ja="前の題")
    entry = issue.entries.get()
    entry.title_ja = "直した題"
    entry.save()
    issue.title = "直した号の題"
    issue.save()
    workflow.publish(issue, by=by, override_reason="A test.")
    assert [row[2:] for row in told(ShelfKind.AUTHOR, "aiko-mori")] == [["2304.90007", "直した題"]]
    assert told(ShelfKind.PAPER, "2304.90007") == [[issue.slug, "直した号の題"]]


def test_the_stamp_moves_with_the_shelves() -> None:
    before = site_stamp.read()
    shelves.arrange([])
    assert site_stamp.read() != before


# ── neighbours ──────────────────────────────────────────────────────────────────────────────────
def names(issue: Issue) -> list[str | None]:
    return [one and one[0] for one in told(ShelfKind.ISSUE, issue.slug)]


def test_issues_stand_in_the_order_of_their_publication() -> None:
    third, first, second = (publish(hour=hour) for hour in (3, 1, 2))
    assert names(first) == [None, second.slug]
    assert names(second) == [first.slug, third.slug]
    assert names(third) == [second.slug, None]


def test_the_gap_closes_over_an_issue_that_was_taken_back() -> None:
    rows = [publish(hour=hour) for hour in range(5)]
    by = make_editor()
    workflow.take_back(rows[2], by=by)
    assert not Shelf.objects.filter(kind=ShelfKind.ISSUE, key=rows[2].slug).exists()
    assert names(rows[1]) == [rows[0].slug, rows[3].slug]
    assert names(rows[3]) == [rows[1].slug, rows[4].slug]
    workflow.put_back(rows[2], by=by)
    assert [names(row)[1] for row in rows] == [*(row.slug for row in rows[1:]), None]


def test_issues_of_one_moment_have_an_order_too() -> None:
    rows = [publish(hour=1) for _ in range(4)]
    correct(rows[1], "直した要約です。", make_editor())  # its edition is now the newest row of all
    order = [rows[0], rows[2], rows[3], rows[1]]
    assert [names(row)[1] for row in order] == [*(row.slug for row in order[1:]), None]


# ── whatever happens ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("seed", range(2))
def test_whatever_editors_do_the_shelves_are_as_if_made_anew(seed: int) -> None:
    chance, by = Random(seed), make_editor()
    people = ["A B", "C D", "E F", "G H"]
    versions = [make_version(authors=tuple(chance.sample(people, 2))) for _ in range(4)]
    issues = [publish(*chance.sample(versions, 2), hour=chance.randrange(3)) for _ in range(4)]
    for n in range(8):
        issue = Issue.objects.get(pk=chance.choice(issues).pk)
        chance.choice([workflow.take_back, workflow.put_back])(issue, by=by)
        issue.refresh_from_db()
        if issue.state == Issue.State.PUBLISHED:
            issue.title = f"{n}回目の題"
            issue.save()
            workflow.publish(issue, by=by, override_reason="A test.")
    found = everything()
    Shelf.objects.all().delete()
    Place.objects.all().delete()
    shelves.rebuild()
    assert found == everything()
    assert found


def test_a_house_from_before_has_its_shelves_after_migrating() -> None:
    publish()
    found = everything()
    Shelf.objects.all().delete()
    Place.objects.all().delete()
    call_command("furnish", verbosity=0)
    assert everything() == found


def test_making_anew_clears_away_an_issue_that_is_public_no_more() -> None:
    shown, hidden = publish(hour=0), publish(hour=1)
    Issue.objects.filter(pk=hidden.pk).update(state=Issue.State.TAKEN_BACK)  # by no verb of ours
    shelves.rebuild()
    issues = Shelf.objects.filter(kind=ShelfKind.ISSUE)
    assert list(issues.values_list("key", "told")) == [(shown.slug, [None, None])]


def test_a_row_that_is_not_public_is_not_shown_though_it_stand_on_a_shelf(reader: Client) -> None:
    issue = publish(title_ja="隠した題")
    Issue.objects.filter(pk=issue.pk).update(state=Issue.State.TAKEN_BACK)  # by no verb of ours
    for path in ("/categories/cs.CL/", "/authors/aiko-mori/", "/categories/cs.CL/feed/"):
        assert "隠した題" not in reader.get(path).content.decode(), path
