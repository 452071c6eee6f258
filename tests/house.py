"""The real `manage.py up` on a folder, a port and a database of its own; tests speak HTTP to it."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parents[1]
NOWHERE = "http://127.0.0.1:1"
OURS = ("SITE_URL", "VAR_DIR", "SECRET_KEY", "BROKER", "MEDIA_DIR")


def free_port() -> int:
    """A port that nothing listens on, below those which a system gives away by itself: between
    here and the start of the server, somebody's outgoing connection could get one of them."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def wait_until(is_so: Callable[[], bool], what: str, *, seconds: float = 120) -> None:
    """Fail the test with `what` when it has not come true in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.1)


@contextmanager
def scratch_database() -> Iterator[dict[str, str]]:
    """The environment of a house's database: SQLite in its folder, or a new database beside the
    one of DATABASE_URL, dropped in the end."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = f"house_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class House:
    """`with House(folder) as house:` is up when the block begins and has ended after it.

    `environ` goes on top of the test's own, without what would tie it to another house; arXiv is
    nowhere unless its addresses are given. The port is told by SITE_URL, or by --port.
    """

    def __init__(
        self, folder: Path, environ: Mapping[str, str] | None = None, *, by_option: bool = False
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.options = ["--port", str(self.port)] if by_option else []
        place = {} if by_option else {"SITE_URL": self.url}
        kept = {k: v for k, v in os.environ.items() if k not in OURS}
        self.environ = {
            **kept,
            **place,
            "VAR_DIR": str(folder),
            "ARXIV_API_URL": f"{NOWHERE}/api/query",
            "ARXIV_PDF_URL": f"{NOWHERE}/pdf",
            "LIST_HOSTS": "lists.invalid",  # beat would ask the real list on a Sunday evening
            **(environ or {}),
        }
        self.output = folder.parent / f"{folder.name}-{self.port}.log"

    def __enter__(self) -> Self:
        self.start()
        wait_until(
            lambda: self.is_ready or self.process.poll() is not None, "the house", seconds=300
        )
        assert self.is_ready, self.log
        return self

    def start(self) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *self.options],
                cwd=ROOT,
                env=self.environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.wait()

    def wait(self, seconds: float = 120) -> int:
        """Its exit code, once it has ended."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    @property
    def log(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def is_ready(self) -> bool:
        return f"{self.url} (" in self.log

    @property
    def password(self) -> str:
        """Of the account `editor`, if this was the first start."""
        found = re.search(r"\b\w{5}(?:-\w{5}){3}\b", self.log)
        return found[0] if found else ""

    def processes(self) -> dict[int, str]:
        """Pid and command line of all that descends from it, the oldest first."""
        table = subprocess.run(
            # -ww: COLUMNS, where it is set, would cut the command lines short
            ["ps", "-ww", "-eo", "pid=,ppid=,args=", "--sort=start_time"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        rows = [line.split(None, 2) for line in table.splitlines()]
        parents = {int(pid): int(parent) for pid, parent, _ in rows}

        def descends(pid: int) -> bool:  # numbers start anew when they run out: only parents tell
            while pid := parents.get(pid, 0):
                if pid == self.process.pid:
                    return True
            return False

        return {int(pid): args for pid, _, args in rows if descends(int(pid))}

    def pid_of(self, words: str) -> int | None:
        """The oldest of its processes with these words on its command line."""
        return next((pid for pid, args in self.processes().items() if words in args), None)

    def shell(self, code: str) -> str:
        """What Python code prints in a process of the house."""
        return subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env={**self.environ, "SITE_URL": self.url},
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        ).stdout


def alive(pids: Iterable[int]) -> set[int]:
    """Those that run; a dead process that nobody has buried does not."""
    table = subprocess.run(
        ["ps", "-eo", "pid=,stat="], check=True, capture_output=True, text=True
    ).stdout
    rows = (line.split() for line in table.splitlines())
    return {int(pid) for pid, state in rows if state[0] != "Z"} & set(pids)
