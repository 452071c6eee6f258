"""Two editors at one paper, doing anything in any order: no write that was told as saved is ever
lost in silence. It stands there, or was replaced by somebody who had seen it; else whoever came
later was told, and what she typed was handed back to her."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from digests import history, lint, rendering, restoring, workflow
from digests.cards import TEXT_FIELDS, CardConflict, save_card
from digests.models import Draft, DraftItem, Edition, Editor, Entry, Question
from digests.reasons import Refused
from tests.factories import make_editor, make_question, make_written_entry

Place = tuple[str, int, str]  # "entry" or "question", pk, field
SENTENCES = (
    "速いです。",
    "高い精度です。",
    "半分の量です。",
    "ＧＰＵで測りました。",
    "三時間です。",
)


def cards_of(entry_pk: int) -> list[Entry | Question]:
    return [Entry.with_removed.get(pk=entry_pk), *Question.objects.filter(entry=entry_pk)]


def kind_of(card: Entry | Question) -> str:
    return "entry" if isinstance(card, Entry) else "question"


def texts_now(entry_pk: int) -> dict[Place, str]:
    return {
        (kind_of(card), card.pk, f): getattr(card, f)
        for card in cards_of(entry_pk)
        for f in TEXT_FIELDS[type(card)]
    }


@dataclass
class Editing:
    """An editor with the page that she opened last: the texts that she has seen, and when."""

    by: Editor
    seen: dict[Place, str] = field(default_factory=dict)
    versions: dict[tuple[str, int], int] = field(default_factory=dict)
    opened: datetime = field(default_factory=timezone.now)
    token: str = ""

    def open(self, entry_pk: int) -> None:
        self.opened = timezone.now()
        cards = cards_of(entry_pk)
        self.versions = {(kind_of(c), c.pk): c.row_version for c in cards}
        self.seen = texts_now(entry_pk)
        self.token = restoring.token_of(cards[0])


class House:
    """The paper, its two editors, and the record of what was told as saved."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        entry = make_written_entry()
        for n in (2, 3):
            make_question(entry, f"質問{n}？", SENTENCES[n])
        self.entry_pk, self.moments = entry.pk, [timezone.now()]
        self.editors = [Editing(make_editor()), Editing(make_editor())]
        self.told: dict[str, int] = {}
        for editing in self.editors:
            editing.open(entry.pk)
        self.texts = texts_now(entry.pk)

    def note(self, what: str) -> None:
        self.told[what] = self.told.get(what, 0) + 1

    def step(self) -> None:
        """One act of one editor; then what it changed is held against what she had seen."""
        editing = self.chance.choice(self.editors)
        if self.chance.random() < 0.25:
            editing.open(self.entry_pk)
        act = self.chance.choice(ACTS)
        before, expected = self.texts, act(self, editing)
        self.texts = texts_now(self.entry_pk)
        self.check(editing, before, self.texts, expected)
        if expected and act is not type_and_save:  # a button leads to the page as it is now
            editing.open(self.entry_pk)
        if self.chance.random() < 0.1:
            self.moments.append(timezone.now())

    def check(
        self,
        editing: Editing,
        before: dict[Place, str],
        after: dict[Place, str],
        expected: dict[Place, str],
    ) -> None:
        """Only what the act was about has changed, to what it said; a text that was replaced had
        been seen by who replaced it; and what was told as saved is there."""
        for place in before.keys() | after.keys():
            old, new = before.get(place, ""), after.get(place, "")
            if old != new:
                assert place in expected, (place, old, new)
                has_seen = editing.seen.get(place, "") in (old, new) or self.is_own(
                    editing, place, old
                )
                assert has_seen, (place, editing.seen.get(place), old, new)
        for place, text in expected.items():
            assert after[place] == text

    def is_own(self, editing: Editing, place: Place, text: str) -> bool:
        """Whether she wrote the text herself since she opened the page (in another window)."""
        kind, pk, name = place
        model: Any = Entry if kind == "entry" else Question
        saves = model.history.filter(id=pk, history_user=editing.by, **{name: text})
        return bool(saves.exists())


