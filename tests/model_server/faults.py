"""What can go wrong with a model, each as a real thing on the wire.

A fault strikes at one of three stages: the draft that the model thinks of, the words that it says,
or the reply on the wire.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.local_arxiv.faults import FAULTS as WIRE
from tests.local_arxiv.faults import Reply, Wire
from tests.model_server.writer import Reading

OTHER_PAPER = (
    "We tune the learning rate of every gardener by hand and report the median harvest of plums."
)
ENGLISH = "The authors study a problem that earlier systems could not answer well enough."
CHINESE = "作者研究了以往系统无法充分回答的问题并报告了所有结果。"
_NEGATABLE = re.compile(r"\b(is|are|was|were|can|does|do|has|have)\b")
_QUOTED = re.compile(r"\"([^\"]{4,80})\"")


@dataclass(frozen=True)
class Fault:
    """A kind of FAULTS, with its value where it has one: `Fault("429", "7")`."""

    kind: str
    value: str = ""

    @classmethod
    def of(cls, text: "str | Fault") -> "Fault":
        """From "429:7", "hang" or a Fault; ValueError for a kind that there is not."""
        if isinstance(text, Fault):
            return text
        kind, _, value = text.partition(":")
        if kind not in FAULTS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(FAULTS)}")
        return cls(kind, value)


@dataclass(frozen=True)
class Spoken:
    """What the model says, and what the server adds to it."""

    content: str
    finish_reason: str = "stop"
    refusal: str | None = None
    has_usage: bool = True
    prompt_tokens: int | None = None


# The draft

Draft = dict[str, Any]


def _cited(draft: Draft) -> Iterator[dict[str, str]]:
    """Every quote of the first answer and of the summary."""
    answers = draft.get("answers") or [{}]
    for sentence in [*draft.get("summary", []), *answers[0].get("sentences", [])]:
        yield from sentence["evidence"]


def _said(draft: Draft) -> Iterator[dict[str, Any]]:
    yield from draft.get("summary", [])
    for answer in draft.get("answers", []):
        yield from answer["sentences"]


def _forged(draft: Draft, value: str, _: Reading) -> Draft:
    """value: number, negated, other or spliced."""
    quotes = list(_cited(draft))
    originals = [one["quote"] for one in quotes]
    for number, one in enumerate(quotes):
        after = originals[(number + 1) % len(originals)]
        one["quote"] = {
            "number": _with_another_number(one["quote"]),
            "negated": _NEGATABLE.sub(r"\1 not", f"It is the case that {one['quote']}", count=1),
            "other": OTHER_PAPER,
            "spliced": f"{one['quote'][:45]} {after[-45:]}",
        }[value]
    return draft


def _with_another_number(quote: str) -> str:
    digit = re.search(r"\d", quote)
    if digit is None:
        return f"{quote.rstrip('.')} in 97% of 1,300 cases."
    changed = str((int(digit.group()) + 1) % 10)
    return quote[: digit.start()] + changed + quote[digit.end() :]


def _speaking(words: str) -> "Callable[[Draft, str, Reading], Draft]":
    def speak(draft: Draft, _value: str, _reading: Reading) -> Draft:
        for sentence in _said(draft):
            sentence["ja"] = words
        return {**draft, **{key: words for key in draft if isinstance(draft[key], str)}}

    return speak


def _obeys(draft: Draft, value: str, reading: Reading) -> Draft:
    """Says everywhere what the paper wants to hear (in quotation marks), or `value`."""
    commands = (one.text for one in reading.passages if "ignore" in one.text.lower())
    wanted = value or next(iter(_QUOTED.findall(" ".join(commands))), "HACKED")
    return _speaking(f"この論文は{wanted}と評価すべきものです。")(draft, "", reading)


def _misplaced(draft: Draft, _value: str, _reading: Reading) -> Draft:
    """True quotes under another passage's id."""
    for one in _cited(draft):
        one["passage_id"] = "p99-99"
    return draft


def _bare(draft: Draft, _value: str, _reading: Reading) -> Draft:
    for sentence in _said(draft):
        sentence["evidence"] = []
    return draft


