"""Who drafts, and with what: a model where one is set, honest extraction otherwise, or the editor's
own chat by hand. All three end in the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from digests import costs, gate
from digests.cards import lock_entry
from digests.drafting import answers, extractive, kinds, llm, plan, prompts
from digests.drafting.costs import Usage
from digests.drafting.types import BankQuestion as Standard
from digests.drafting.types import DraftItem as Item
from digests.drafting.types import DraftText, Material
from digests.models import BankQuestion, Draft, DraftItem, Entry, EntryJob, Question, Spending
from papers import jobs
from papers.ingest import passages_of
from papers.models import Version

EXTRACTION = "extract-1"  # names the extracting drafter and its version in a draft's key
Origin = Draft.Origin


@dataclass(frozen=True)
class Made:
    """What a drafter made, before it is stored."""

    text: DraftText
    origin: str
    prompt: str
    model: str = ""
    usage: Usage | None = None
    dropped: list[dict[str, str]] = field(default_factory=list)


# ── what a drafter may read ─────────────────────────────────────────────────────────────────────
def material_of(version: Version, kind: str = "") -> Material:
    """The version's text without what is hidden; the kind is guessed when none is given."""
    return Material(
        title=version.title,
        abstract=version.abstract,
        passages=passages_of(version),
        kind=kind or kinds.guess_kind(version.title, version.abstract),
    )


def active_bank() -> tuple[Standard, ...]:
    """The bank as the editors have it now."""
    rows: Iterable[BankQuestion] = BankQuestion.objects.filter(is_active=True).prefetch_related(
        "priorities"
    )
    return tuple(
        Standard(
            key=row.key,
            ja=row.ja,
            en=row.en,
            hint_ja=row.hint_ja,
            priority={p.kind: p.priority for p in row.priorities.all() if p.is_active},
        )
        for row in rows
    )


def ask_of(entry: Entry, scope: str, kind: str) -> plan.Ask:
    """What a scope asks for: "all", "summary", or one question of the entry, "q12" by its row.

    Raises jobs.Stop when that question has gone.
    """
    if scope == "all":
        return plan.ask_for_all(active_bank(), kind)
    if scope == "summary":
        return plan.ask_for_summary()
    question = question_of(entry, scope)
    if question is None:
        raise jobs.Stop("question-gone")
    standard = {b.key: b for b in active_bank()}.get(question.bank_key)
    if standard is None or standard.ja != question.question:
        standard = plan.typed_question(question.question)
    return plan.ask_for_question(standard)


def question_of(entry: Entry, scope: str) -> Question | None:
    pk = scope.removeprefix("q")
    is_key = pk.isdecimal() and len(pk) < 19
    return entry.questions.present().filter(pk=pk).first() if is_key else None


# ── the model ───────────────────────────────────────────────────────────────────────────────────
def config() -> llm.ModelConfig:
    return llm.ModelConfig(
        base_url=settings.LLM_BASE_URL,
        model=settings.LLM_MODEL,
        api_key=settings.LLM_API_KEY,
        timeout=settings.LLM_TIMEOUT,
        retries=settings.LLM_RETRIES,
        price_in=settings.LLM_PRICE_IN,
        price_cached=settings.LLM_PRICE_CACHED,
        price_out=settings.LLM_PRICE_OUT,
        currency=settings.LLM_CURRENCY,
    )


def uses_model(job: EntryJob) -> bool:
    return costs.has_model() and job.drafter == EntryJob.Drafter.AUTO


def make(job: EntryJob, version: Version) -> Made:
    """A draft of the job's scope by the drafter that it asks for. Writes only what was spent.

    Raises llm.ModelError, and jobs.Stop when the month's budget is reached (the editor may then go
    on by extraction) or when a part is asked for where there is no model.
    """
    entry = job.entry
    material = material_of(version, entry.kind)
    if not uses_model(job):
        if job.scope != "all":
            raise jobs.Stop("needs-model")
        return Made(extractive.draft(material, active_bank()), Origin.EXTRACTION, EXTRACTION)
    if costs.is_budget_reached():
        raise jobs.Stop("budget-reached")
    ask = ask_of(entry, job.scope, material.kind)
    check = gate.check_for(entry, version)
    try:
        made = llm.ask_again(material, ask, gate.glossary(), config(), check)
    except llm.ModelError as error:
        if error.usage and error.usage.calls:
            note_spending(entry, settings.LLM_MODEL, error.usage, error=error.code)
        raise
    dropped = [{"what": d.what, "reason": d.reason} for d in made.dropped]
    return Made(made.draft, Origin.MODEL, made.prompt_version, made.model, made.usage, dropped)