# ── what editors do: each tells the texts that it was told to have saved ────────────────────────
def type_and_save(house: House, editing: Editing) -> dict[Place, str]:
    (kind, pk), version = house.chance.choice(list(editing.versions.items()))
    model: Any = Entry if kind == "entry" else Question
    names = [f for f in TEXT_FIELDS[model] if f != "kind"]
    sent = {f: editing.seen[kind, pk, f] for f in names}
    for name in house.chance.sample(names, house.chance.randint(1, 2)):
        sent[name] = "".join(house.chance.sample(SENTENCES, 2))[:20]
    mine = {f: v for f, v in sent.items() if v != editing.seen[kind, pk, f]}
    card = model._base_manager.get(pk=pk)
    try:
        saved = save_card(card, version, sent, by=editing.by)
    except CardConflict as conflict:
        house.note("clash")
        assert mine.items() <= conflict.mine.items()  # all of what she typed is handed back
        assert all(c.mine == mine[c.field] for c in conflict.conflicts)
        return {}
    house.note("merged" if saved.merged else "saved")
    editing.versions[kind, pk] = saved.row.row_version
    for name in TEXT_FIELDS[model]:  # the page shows the card as it was saved
        editing.seen[kind, pk, name] = getattr(saved.row, name)
    return {(kind, pk, f): v for f, v in mine.items()}


def take_a_draft(house: House, editing: Editing) -> dict[Place, str]:
    entry = Entry.with_removed.get(pk=house.entry_pk)
    known = Draft.objects.filter(entry=entry).count()
    draft = Draft.objects.create(
        entry=entry, version=entry.version, prompt="p", model="m", origin="model", try_number=known
    )
    text = f"下書きの{house.chance.choice(SENTENCES)}"
    question = house.chance.choice(list(entry.questions.present()) or [None])
    about: dict[str, Any] = {"field": "one_liner"}
    place: Place = ("entry", entry.pk, "one_liner")
    if question and house.chance.random() < 0.5:
        about = {"field": "question", "question": question.question, "target": question}
        place = ("question", question.pk, "answer")
    item = DraftItem.objects.create(draft=draft, position=1, text=text, **about)
    if place not in editing.seen:  # a question that is not on her page
        return {}
    try:
        workflow.accept(item, by=editing.by, seen=editing.opened)
    except Refused as refused:
        house.note("draft refused")
        assert [lack.code for lack in refused.lacks] == ["changed-meanwhile"]
        return {}
    house.note("draft taken")
    return {place: text}


def mark_a_sentence(house: House, editing: Editing) -> dict[Place, str]:
    """From a page that may be old: the card as it was on it."""
    entry = Entry.with_removed.get(pk=house.entry_pk)
    place, version = ("entry", entry.pk, "summary"), editing.versions["entry", entry.pk]
    entry.summary = editing.seen[place]
    found = rendering.sentences(entry.summary)
    if not found or "e1" in found[0].marks:
        return {}
    marked = entry.summary[: found[0].end] + "[^e1]" + entry.summary[found[0].end :]
    try:
        workflow.mark_sentence(entry, version, 0, "e1", by=editing.by)
    except CardConflict as conflict:
        house.note("mark refused")
        assert conflict.mine == {"summary": marked}
        return {}
    house.note("marked")
    return {place: marked}


def correct(house: House, editing: Editing) -> dict[Place, str]:
    entry = Entry.with_removed.get(pk=house.entry_pk)
    version = editing.versions["entry", entry.pk]
    fixed = lint.fixes(editing.seen["entry", entry.pk, "summary"])[0]
    place = ("entry", entry.pk, "summary")
    if fixed == editing.seen[place]:
        return {}
    try:
        save_card(entry, version, {"summary": fixed}, by=editing.by)
    except CardConflict:
        house.note("correction refused")
        return {}
    house.note("corrected")
    return {place: fixed}