def _forgetful(draft: Draft, _value: str, _reading: Reading) -> Draft:
    return {**draft, "answers": draft.get("answers", [])[1:]}


def _mute(draft: Draft, value: str, _reading: Reading) -> Draft:
    """Says of the question `value`, or of all, that the paper does not answer it."""
    for answer in draft.get("answers", []):
        if value in ("", answer["question_key"]):
            answer.update(not_in_paper=True, sentences=[])
    return draft


def _long_title(draft: Draft, _value: str, _reading: Reading) -> Draft:
    return {**draft, "title_ja": "とても長い題名" * 8}


def _wrong_shape(draft: Draft, _value: str, _reading: Reading) -> Draft:
    return {**draft, "summary": "まとめの文だけを返します。"}


DRAFT_FAULTS: Mapping[str, Callable[[Draft, str, Reading], Draft]] = {
    "forged": _forged,
    "english": _speaking(ENGLISH),
    "chinese": _speaking(CHINESE),
    "obeys": _obeys,
    "misplaced": _misplaced,
    "no-evidence": _bare,
    "forgetful": _forgetful,
    "not-in-paper": _mute,
    "long-title": _long_title,
    "wrong-shape": _wrong_shape,
}


# The words

SPOKEN_FAULTS: Mapping[str, Callable[[Spoken, str], Spoken]] = {
    "not-json": lambda spoken, _: replace(spoken, content="はい、下書きを作りました。"),
    "bad-json": lambda spoken, _: replace(spoken, content=spoken.content.replace('": ', '" ', 3)),
    "fenced": lambda spoken, _: replace(
        spoken, content=f"下書きです。\n\n```json\n{spoken.content}\n```\nご確認ください。"
    ),
    "thinks": lambda spoken, _: replace(
        spoken, content=f"<think>{{The user wants}} a draft.</think>\n{spoken.content}"
    ),
    "empty": lambda spoken, _: replace(spoken, content=""),
    "cut": lambda spoken, _: replace(
        spoken, content=spoken.content[: len(spoken.content) // 2], finish_reason="length"
    ),
    "cut-unsaid": lambda spoken, _: replace(
        spoken, content=spoken.content[: len(spoken.content) // 2]
    ),
    "says": lambda spoken, value: replace(spoken, content=value),
    "content-filter": lambda spoken, _: replace(spoken, content="", finish_reason="content_filter"),
    "refuses": lambda spoken, _: replace(spoken, content="", refusal="I can't help with that."),
    "no-usage": lambda spoken, _: replace(spoken, has_usage=False),
    # Ollama reads what fits into its context and says nothing of the rest.
    "small-context": lambda spoken, value: replace(
        spoken, content="論文が見当たりません。", prompt_tokens=int(value or 512)
    ),
}


# The wire


def error_reply(
    status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """An error in the protocol's shape."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Reply(status, "application/json", json.dumps(body).encode(), dict(headers or {}))


def _error(
    status: int, message: str, code: str | None = None
) -> Callable[[Wire, Reply, str], None]:
    """`value` is the Retry-After."""

    def send(wire: Wire, _: Reply, value: str) -> None:
        wire.send(error_reply(status, message, code, {"Retry-After": value} if value else {}))

    return send


WIRE_FAULTS: Mapping[str, Callable[[Wire, Reply, str], None]] = {
    "400": _error(400, "Invalid request."),
    "402": _error(402, "Payment required."),
    "403": _error(403, "Country not supported."),
    "429": _error(429, "Rate limit reached.", "rate_limit_exceeded"),
    "quota": _error(429, "You exceeded your current quota.", "insufficient_quota"),
    "500": _error(500, "The server had an error."),
    "503": _error(503, "Overloaded."),
    "context": _error(
        400, "This model's maximum context length is 4096 tokens.", "context_length_exceeded"
    ),
    **{kind: WIRE[kind] for kind in ("hang", "drip", "drip-headers", "broken-off", "reset")},
    "html": WIRE["html"],
    "half-json": WIRE["cut"],
}

FAULTS = (*DRAFT_FAULTS, *SPOKEN_FAULTS, *WIRE_FAULTS)
