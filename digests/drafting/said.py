"""What a model, or a person pasting from a chat, handed back: JSON in any wrapping, as records.

Fences, prose around and a model's thinking aloud are taken off. Broken JSON is not mended: it ends
in a code with its place, for a mended quote would not be the model's.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digests.drafting.costs import Usage
from digests.drafting.plan import HEADLINES, Ask
from papers.cleaning import clean, clean_line

MOST_CHARACTERS = 200_000
_MOST_SENTENCES = 40
_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"^\s*```[a-zA-Z]*[ \t]*$")
_DECODER = json.JSONDecoder(strict=False)  # a line break inside a string is no fault
_STARTS_TO_TRY = 20


class ModelError(Exception):
    """Why there is no draft. Of the transport: rate-limited, no-credit, timeout, server-error,
    unreachable, bad-address, refused-key, unknown-model, too-long, refused (a 400; value: the
    server's words).
    Of the answer: cut, empty, not-json (value: "line:column"), wrong-shape (value: the path),
    wrong-language, obeys-the-paper, content-filter, too-long.

    `is_passing`: may heal by itself. `retry_after` in seconds. `usage`: what it cost all the same.
    """

    def __init__(
        self,
        code: str,
        value: str = "",
        *,
        retry_after: float | None = None,
        is_passing: bool = False,
    ) -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value
        self.retry_after = retry_after
        self.is_passing = is_passing
        self.usage: Usage | None = None


@dataclass(frozen=True)
class SaidQuote:
    passage_id: str
    quote: str


@dataclass(frozen=True)
class SaidSentence:
    ja: str
    evidence: tuple[SaidQuote, ...]
    is_item: bool


@dataclass(frozen=True)
class SaidAnswer:
    key: str
    question: str
    subject: str
    is_not_in_paper: bool
    sentences: tuple[SaidSentence, ...]


@dataclass(frozen=True)
class Said:
    """Nothing in it has been checked but its shape. Text is on one line, without controls."""

    headlines: Mapping[str, str]
    summary: tuple[SaidSentence, ...]
    answers: tuple[SaidAnswer, ...]


def read_said(raw: str, ask: Ask) -> Said:
    """The answer to `ask`; ModelError empty, cut, not-json, wrong-shape or too-long."""
    if len(raw) > MOST_CHARACTERS:
        raise ModelError("too-long", str(len(raw)))
    found = read_object(raw, _keys(ask))
    return Said(
        headlines={
            name: _text(found.get(name), name)
            for name in HEADLINES
            if name in ask.fields and name in found
        },
        summary=_sentences(found.get("summary"), "summary") if "summary" in ask.fields else (),
        answers=tuple(_answers(found.get("answers"), ask)),
    )


def read_object(raw: str, keys: frozenset[str]) -> dict[str, Any]:
    """The first JSON object in the text that has one of `keys`. ModelError as `read_said`."""
    text = _THINKING.sub("", clean(raw)).strip("\n ")
    if not text.strip():
        raise ModelError("empty")
    fault: ModelError | None = None
    for start in _starts(text):
        try:
            found, _ = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            fault = fault or _fault(error, text)
            continue
        if isinstance(found, dict) and keys & found.keys():
            return found
        fault = fault or ModelError("wrong-shape", ", ".join(sorted(keys)))
    raise fault or ModelError("not-json", "1:1")


def _keys(ask: Ask) -> frozenset[str]:
    return frozenset((*ask.fields, *(["answers"] if ask.questions or ask.own else [])))


def _starts(text: str) -> Iterator[int]:
    """Where an object may begin: after a fence first, then at each line that opens with a brace,
    then at the first brace."""
    after_fence, at_line = list[int](), list[int]()
    place, is_fenced = 0, False
    for line in text.split("\n"):
        if line.lstrip().startswith("{"):
            (after_fence if is_fenced else at_line).append(place + line.index("{"))
        is_fenced = bool(_FENCE.match(line))
        place += len(line) + 1
    first = text.find("{")
    starts = dict.fromkeys([*after_fence, *at_line, *([first] if first >= 0 else [])])
    yield from list(starts)[:_STARTS_TO_TRY]


def _fault(error: Exception, text: str) -> ModelError:
    if not isinstance(error, json.JSONDecodeError):
        return ModelError("not-json", type(error).__name__)
    is_cut = error.msg.startswith("Unterminated string") or not text[error.pos :].strip("` \n")
    return ModelError("cut" if is_cut else "not-json", f"{error.lineno}:{error.colno}")


# The shape


def _answers(value: Any, ask: Ask) -> Iterator[SaidAnswer]:
    if not (ask.questions or ask.own):
        return
    for number, one in enumerate(_list(value, "answers")):
        path = f"answers[{number}]"
        answer = _dict(one, path)
        yield SaidAnswer(
            key=_text(answer.get("question_key"), f"{path}.question_key"),
            question=_text(answer.get("question"), f"{path}.question"),
            subject=_text(answer.get("subject"), f"{path}.subject"),
            is_not_in_paper=_flag(answer.get("not_in_paper"), f"{path}.not_in_paper"),
            sentences=_sentences(answer.get("sentences"), f"{path}.sentences"),
        )


def _sentences(value: Any, path: str) -> tuple[SaidSentence, ...]:
    found = _list(value, path)
    if len(found) > _MOST_SENTENCES:
        raise ModelError("too-long", path)
    return tuple(_sentence(one, f"{path}[{number}]") for number, one in enumerate(found))


def _sentence(value: Any, path: str) -> SaidSentence:
    sentence = _dict(value, path)
    evidence = _list(sentence.get("evidence"), f"{path}.evidence")
    return SaidSentence(
        ja=_text(sentence.get("ja"), f"{path}.ja"),
        evidence=tuple(_quote(one, f"{path}.evidence[{n}]") for n, one in enumerate(evidence)),
        is_item=_flag(sentence.get("item"), f"{path}.item"),
    )


def _quote(value: Any, path: str) -> SaidQuote:
    quote = _dict(value, path)
    key = _text(quote.get("passage_id"), f"{path}.passage_id")
    return SaidQuote(key, _text(quote.get("quote"), f"{path}.quote"))


def _dict(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ModelError("wrong-shape", path)
    return value


def _list(value: Any, path: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ModelError("wrong-shape", path)
    return value


def _text(value: Any, path: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ModelError("wrong-shape", path)
    return clean_line(value)


def _flag(value: Any, path: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise ModelError("wrong-shape", path)
    return bool(value)