def note_spending(
    entry: Entry, model: str, usage: Usage, *, draft: Draft | None = None, error: str = ""
) -> None:
    Spending.objects.create(
        entry=entry,
        draft=draft,
        model=model,
        calls=usage.calls,
        tokens_in=usage.tokens_in,
        tokens_cached=usage.tokens_cached,
        tokens_out=usage.tokens_out,
        cost=usage.cost,
        estimate=usage.estimate,
        currency=settings.LLM_CURRENCY,
        error=error,
    )


# ── rows ────────────────────────────────────────────────────────────────────────────────────────
def already_made(job: EntryJob, version: Version) -> bool:
    """Whether an earlier run of this job has stored its draft: a repeat costs nothing."""
    prompt, model = (prompts.VERSION, settings.LLM_MODEL) if uses_model(job) else (EXTRACTION, "")
    return Draft.objects.filter(
        entry=job.entry,
        version=version,
        prompt=prompt,
        model=model,
        scope=job.scope,
        try_number=job.try_number,
    ).exists()


@transaction.atomic
def keep(entry: Entry, version: Version, made: Made, *, scope: str, try_number: int) -> Draft:
    """Store a draft under its key; one that is there stays as it is."""
    draft, is_new = Draft.objects.get_or_create(
        entry=entry,
        version=version,
        prompt=made.prompt,
        model=made.model,
        scope=scope,
        try_number=try_number,
        defaults={
            "origin": made.origin,
            "left_out": list(made.text.left_out),
            "dropped": made.dropped,
        },
    )
    if is_new:
        target = question_of(entry, scope) if scope.startswith("q") else None
        DraftItem.objects.bulk_create(_rows(draft, made.text, target))
        if made.usage:
            note_spending(entry, made.model, made.usage, draft=draft)
    return draft


def _rows(draft: Draft, text: DraftText, target: Question | None) -> Iterable[DraftItem]:
    for position, item in enumerate(text.items, 1):
        yield DraftItem(
            draft=draft,
            position=position,
            field=item.field,
            bank_key=item.bank_key,
            question=item.question[:200],
            text=item.text,
            target=target,
            evidence=_evidence(item),
            problems=[vars(p) for p in item.problems],
        )


def _evidence(item: Item) -> list[dict[str, object]]:
    return [
        {"passage_key": c.passage_key, "page": c.page, "section": c.section, "quote": c.quote}
        for c in item.evidence
    ]


def next_try(entry: Entry, scope: str) -> int:
    """The number of the next try; an editor's "draft again" makes one."""
    last: int | None = entry.drafts.filter(scope=scope).aggregate(last=Max("try_number"))["last"]
    return (last or 0) + 1


# ── by hand ─────────────────────────────────────────────────────────────────────────────────────
def prompt_by_hand(entry: Entry, version: Version) -> str:
    """The whole prompt, to be copied into a chat. It holds the paper's text."""
    material = material_of(version, entry.kind)
    return prompts.full_prompt(material, ask_of(entry, "all", material.kind), gate.glossary())


def take_answer(entry: Entry, version: Version, answer: str, model: str) -> Draft:
    """What the chat answered, by the parser and the gate of any other draft.

    Raises llm.ModelError with what is wrong; nothing is stored then.
    """
    material = material_of(version, entry.kind)
    ask = ask_of(entry, "all", material.kind)
    reading = answers.read_draft(answer, material, ask)
    check = gate.check_for(entry, version)
    items = tuple(item.with_problems(check(item)) for item in reading.draft.items)
    made = Made(
        DraftText(items, reading.draft.left_out),
        Origin.BY_HAND,
        prompts.VERSION,
        model[:120],
        dropped=[{"what": d.what, "reason": d.reason} for d in reading.dropped],
    )
    with transaction.atomic():
        lock_entry(entry.pk)  # of two answers pasted at once, each is a try of its own
        return keep(entry, version, made, scope="all", try_number=_free_try(entry, "all"))


def _free_try(entry: Entry, scope: str) -> int:
    """The number of a try beside work under way, whose own draft is still to come."""
    coming = entry.jobs.filter(step=EntryJob.Step.DRAFT, scope=scope)
    coming = coming.exclude(state=EntryJob.State.DONE)
    last: int | None = coming.aggregate(last=Max("try_number"))["last"]
    return max(next_try(entry, scope), (last or 0) + 1)
