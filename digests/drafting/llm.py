"""Drafting with a model behind any server that speaks OpenAI's chat completions.

At most two answers are paid for per draft: the draft itself, and either one repair of what failed
or, where a server ignored the form that was asked for, the same once more in a plainer form.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from digests.drafting.answers import Dropped, Reading, read_draft
from digests.drafting.chat import (
    MODES,
    ChatSession,
    ModelConfig,
    messages_of,
)
from digests.drafting.costs import Estimate, Usage, cost_of
from digests.drafting.plan import OWN_QUESTIONS, Ask, ask_for_all, typed_question
from digests.drafting.prompts import VERSION, prompt_for, repair_prompt, schema
from digests.drafting.said import ModelError, read_object
from digests.drafting.selection import tokens_of
from digests.drafting.types import BankQuestion, DraftItem, DraftText, Material, Problem, Term

__all__ = [
    "MODES",
    "Check",
    "ModelConfig",
    "ModelDraft",
    "ModelError",
    "Trial",
    "ask_again",
    "check_model",
    "draft",
    "estimate",
]

Check = Callable[[DraftItem], Sequence[Problem]]
_MOST_CALLS = 2
# What the answer takes, in tokens: a rule that gives the 4.5k of a typical draft.
_HEADLINES_OUT, _SUMMARY_OUT, _ANSWER_OUT = 150, 550, 400


@dataclass(frozen=True)
class ModelDraft:
    """What came of it. `mode` is the form that worked (schema, json or text), `raw` the answers
    as they came, `dropped` what was asked for and is not in the draft, with the reason.
    `repair_error` is the code with which the repair failed, "" if it did not."""

    draft: DraftText
    usage: Usage
    model: str
    mode: str
    prompt_version: str
    raw: tuple[str, ...]
    dropped: tuple[Dropped, ...] = ()
    repair_error: str = ""


@dataclass(frozen=True)
class Trial:
    """A connection that works; `latency` in seconds, of the one call in `mode`."""

    model: str
    latency: float
    mode: str
    is_price_known: bool


def draft(
    material: Material,
    bank: Sequence[BankQuestion],
    glossary: Sequence[Term],
    config: ModelConfig,
    check: Check,
    *,
    own: int = OWN_QUESTIONS,
) -> ModelDraft:
    """A whole draft of a paper: headlines, summary, the bank's questions for its kind, its own.

    `check` is the gate for one item; items with an error go to the one repair. It all ends within
    `config.deadline` seconds. Raises ModelError, with the usage so far in its `usage`.
    """
    return ask_again(material, ask_for_all(bank, material.kind, own), glossary, config, check)


def ask_again(
    material: Material, ask: Ask, glossary: Sequence[Term], config: ModelConfig, check: Check
) -> ModelDraft:
    """The same for what `ask` names: the summary, one answer, or a question typed by an editor."""
    session = ChatSession(config)
    try:
        reading = _checked(_first(session, material, ask, glossary), check)
        reading, repair_error = _repaired(session, material, ask, glossary, reading, check)
    except ModelError as error:
        error.usage = session.usage
        raise
    return ModelDraft(
        draft=reading.draft,
        usage=session.usage,
        model=config.model,
        mode=session.mode,
        prompt_version=VERSION,
        raw=tuple(session.raw),
        dropped=reading.dropped,
        repair_error=repair_error,
    )


def estimate(
    material: Material,
    bank: Sequence[BankQuestion],
    config: ModelConfig,
    glossary: Sequence[Term] = (),
    *,
    own: int = OWN_QUESTIONS,
) -> Estimate:
    """About what `draft` will take, without a repair and with nothing cached."""
    ask = ask_for_all(bank, material.kind, own)
    tokens_in = tokens_of(prompt_for(material, ask, glossary).text())
    tokens_out = _HEADLINES_OUT + _SUMMARY_OUT + _ANSWER_OUT * (len(ask.questions) + own // 2)
    return Estimate(tokens_in, tokens_out, cost_of(tokens_in, 0, tokens_out, config.prices))


# The connection


_TRIAL_SCHEMA = {
    "type": "object",
    "properties": {"reply": {"type": "string"}},
    "required": ["reply"],
    "additionalProperties": False,
}
_TRIAL_TOKENS = 1_000  # a model that thinks aloud needs some before the one word


def check_model(config: ModelConfig) -> Trial:
    """One tiny call that tells whether the connection works, and in which form.

    A server that cannot do the first form costs one tiny call more for each form that is left.
    Raises ModelError. Neither the result nor the error holds the key.
    """
    session = ChatSession(replace(config, max_tokens_out=_TRIAL_TOKENS))
    try:
        while True:
            started = time.monotonic()
            answer = session.ask(_trial_messages, _TRIAL_SCHEMA)
            latency = time.monotonic() - started
            try:
                read_object(answer, frozenset({"reply"}))
            except ModelError:
                if not session.fall_back():
                    raise
                continue
            return Trial(config.model, latency, session.mode, config.prices.is_known)
    except ModelError as error:
        error.usage = session.usage
        raise


def _trial_messages(mode: str) -> list[dict[str, str]]:
    """With a schema the words do not mention JSON, so that JSON shows that the schema is obeyed."""
    words = 'Reply with the single word "pong".'
    if mode != "schema":
        words = 'Reply with this JSON object and nothing else: {"reply": "pong"}'
    return [{"role": "user", "content": words}]


# The draft


def _first(session: ChatSession, material: Material, ask: Ask, glossary: Sequence[Term]) -> Reading:
    """The draft as it comes; once more in a plainer form if the form was ignored."""
    prompt = prompt_for(material, ask, glossary)
    while True:
        answer = session.ask(messages_of(prompt), schema(ask))
        try:
            reading = read_draft(answer, material, ask)
        except ModelError as error:
            session.refuse_cut_prompt(prompt)
            is_form = error.code in ("not-json", "wrong-shape")
            if not is_form or session.calls >= _MOST_CALLS or not session.fall_back():
                raise
            continue
        if not any(item.evidence for item in reading.draft.items):
            session.refuse_cut_prompt(prompt)
        return reading


def _checked(reading: Reading, check: Check) -> Reading:
    items = tuple(item.with_problems(check(item)) for item in reading.draft.items)
    return replace(reading, draft=replace(reading.draft, items=items))


# The repair


def _repaired(
    session: ChatSession,
    material: Material,
    ask: Ask,
    glossary: Sequence[Term],
    reading: Reading,
    check: Check,
) -> tuple[Reading, str]:
    """The draft after its one repair, or as it was, with the code of what went wrong."""
    failed = [item for item in reading.draft.items if _errors(item)]
    missing = {one.what: one.reason for one in reading.dropped if _is_asked(one, ask)}
    if session.calls >= _MOST_CALLS or not (failed or missing):
        return reading, ""
    again = _ask_for(failed, missing, ask)
    prompt = repair_prompt(material, again, failed, missing, glossary)
    try:
        answer = session.ask(messages_of(prompt), schema(again))
        better = _checked(read_draft(answer, material, again), check)
    except ModelError as error:
        return reading, error.code
    return _merged(reading, better, ask, again), ""


def _errors(item: DraftItem) -> int:
    return sum(problem.severity == "error" for problem in item.problems)


def _is_asked(dropped: Dropped, ask: Ask) -> bool:
    """Not a question that the model proposed and we would not have."""
    return dropped.what in ask.fields or ask.question_named(dropped.what) is not None


def _ask_for(failed: Sequence[DraftItem], missing: dict[str, str], ask: Ask) -> Ask:
    fields = {*missing, *(item.field for item in failed)}
    keys = {*missing, *(item.bank_key for item in failed if item.bank_key)}
    known = [one for one in ask.questions if ask.key_of(one) in keys or _is_typed(one, failed)]
    asked = {one.ja for one in ask.questions}
    own = [
        typed_question(item.question)
        for item in failed
        if item.field == "question" and not item.bank_key and item.question not in asked
    ]
    return Ask(ask.scope, tuple(one for one in ask.fields if one in fields), (*known, *own))


def _is_typed(question: BankQuestion, failed: Sequence[DraftItem]) -> bool:
    return not question.key and any(item.question == question.ja for item in failed)


def _merged(reading: Reading, better: Reading, ask: Ask, again: Ask) -> Reading:
    """Each item in its better form; what the paper does not answer after all is left out."""
    items = {_name(item): item for item in reading.draft.items}
    for item in better.draft.items:
        before = items.get(_name(item))
        if before is None or _errors(item) < _errors(before):
            items[_name(item)] = item
    gone = [one for one in again.questions if again.key_of(one) in better.draft.left_out]
    for question in gone:
        items.pop(("question", question.key, question.ja), None)
    left_out = (*reading.draft.left_out, *(ask.key_of(one) for one in gone if one in ask.questions))
    own = [Dropped(one.ja, "not-in-paper") for one in gone if one not in ask.questions]
    present = {item.field for item in items.values()} | {_key(item, ask) for item in items.values()}
    kept = [one for one in reading.dropped if one.what not in {*present, *left_out}]
    draft = DraftText(tuple(_in_order(items.values(), ask)), left_out)
    return Reading(draft, (*kept, *own))


def _name(item: DraftItem) -> tuple[str, str, str]:
    return item.field, item.bank_key, item.question


def _key(item: DraftItem, ask: Ask) -> str:
    """The key by which this question was asked; "" for one of the model's own."""
    asked = next((one for one in ask.questions if one.ja == item.question), None)
    return item.bank_key or (ask.key_of(asked) if asked else "")


def _in_order(items: Iterable[DraftItem], ask: Ask) -> list[DraftItem]:
    """Fields, then the questions as asked, then the model's own as they came."""
    order = [*ask.fields, *(ask.key_of(one) for one in ask.questions)]
    places = {name: place for place, name in enumerate(order)}
    named = [(item.field if item.field != "question" else _key(item, ask), item) for item in items]
    named.sort(key=lambda pair: places.get(pair[0], len(order)))
    return [item for _, item in named]
