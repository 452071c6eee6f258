"""One way to save what an editor typed: changes merge or clash, and none is lost in silence."""

from __future__ import annotations

import random
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from digests import workflow
from digests.cards import TEXT_FIELDS, CardConflict, Saved, save_card
from digests.models import Entry, Issue, Question
from tests.factories import (
    make_editor,
    make_entry,
    make_issue,
    make_question,
    make_written_entry,
)

FIELDS = ("title_ja", "highlight", "one_liner", "summary")


def approved_entry(issue: Issue | None = None) -> Entry:
    return workflow.approve(make_written_entry(issue), by=None)


def reread(entry: Entry) -> Entry:
    return Entry.objects.get(pk=entry.pk)


# ── saving ──────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_save_is_a_new_version_of_the_row_and_a_revision_with_its_author() -> None:
    hana, entry = make_editor("hana"), make_entry()
    saved = save_card(entry, 1, {"title_ja": "小さな行"}, by=hana)
    now = reread(entry)
    assert (now.title_ja, now.row_version) == ("小さな行", 2)
    assert saved == Saved(now, ("title_ja",), (), reopened=False)
    revision = now.history.first()
    assert (revision.title_ja, revision.history_user) == ("小さな行", hana)


@pytest.mark.django_db
def test_each_revision_has_the_author_of_its_own() -> None:
    hana, ben, entry = make_editor("hana"), make_editor("ben"), make_entry()
    save_card(entry, 1, {"title_ja": "一"}, by=hana)
    save_card(entry, 2, {"title_ja": "二"}, by=ben)
    save_card(entry, 3, {"title_ja": "三"}, by=hana)
    users = [r.history_user for r in entry.history.filter(row_version__gt=1).order_by("history_id")]
    assert users == [hana, ben, hana]


@pytest.mark.django_db
def test_saving_what_stands_there_already_makes_no_revision() -> None:
    entry = make_entry(title_ja="同じ")
    revisions = entry.history.count()
    saved = save_card(entry, 1, {"title_ja": "同じ", "summary": ""}, by=make_editor())
    assert (saved.changed, reread(entry).row_version) == ((), 1)
    assert entry.history.count() == revisions


@pytest.mark.django_db
def test_a_field_that_is_no_text_of_the_card_is_refused() -> None:
    entry = make_entry()
    with pytest.raises(KeyError, match="position, state"):
        save_card(entry, 1, {"state": "approved", "position": "9"}, by=None)
    assert reread(entry).state == Entry.State.OPEN


# ── two editors ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_changes_to_different_fields_merge_and_the_second_is_told() -> None:
    entry = make_entry()
    opened = {f: "" for f in FIELDS}  # what both have on their screens
    save_card(entry, 1, opened | {"title_ja": "邦題"}, by=make_editor())
    saved = save_card(entry, 1, opened | {"summary": "概要です。"}, by=make_editor())
    now = reread(entry)
    assert (now.title_ja, now.summary) == ("邦題", "概要です。")
    assert (saved.changed, saved.merged) == (("summary",), ("title_ja",))


@pytest.mark.django_db
def test_a_clash_saves_nothing_and_tells_both_texts_and_whose_the_other_is() -> None:
    hana, entry = make_editor("hana"), make_entry(summary="元の文。")
    save_card(entry, 1, {"summary": "花の文。"}, by=hana)
    with pytest.raises(CardConflict) as raised:
        save_card(entry, 1, {"summary": "弁の文。", "title_ja": "弁の題"}, by=make_editor("ben"))
    (clash,) = raised.value.conflicts
    assert (clash.field, clash.base, clash.theirs, clash.mine, clash.by) == (
        "summary", "元の文。", "花の文。", "弁の文。", hana,
    )  # fmt: skip
    assert clash.at is not None
    now = reread(entry)
    assert (now.summary, now.title_ja, now.row_version) == ("花の文。", "", 2)
    assert raised.value.row.row_version == 2


@pytest.mark.django_db
def test_the_same_change_by_two_editors_is_no_clash() -> None:
    entry = make_entry()
    save_card(entry, 1, {"title_ja": "同じ題"}, by=make_editor())
    saved = save_card(entry, 1, {"title_ja": "同じ題"}, by=make_editor())
    assert (saved.changed, reread(entry).row_version) == ((), 2)


@pytest.mark.django_db
@pytest.mark.parametrize("version", [0, 99, -1])
def test_over_a_version_that_was_never_there_every_difference_is_a_clash(version: int) -> None:
    entry = make_entry(title_ja="ここにある題", summary="同じ。")
    with pytest.raises(CardConflict) as raised:
        save_card(entry, version, {"title_ja": "別の題", "summary": "同じ。"}, by=make_editor())
    assert [c.field for c in raised.value.conflicts] == ["title_ja"]
    with pytest.raises(CardConflict):  # an emptied field is a difference too
        save_card(entry, version, {"title_ja": ""}, by=make_editor())
    assert reread(entry).title_ja == "ここにある題"