def go_back(house: House, editing: Editing) -> dict[Place, str]:
    entry, moment = Entry.with_removed.get(pk=house.entry_pk), house.chance.choice(house.moments)
    past = history.at(entry, moment)
    is_fresh = restoring.token_of(entry) == editing.token
    try:
        restoring.restore(entry, moment, by=editing.by, token=editing.token)
    except restoring.ChangedMeanwhile:
        house.note("restore refused")
        assert not is_fresh
        return {}
    house.note("restored")
    assert is_fresh
    return {
        (history.KINDS[p.model], p.pk or 0, f): text
        for p in past.values()
        for f, text in p.texts.items()
    }


def move(house: House, editing: Editing) -> dict[Place, str]:
    question = house.chance.choice(list(Question.objects.filter(entry=house.entry_pk)))
    workflow.move(question, house.chance.choice((-1, 1)))
    return {}


def remove_or_bring_back(house: House, editing: Editing) -> dict[Place, str]:
    question = house.chance.choice(list(Question.objects.filter(entry=house.entry_pk)))
    act = workflow.restore_question if question.removed_at else workflow.remove_question
    act(question, by=editing.by)
    return {}


def take_the_paper_out_or_back(house: House, editing: Editing) -> dict[Place, str]:
    entry = Entry.with_removed.get(pk=house.entry_pk)
    act = workflow.restore_entry if entry.removed_at else workflow.remove_entry
    act(entry, by=editing.by)
    house.note("brought back" if entry.removed_at else "taken out")
    return {}


def approve_and_publish(house: House, editing: Editing) -> dict[Place, str]:
    entry = Entry.with_removed.get(pk=house.entry_pk)
    if entry.removed_at:
        return {}
    try:
        workflow.approve(entry, by=editing.by)
        edition = workflow.publish(entry.issue, by=editing.by, override_reason="Any text will do.")
    except Refused:
        return {}
    house.note("published")
    frozen = edition.entries.get()
    now = Entry.with_removed.get(pk=entry.pk)
    assert (frozen.summary, frozen.one_liner) == (now.summary, now.one_liner)
    return {}


Act = Callable[[House, Editing], dict[Place, str]]
ACTS: list[Act] = [type_and_save] * 14
ACTS += [take_a_draft, mark_a_sentence, correct, go_back, move, remove_or_bring_back] * 2
ACTS += [take_the_paper_out_or_back, approve_and_publish]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_in_a_thousand_interleavings_nothing_is_lost_in_silence(seed: int) -> None:
    """Four times 250 acts."""
    house = House(random.Random(seed))
    for _ in range(250):
        house.step()
    happened = {"saved", "merged", "clash", "draft taken", "restored", "restore refused"}
    happened |= {"taken out", "brought back"}
    assert happened <= set(house.told), house.told
    assert Edition.objects.count() <= house.told.get("published", 0)


@dataclass(frozen=True)
class Told:
    """A save that was told as done: what was typed over which version, and which it became."""

    base: int
    version: int
    field: str
    text: str


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_who_save_at_the_same_moments_none_replaces_what_she_has_not_seen() -> None:
    entry, editors = make_written_entry(), [make_editor(), make_editor()]

    def write(n: int) -> list[Told]:
        chance, told = random.Random(n), []
        for turn in range(12):
            page = Entry.with_removed.get(pk=entry.pk)
            name, text = chance.choice(("title_ja", "one_liner")), f"{n}の{turn}"
            try:
                saved = save_card(page, page.row_version, {name: text}, by=editors[n])
            except CardConflict:
                continue
            told.append(Told(page.row_version, saved.row.row_version, name, text))
        connections.close_all()
        return told

    with ThreadPoolExecutor(2) as pool:
        told = [save for saves in pool.map(write, range(2)) for save in saves]
    assert len({save.version for save in told}) == len(told)
    now = Entry.with_removed.get(pk=entry.pk)
    for name in ("title_ja", "one_liner"):
        saves = sorted((s for s in told if s.field == name), key=lambda s: s.version)
        assert getattr(now, name) == saves[-1].text
        for one, later in pairwise(saves):
            assert later.base >= one.version
