"""The server: /v1/chat/completions and /v1/models, a log of what was asked, faults on request."""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.local_arxiv.faults import Reply, Wire
from tests.model_server.faults import (
    DRAFT_FAULTS,
    SPOKEN_FAULTS,
    WIRE_FAULTS,
    Fault,
    Spoken,
    error_reply,
)
from tests.model_server.writer import read_prompt, write_draft

_CACHE_FROM, _CACHE_STEP = 1024, 128  # tokens, as at OpenAI


@dataclass(frozen=True)
class Asked:
    """One request: `at` in seconds of the monotonic clock; names of headers in lower case."""

    at: float
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        return "\n".join(one["content"] for one in self.body.get("messages", []))

    @property
    def form(self) -> str:
        """json_schema, json_object or text."""
        return str(self.body.get("response_format", {}).get("type", "text"))


class ModelServer:
    """A model on a free port of 127.0.0.1, for as long as the `with` block lasts.

    `forms` are the response formats that it takes, others get a 400; with `obeys_forms` off they
    are taken and ignored. With a `key` it refuses every other. `delay` seconds stand before each
    answer. `limit_name` is the only name of the token limit that it takes, if one is given.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        model: str = "local-model",
        key: str = "",
        forms: Sequence[str] = ("json_schema", "json_object"),
        obeys_forms: bool = True,
        limit_name: str = "",
        delay: float = 0.0,
    ) -> None:
        self.model, self.key, self.delay = model, key, delay
        self.forms, self.obeys_forms, self.limit_name = (*forms, "text"), obeys_forms, limit_name
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._log: list[Asked] = []
        self._prompts: list[str] = []
        self._faults: deque[Fault] = deque()
        self._lasting: Fault | None = None
        self._server = _Server(port, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def requests(self) -> list[Asked]:
        """Every chat completion asked for so far, in order."""
        with self._lock:
            return list(self._log)

    def script(self, *faults: Fault | str, forever: bool = False) -> None:
        """The next requests each meet the next of these faults ("" for none); then all is well
        again, or with `forever` the last one stays."""
        steps = [Fault.of(fault) if fault else _NONE for fault in faults]
        with self._lock:
            self._faults.extend(steps)
            if forever:
                self._lasting = steps[-1]

    def models(self, handler: BaseHTTPRequestHandler) -> None:
        """GET /v1/models."""
        body = {"object": "list", "data": [{"id": self.model, "object": "model", "owned_by": "us"}]}
        reply = Reply(200, "application/json", json.dumps(body).encode())
        Wire(handler, self.closing).send(reply if handler.path == "/v1/models" else _not_found())

    def complete(self, handler: BaseHTTPRequestHandler) -> None:
        """POST /v1/chat/completions: log the request, then answer it or let its fault happen."""
        size = int(handler.headers.get("Content-Length", 0))
        asked = Asked(
            time.monotonic(),
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            json.loads(handler.rfile.read(size) or b"{}"),
        )
        with self._lock:
            self._log.append(asked)
            fault = self._faults.popleft() if self._faults else self._lasting or _NONE
        self.closing.wait(self.delay)
        reply = self._refusal(asked) or self._answer(asked, fault)
        wire = Wire(handler, self.closing)
        with suppress(ConnectionError):
            action = WIRE_FAULTS.get(fault.kind)
            action(wire, reply, fault.value) if action else wire.send(reply)

    def _refusal(self, asked: Asked) -> Reply | None:
        if not asked.path.endswith("/v1/chat/completions"):
            return _not_found()
        sent = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if self.key and sent != self.key:
            return error_reply(401, f"Incorrect API key provided: {sent}.", "invalid_api_key")
        model = asked.body.get("model")
        if model != self.model:
            return error_reply(404, f"The model `{model}` does not exist.", "model_not_found")
        if asked.form not in self.forms:
            return error_reply(400, f"response_format.type {asked.form} is not supported")
        for name in ("max_tokens", "max_completion_tokens"):
            if self.limit_name not in ("", name) and name in asked.body:
                return error_reply(
                    400, f"Unsupported parameter: '{name}'.", "unsupported_parameter"
                )
        if asked.form == "json_object" and "json" not in asked.prompt.lower():
            return error_reply(400, "'messages' must contain the word 'json' in some form.")
        return None

    def _answer(self, asked: Asked, fault: Fault) -> Reply:
        spoken = Spoken(self._words(asked, fault))
        change = SPOKEN_FAULTS.get(fault.kind)
        spoken = change(spoken, fault.value) if change else spoken
        message = {"role": "assistant", "content": spoken.content, "refusal": spoken.refusal}
        choice = {"index": 0, "message": message, "finish_reason": spoken.finish_reason}
        body: dict[str, Any] = {
            "id": f"chatcmpl-{len(self._prompts)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.model,
            "choices": [choice],
        }
        if spoken.has_usage:
            body["usage"] = self._usage(asked.prompt, spoken)
        return Reply(200, "application/json", json.dumps(body).encode())

    def _words(self, asked: Asked, fault: Fault) -> str:
        reading = read_prompt(asked.prompt)
        is_form_obeyed = asked.form != "text" and self.obeys_forms
        if not reading.passages:
            is_json = is_form_obeyed or "JSON" in asked.prompt
            return '{"reply": "pong"}' if is_json else "pong"
        if asked.form != "text" and not self.obeys_forms:
            return "承知しました。下書きは次のとおりです。課題に取り組む研究です。"
        draft = write_draft(reading)
        change = DRAFT_FAULTS.get(fault.kind)
        draft = change(draft, fault.value, reading) if change else draft
        text = json.dumps(draft, ensure_ascii=False, indent=1)
        return text if is_form_obeyed else f"下書きです。\n```json\n{text}\n```"

    def _usage(self, prompt: str, spoken: Spoken) -> dict[str, Any]:
        with self._lock:
            known = max((_shared(prompt, one) for one in self._prompts), default=0)
            self._prompts.append(prompt)
        cached = _tokens(prompt[:known]) // _CACHE_STEP * _CACHE_STEP
        tokens_in, tokens_out = spoken.prompt_tokens or _tokens(prompt), _tokens(spoken.content)
        return {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
            "prompt_tokens_details": {"cached_tokens": cached if cached >= _CACHE_FROM else 0},
        }


_NONE = Fault("")


def _tokens(text: str) -> int:
    """As a tokenizer might count: four letters of English, or one of Japanese."""
    japanese = sum(character >= "\u3000" for character in text)
    return japanese + (len(text) - japanese) // 4


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _not_found() -> Reply:
    return Reply(404, "text/plain", b"404 page not found")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, house: ModelServer) -> None:
        self.house = house
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self.server.house.models(self)

    def do_POST(self) -> None:
        self.server.house.complete(self)

    def log_message(self, format: str, *args: Any) -> None:
        """The log is in `requests`."""