@pytest.mark.django_db
def test_the_base_of_a_merge_is_the_text_of_that_version_and_not_of_a_later_state() -> None:
    """Approving writes a revision of the same version; it must not become another base."""
    entry = make_written_entry()
    entry.state = Entry.State.APPROVED
    entry.save(update_fields=["state"])
    save_card(entry, 1, {"highlight": "新しい見出し"}, by=make_editor())
    typed = {"highlight": "小さな行の研究", "title_ja": "別の題"}
    saved = save_card(entry, 1, typed, by=make_editor())
    assert saved.merged == ("highlight",)
    assert reread(entry).highlight == "新しい見出し"


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_one_moment_one_clashes() -> None:
    editors, entry, start = [make_editor(), make_editor()], make_entry(), Barrier(2)

    def save(n: int) -> bool:
        start.wait(60)
        try:
            save_card(entry, 1, {"title_ja": f"題{n}"}, by=editors[n])
        except CardConflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(save, range(2)))
    assert sorted(won) == [False, True]
    assert reread(entry).title_ja == f"題{won.index(True)}"


@pytest.mark.django_db
def test_in_three_hundred_random_interleavings_no_change_is_lost_in_silence() -> None:
    """Sessions open a card at some version and save later, over whatever others have done. Each
    save is merged whole, or refused whole: what the session did not change stays, and what it did
    change is either there afterwards or named as a clash."""
    chance, hana, entry = random.Random(20230403), make_editor(), make_entry()
    pages: deque[tuple[int, dict[str, str]]] = deque(maxlen=4)  # still open, the oldest first
    clashes = merges = 0
    for _ in range(300):
        entry.refresh_from_db()
        pages.append((entry.row_version, texts_of(entry)))
        version, seen = chance.choice(pages)
        changed = chance.sample(FIELDS, chance.randint(1, 3))
        typed = seen | {f: f"{f}{chance.randrange(3)}"[:20] for f in changed}
        before = texts_of(entry)
        mine = {f for f in FIELDS if typed[f] != seen[f]}
        theirs = {f for f in FIELDS if before[f] not in (seen[f], typed[f])}
        try:
            save_card(entry, version, typed, by=hana)
        except CardConflict as conflict:
            assert {c.field for c in conflict.conflicts} == mine & theirs != set()
            assert texts_of(reread(entry)) == before
            clashes += 1
            continue
        assert not mine & theirs
        assert texts_of(reread(entry)) == before | {f: typed[f] for f in mine}
        merges += bool(theirs)
    assert clashes > 30 and merges > 30  # both did happen


def texts_of(entry: Entry) -> dict[str, str]:
    return {f: getattr(entry, f) for f in FIELDS}


# ── what a change withdraws ─────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_change_of_an_approved_entry_withdraws_the_approval_and_says_so() -> None:
    entry = approved_entry()
    saved = save_card(entry, 1, {"title_ja": "別の題"}, by=make_editor())
    assert saved.reopened
    assert reread(entry).state == Entry.State.OPEN


@pytest.mark.django_db
def test_a_change_of_an_answer_withdraws_the_approval_of_its_entry() -> None:
    entry = approved_entry()
    question = entry.questions.get()
    saved = save_card(question, 1, {"answer": "別の答えです。"}, by=make_editor())
    assert saved.reopened
    assert reread(entry).state == Entry.State.OPEN


@pytest.mark.django_db
def test_a_save_that_changes_nothing_leaves_the_approval() -> None:
    entry = approved_entry()
    saved = save_card(entry, 1, {"title_ja": entry.title_ja}, by=make_editor())
    assert not saved.reopened
    assert reread(entry).is_approved


@pytest.mark.django_db
def test_a_change_makes_a_ready_issue_a_draft_again() -> None:
    issue = make_issue()
    entry = approved_entry(issue)
    Issue.objects.filter(pk=issue.pk).update(state=Issue.State.READY)
    save_card(entry, 1, {"title_ja": "別の題"}, by=make_editor())
    issue.refresh_from_db()
    assert issue.state == Issue.State.DRAFT


@pytest.mark.django_db
@pytest.mark.parametrize("make", [make_entry, make_issue, lambda: make_question(make_entry())])
def test_every_text_of_every_kind_of_card_can_be_saved(make: object) -> None:
    card: Entry | Issue | Question = make()  # type: ignore[operator]
    texts = {f: f"text of {f}"[:10] for f in TEXT_FIELDS[type(card)]}
    save_card(card, card.row_version, texts, by=make_editor())
    card.refresh_from_db()
    assert {f: getattr(card, f) for f in texts} == texts
