"""The wire to a model: one conversation with a server that speaks OpenAI's chat completions.

The SDK's own retries are off, and its timeout is none: it counts from byte to byte, so that a
server which drips holds a worker for good. Each request runs under a deadline of ours instead.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from digests.drafting.costs import Prices, Usage, added, cost_of
from digests.drafting.prompts import Prompt
from digests.drafting.said import ModelError
from digests.drafting.selection import tokens_of

if TYPE_CHECKING:
    import openai

MODES = ("schema", "json", "text")
_LONGEST_WAIT = 30.0  # seconds; a longer Retry-After is for the queue to wait out, not a worker
_NO_KEY = "none"  # what local servers are sent, which ask for none

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class ModelConfig:
    """A server and a model. Prices per million tokens; None where not known.

    `timeout` bounds one request in seconds, `deadline` all of a draft: keep it below the lease of
    the job. `retries` are for the transport alone, `pause` is the first one's longest wait.
    `mode` is auto, or one of MODES to use no other.
    """

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 120.0
    retries: int = 2
    price_in: Decimal | None = None
    price_cached: Decimal | None = None
    price_out: Decimal | None = None
    currency: str = "JPY"
    max_tokens_out: int = 8000
    mode: str = "auto"
    deadline: float = 240.0
    pause: float = 2.0

    @property
    def prices(self) -> Prices:
        return Prices(self.price_in, self.price_cached, self.price_out)


def messages_of(prompt: Prompt) -> Callable[[str], Messages]:
    return lambda _mode: prompt.messages()


class ChatSession:
    """What is asked within one deadline, what it cost, and which form the server can do."""

    def __init__(self, config: ModelConfig) -> None:
        self.config = config
        self.mode = MODES[0] if config.mode == "auto" else config.mode
        self.raw: list[str] = []
        self._spent: list[Usage] = []
        self._ends_at = time.monotonic() + config.deadline
        self._limit_names = _limit_names(config.base_url)

    @property
    def calls(self) -> int:
        """How many answers came, good or bad."""
        return len(self._spent)

    @property
    def usage(self) -> Usage:
        return added(self._spent, self.config.prices)

    def ask(self, messages: Callable[[str], Messages], schema: Mapping[str, Any]) -> str:
        """The text of the server's answer. `messages` are made for the mode in use.

        What the server refuses without an answer (a form, a parameter) is asked for in another
        way. Raises ModelError.
        """
        while True:
            try:
                sent = messages(self.mode)
                completion = self._patiently(self._arguments(sent, schema))
            except ModelError as error:
                if not self._give_way(error):
                    raise
            else:
                return self._text_of(completion, "\n".join(one["content"] for one in sent))

    def fall_back(self) -> bool:
        """Go on in the next plainer form; False if there is none, or one was set."""
        if self.config.mode != "auto" or self.mode == MODES[-1]:
            return False
        self.mode = MODES[MODES.index(self.mode) + 1]
        return True

    def refuse_cut_prompt(self, prompt: Prompt) -> None:
        """Raise too-long if the server read but a part of the prompt.

        Ollama cuts a prompt to its context (4,096 tokens unless told otherwise) without a word.
        """
        seen = self._spent[-1].tokens_in
        estimate = tokens_of(prompt.text())
        if seen and seen < estimate / 3:
            raise ModelError("too-long", f"{seen}/{estimate}")

    def _arguments(self, messages: Messages, schema: Mapping[str, Any]) -> dict[str, Any]:
        """No temperature: models that think refuse any but their own."""
        arguments: dict[str, Any] = {"model": self.config.model, "messages": messages}
        arguments[self._limit_names[0]] = self.config.max_tokens_out
        if self.mode == "schema":
            named = {"name": "draft", "strict": True, "schema": schema}
            arguments["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.mode == "json":
            arguments["response_format"] = {"type": "json_object"}
        return arguments

    def _give_way(self, error: ModelError) -> bool:
        if error.code != "refused":
            return False
        if len(self._limit_names) > 1 and self._limit_names[0] in error.value:
            self._limit_names = self._limit_names[1:]
            return True
        return self.fall_back()

    def _patiently(self, arguments: dict[str, Any]) -> Any:
        """The server's answer, after as many tries as the config and the deadline allow."""
        for number in range(self.config.retries + 1):
            try:
                return _completion(self.config, arguments, self._seconds_left())
            except ModelError as error:
                wait = max(error.retry_after or 0.0, self._pause(number))
                is_last = number == self.config.retries
                if not error.is_passing or is_last or wait > self._longest_wait():
                    raise
                time.sleep(wait)
        raise AssertionError("not reached: the last try returns or raises")

    def _seconds_left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise ModelError("timeout", f"{self.config.deadline:g}", is_passing=True)
        return min(left, self.config.timeout)

    def _longest_wait(self) -> float:
        return min(_LONGEST_WAIT, self._ends_at - time.monotonic())

    def _pause(self, number: int) -> float:
        return random.uniform(0, self.config.pause * 2**number)

    def _text_of(self, completion: Any, prompt: str) -> str:
        """The answer's text, once its cost is noted. ModelError for one that is none."""
        choices = getattr(completion, "choices", None)
        if not choices:
            raise ModelError("server-error", "no choices", is_passing=True)
        message = choices[0].message
        text = getattr(message, "content", None) or ""
        text = text if isinstance(text, str) else ""
        usage = _usage_of(completion, self.config.prices)
        self._spent.append(_estimated(usage, prompt, text, self.config.prices))
        self.raw.append(text)
        if choices[0].finish_reason == "length":
            raise ModelError("cut", "length")
        if choices[0].finish_reason == "content_filter" or getattr(message, "refusal", None):
            raise ModelError("content-filter")
        if not text.strip():
            raise ModelError("empty")
        return text


