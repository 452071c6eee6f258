"""Requests under one deadline, which ends them whatever they are waiting for.

A read timeout starts again with every byte, so a server that drips would hold a worker for hours;
closing the socket under the waiting thread is what ends it in headers and body alike.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from os import dup
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

_CHUNK = 65_536


class WatchedError(Exception):
    """Codes: timeout (no connection, no answer or not all of it in time), unreachable (no such
    host, connection refused or reset, TLS failed), cut (the answer ended too early), bad-address.
    """

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code}: {value}" if value else code)
        self.code = code
        self.value = value


class Watch:
    """The deadline of one call, in seconds from `with`; its methods raise WatchedError."""

    def __init__(self, seconds: float) -> None:
        self._is_over = False
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Watch":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()

    def session(self) -> requests.Session:
        """A session whose connections end with the watch; use it in a `with`."""
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _WatchedAdapter(self))
        return session

    def get(
        self, session: requests.Session, url: str, *, connect: float, read: float
    ) -> requests.Response:
        """What answers at this address, its body not yet read; a redirect is not followed.

        `connect` and `read` are seconds for the connection and between two bytes.
        """
        left = self.left()
        limits = (min(connect, left), min(read, left))
        try:
            return session.get(url, stream=True, allow_redirects=False, timeout=limits)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._error(error, otherwise="unreachable") from error

    def chunks(self, reply: requests.Response) -> Iterator[bytes]:
        """The body, decompressed; "cut" when it ends before its announced length."""
        try:
            yield from reply.iter_content(_CHUNK)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._error(error, otherwise="cut") from error
        self.left()  # without an announced length our own closing looks like the end of the body

    def left(self) -> float:
        """Seconds left; "timeout" when there are none."""
        left = self._ends_at - time.monotonic()
        if self._is_over or left <= 0:
            raise WatchedError("timeout")
        return left

    def pause(self, seconds: float) -> None:
        """Wait, but not past the deadline."""
        time.sleep(min(seconds, self.left()))

    def add(self, connected: socket.socket) -> None:
        """Watch over a connection. The twin stays valid when TLS or urllib3 replaces the first."""
        with self._lock:
            self._twins.append(socket.socket(fileno=dup(connected.fileno())))
        if self._is_over:
            self._end()

    def _end(self) -> None:
        self._is_over = True
        with self._lock:
            for twin in self._twins:
                with suppress(OSError):  # already closed by the other side
                    twin.shutdown(socket.SHUT_RDWR)

    def _error(self, error: Exception, *, otherwise: str) -> WatchedError:
        cause = error.args[0] if error.args else None
        is_late = isinstance(error, requests.Timeout) or isinstance(cause, ReadTimeoutError)
        if self._is_over or is_late:
            return WatchedError("timeout")
        if isinstance(error, ValueError):  # requests and urllib3 say so of an address that is none
            return WatchedError("bad-address", str(error))
        return WatchedError(otherwise, type(error).__name__)


class _WatchedAdapter(HTTPAdapter):
    """requests' own adapter, whose connections stand under a watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _watched(pool.ConnectionCls, self._watch)
        return pool


def _watched(connection_class: Any, watch: Watch) -> Any:
    class Watched(connection_class):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            watch.add(self.sock)

    return Watched
