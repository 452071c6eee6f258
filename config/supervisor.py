"""Processes that live and die together: restarted when they die, stopped in order, never left over.

Knows nothing of Django. Start and tend from one thread: on Linux a child is told of the end of the
thread that started it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import FrameType

LEASH = Path(__file__).with_name("leash.py")
POLL = 0.1
EARLY = 10.0  # seconds; a child that dies sooner may never have worked
EARLY_DEATHS = 6
LONGEST_DELAY = 30.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str, str], None]  # name, line


class GaveUp(Exception):
    """A child dies again and again as soon as it is started."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(name)
        self.name, self.code = name, code


class Stopped(Exception):
    """Somebody asked for the end."""


@dataclass(frozen=True)
class Program:
    """What to run. `patience`: seconds to end after SIGTERM before it is killed."""

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    patience: float = 10.0


class Child:
    """A program's process, of a session of its own: Ctrl-C reaches the supervisor alone."""

    def __init__(self, program: Program, folder: Path, say: Say) -> None:
        self.program, self.folder, self.say = program, folder, say
        self.early_deaths = 0
        self.due_at: float | None = None
        self.start()

    def start(self) -> None:
        self.due_at = None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-IS", str(LEASH), str(os.getpid()), *self.program.argv],
            cwd=self.folder,
            env={**os.environ, **self.program.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._pass_on, args=(self.process,), daemon=True).start()

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.say(self.program.name, line.decode(errors="replace").rstrip("\n"))

    def tend(self) -> int | None:
        """Start the process again when it is due; its exit code when it has just died."""
        code = self.process.poll()
        if code is None:
            return None
        if self.due_at is not None:
            if time.monotonic() >= self.due_at:
                self.start()
            return None
        self.kill()  # what it has left over may hold its port
        lived = time.monotonic() - self.started_at
        self.early_deaths = self.early_deaths + 1 if lived < EARLY else 1
        self.due_at = time.monotonic() + self.delay
        if self.early_deaths >= EARLY_DEATHS:
            raise GaveUp(self.program.name, code)
        return code

    @property
    def delay(self) -> float:
        """Seconds until the next start: half a second, doubling."""
        return min(0.25 * float(2**self.early_deaths), LONGEST_DELAY)

    def ask(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            self.process.terminate()
        self.deadline = time.monotonic() + self.program.patience

    def end(self, is_hurried: Callable[[], bool]) -> None:
        """After `ask()`: wait for its end, and kill what is left of it."""
        while self.process.poll() is None and time.monotonic() < self.deadline and not is_hurried():
            time.sleep(POLL / 2)
        self.kill()
        self.process.wait()

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # the whole group has ended


class Supervisor:
    """Starts programs in order and stops them in the opposite one; those of one `start()` end side
    by side. A first SIGINT, SIGTERM or SIGHUP stops, a second kills."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder, self.say = folder, say
        self.groups: list[list[Child]] = []
        self.signals = 0

    def listen(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.signals += 1

    def start(self, *programs: Program) -> None:
        group: list[Child] = []
        self.groups.append(group)  # first: what has been started is stopped if the next one fails
        for program in programs:
            group.append(Child(program, self.folder, self.say))

    def tend_until(self, is_over: Callable[[], bool], *, seconds: float = float("inf")) -> bool:
        """Keep all children running until `is_over()` or the time is up; whether it is over.
        Raises Stopped after a signal, and GaveUp."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.signals:
                raise Stopped
            if is_over():
                return True
            self._tend()
            time.sleep(POLL)
        return False

    def _tend(self) -> None:
        for child in chain.from_iterable(self.groups):
            code = child.tend()
            if code is not None:
                line = f"{child.program.name} ended ({code}), starts again in {child.delay:g} s"
                self.say("up", line)

    def stop(self) -> None:
        """End all children, those started last first; at a second signal kill them."""
        for group in reversed(self.groups):
            for child in group:
                child.ask()
            for child in group:
                child.end(lambda: self.signals > 1)