def _limit_names(base_url: str) -> tuple[str, ...]:
    """The names of the limit on the answer's tokens, likelier first: OpenAI's newer models refuse
    the old one, many local servers do not know the new one."""
    try:
        address = urlsplit(base_url)
    except ValueError:
        raise ModelError("bad-address") from None
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ModelError("bad-address")
    is_new = address.hostname.endswith(("openai.com", "azure.com"))
    names = ("max_completion_tokens", "max_tokens")
    return names if is_new else names[::-1]


def _usage_of(completion: Any, prices: Prices) -> Usage:
    usage = getattr(completion, "usage", None)
    if usage is None:
        return Usage(None, None, None, calls=1)
    tokens_in, tokens_out = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    details = getattr(usage, "prompt_tokens_details", None)
    cached = _count(details, "cached_tokens") or 0
    cost = cost_of(tokens_in, cached, tokens_out, prices)
    return Usage(tokens_in, cached, tokens_out, 1, cost)


def _estimated(usage: Usage, prompt: str, answer: str, prices: Prices) -> Usage:
    """With what it cost by our own count, where the server did not count: else a month's budget
    would never be reached."""
    if usage.cost is not None:
        return usage
    estimate = cost_of(tokens_of(prompt), 0, tokens_of(answer), prices)
    return replace(usage, estimate=estimate)


def _count(counts: Any, name: str) -> int | None:
    value = getattr(counts, name, None)
    return value if isinstance(value, int) and value >= 0 else None


# One request


def _completion(config: ModelConfig, arguments: dict[str, Any], seconds: float) -> Any:
    """The SDK's answer to one request, within `seconds`; ModelError for whatever else happens."""
    import openai  # 21 MB and 0.4 s in each process, of which most never ask a model

    try:
        return asyncio.run(_request(config, arguments, seconds))
    except (TimeoutError, openai.APITimeoutError):
        raise ModelError("timeout", f"{seconds:.0f}", is_passing=True) from None
    except openai.APIStatusError as error:
        raise _status_error(error, config) from None
    except openai.APIConnectionError as error:
        raise _connection_error(error) from None
    except httpx2.InvalidURL:
        raise ModelError("bad-address") from None
    except UnicodeError:  # a key with letters that no header can hold
        raise ModelError("refused-key") from None
    except (openai.OpenAIError, ValueError) as error:  # a body that is not JSON
        raise ModelError("server-error", type(error).__name__, is_passing=True) from None


async def _request(config: ModelConfig, arguments: dict[str, Any], seconds: float) -> Any:
    import openai  # as above

    client = openai.AsyncOpenAI(
        base_url=config.base_url,
        api_key=config.api_key or _NO_KEY,
        max_retries=0,
        timeout=None,
        http_client=openai.DefaultAsyncHttpxClient(verify=_certificates(), timeout=None),
    )
    create: Any = client.chat.completions.create
    async with client, asyncio.timeout(seconds):
        return await create(**arguments)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: it takes longer (0.1 s) than a request to a server near by."""
    return httpx2.create_ssl_context()


def _connection_error(error: openai.APIConnectionError) -> ModelError:
    cause = error.__cause__
    if isinstance(cause, httpx2.RemoteProtocolError) and "incomplete" in str(cause):
        return ModelError("cut", "connection", is_passing=True)
    return ModelError("unreachable", type(cause).__name__ if cause else "", is_passing=True)


_TOO_LONG = ("context_length", "context length", "context size", "context window", "too long")


def _status_error(error: openai.APIStatusError, config: ModelConfig) -> ModelError:
    status, words = error.status_code, _words_of(error, config.api_key)
    after = _retry_after(error.response.headers)
    if status == 402 or (status == 429 and error.code == "insufficient_quota"):
        return ModelError("no-credit")
    if status == 429:
        return ModelError("rate-limited", retry_after=after, is_passing=True)
    if status in (408, 409) or status >= 500:
        return ModelError("server-error", str(status), retry_after=after, is_passing=True)
    if status in (401, 403):
        return ModelError("refused-key", str(status))
    if status == 404:
        if "model" in words.lower():
            return ModelError("unknown-model", config.model)
        return ModelError("unreachable", "404")
    if any(sign in words.lower() for sign in _TOO_LONG) or status == 413:
        return ModelError("too-long", words)
    return ModelError("refused", words)


def _words_of(error: openai.APIStatusError, key: str) -> str:
    """What the server said of it, without the key, which some servers repeat."""
    words = " ".join(filter(None, (error.code, error.message)))
    return (words.replace(key, "…") if key else words)[:300]


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds, from a number or a date; None without one that can be read."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0.0)
