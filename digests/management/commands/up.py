"""One command, one terminal, one Ctrl-C: broker, web, worker and beat of a laptop's house."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import http.client
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from threading import Lock
from typing import Any, NoReturn
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from config import broker
from config.supervisor import GaveUp, Program, Stopped, Supervisor
from digests.models import Editor, Issue
from papers.models import Paper

LOCALHOST = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))  # what the name may mean
WORKERS, THREADS, SLOTS = "2", "4", "10"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
FIRST_NAME, FIRST_PEN_NAME = "editor", "編集部"


class Command(BaseCommand):
    help = "Start broker, web, worker and beat on this machine; Ctrl-C stops them all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="default: that of SITE_URL, else 8000")

    def handle(self, *args: Any, port: int | None, **options: Any) -> None:
        _refuse_production()
        port = _agree_on_port(port)
        _refuse_taken_port(port)
        self.writing = Lock()
        supervisor = Supervisor(settings.BASE_DIR, self.say)
        with _alone():
            supervisor.listen()
            try:
                self.run(supervisor, port)
            except Stopped:
                self.say("up", _("stopping"))
            except GaveUp as error:
                raise CommandError(
                    _("%(name)s ends whenever it is started (%(code)s); its last lines say why.")
                    % {"name": error.name, "code": error.code}
                ) from error
            finally:
                supervisor.stop()
                settings.BROKER_FILE.unlink(missing_ok=True)

    def say(self, name: str, line: str) -> None:
        """A line with its origin; lines of two origins never mix."""
        with self.writing:
            self.stdout.write(f"{name:>6} | {line}")
            self.stdout.flush()

    def run(self, supervisor: Supervisor, port: int) -> None:
        """Everything, from the broker to the end; Stopped ends it."""
        kind = _start_broker(supervisor)
        _migrate()
        _collect_static()
        is_first = not Editor.objects.exists()
        if is_first:
            self.load_sample()
        connection.close()
        supervisor.start(*_programs(port))
        if not supervisor.tend_until(lambda: _site_answers(port), seconds=60):
            raise CommandError(_("The site does not answer; the lines above say why."))
        ready = {"url": settings.SITE_URL, "kind": kind}
        self.say("up", _("ready at %(url)s (broker: %(kind)s); Ctrl-C stops") % ready)
        if is_first:
            self.introduce(_make_account())
        supervisor.tend_until(lambda: False)

    def load_sample(self) -> None:
        """The sample, into an empty house only."""
        if Issue.objects.exists() or Paper.objects.exists():
            return
        if "load_sample" not in get_commands():
            self.say("up", _("no sample: there is no command load_sample"))
            return
        said = StringIO()
        call_command("load_sample", stdout=said)
        for line in said.getvalue().splitlines():
            self.say("up", line)

    def introduce(self, password: str) -> None:
        """Name and password, here and now only: no file and no other log has them."""
        rule = "═" * 66
        lines = [
            "",
            rule,
            _("Your first account. The password is shown only this once."),
            "",
            f"    {settings.SITE_URL}/{settings.ADMIN_PATH}desk/",
            "    " + _("name:     %(name)s") % {"name": FIRST_NAME},
            "    " + _("password: %(password)s") % {"password": password},
            "",
            _("To change it: python manage.py changepassword %(name)s") % {"name": FIRST_NAME},
            rule,
            "",
        ]
        with self.writing:
            self.stdout.write("\n".join(lines))
            self.stdout.flush()


# ── what must be so before anything starts ──────────────────────────────────────────────────────
def _refuse_production() -> None:
    if not settings.LAPTOP:
        raise CommandError(
            _(
                "SITE_URL is %(url)s: production. `up` makes a laptop's house, with an account and "
                "a sample. Start web, worker and beat one by one, as compose.yaml does."
            )
            % {"url": settings.SITE_URL}
        )


def _agree_on_port(port: int | None) -> int:
    """The port of SITE_URL. Where only --port is given, the command begins anew with a SITE_URL
    that names it, so that every setting that is made of the address agrees."""
    named = urlsplit(settings.SITE_URL).port or 80
    if port is None or port == named:
        return named
    if os.environ.get("SITE_URL", "").strip():
        raise CommandError(
            _("SITE_URL names port %(named)d and --port %(port)d. Give only one of them.")
            % {"named": named, "port": port}
        )
    return _begin_anew(port)


def _begin_anew(port: int) -> NoReturn:
    os.environ["SITE_URL"] = f"http://localhost:{port}"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _refuse_taken_port(port: int) -> None:
    for family, host in _addresses():
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as error:
                raise CommandError(_why_no_port(port, error)) from error


def _addresses() -> list[tuple[int, str]]:
    """Those of LOCALHOST that this machine has."""
    found: list[tuple[int, str]] = []
    for family, host in LOCALHOST:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((host, 0))
        except OSError:  # no IPv6 here
            continue
        found.append((family, host))
    return found


def _why_no_port(port: int, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return _(
            "Port %(port)d is taken, perhaps by another `make run`. Stop that one, or take another "
            "port: make run PORT=%(other)d (manage.py up --port %(other)d)."
        ) % {"port": port, "other": port + 1}
    return _("Port %(port)d can't be used: %(error)s") % {"port": port, "error": error}


@contextmanager
def _alone() -> Iterator[None]:
    """Two of us on one VAR_DIR would take each other's broker."""
    with (settings.VAR_DIR / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(
                _("Another `up` works on %(folder)s. Stop it, or set another VAR_DIR.")
                % {"folder": settings.VAR_DIR}
            ) from error
        yield


# ── what the processes stand on ─────────────────────────────────────────────────────────────────
def _start_broker(supervisor: Supervisor) -> str:
    """Start the broker, if it is ours to start, and leave its address where the settings of the
    other processes look for it; its kind."""
    try:
        plan = broker.plan(settings.BROKER, settings.REDIS_URL, settings.VAR_DIR)
    except broker.NoServer as error:
        message = _("BROKER is `private`, and none of these is installed: %(names)s")
        raise CommandError(message % {"names": ", ".join(broker.SERVERS)}) from error
    if plan.argv:
        supervisor.start(Program("broker", plan.argv))
    patience = 60 if plan.argv else 3  # ours may start slowly, and one that dies is noticed
    if not supervisor.tend_until(lambda: broker.answers(plan.url), seconds=patience):
        place = urlsplit(plan.url)  # not the whole address: it may hold a password
        raise CommandError(
            _("No broker answers at %(host)s. Is REDIS_URL right, and does its server run?")
            % {"host": place.netloc.rpartition("@")[2]}
        )
    settings.BROKER_FILE.touch(mode=0o600)
    settings.BROKER_FILE.write_text(plan.url, encoding="utf-8")
    current_app.conf.broker_url = plan.url  # this process read its settings before there was one
    return plan.kind


def _migrate() -> None:
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        message = _("The database of DATABASE_URL does not answer: %(error)s")
        raise CommandError(message % {"error": error}) from error


def _collect_static() -> None:
    """Collect anew only when a file has changed: packing them takes seconds."""
    stamp = settings.STATIC_ROOT.with_suffix(".stamp")
    now = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == now:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(now, encoding="utf-8")


def _fingerprint() -> str:
    """Of all static files by name, time and size."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            time = storage.get_modified_time(path).timestamp()
            digest.update(f"{path} {time} {storage.size(path)}\n".encode())
    return digest.hexdigest()


def _make_account() -> str:
    """The first editor's account; its password."""
    groups = ["".join(secrets.choice(LETTERS) for _i in range(5)) for _g in range(4)]
    password = "-".join(groups)
    Editor.objects.create_superuser(FIRST_NAME, password=password, pen_name=FIRST_PEN_NAME)
    connection.close()
    return password


# ── the processes ───────────────────────────────────────────────────────────────────────────────
def _programs(port: int) -> list[Program]:
    environ = {"PYTHONUNBUFFERED": "1"}
    python = (sys.executable, "-m")
    bind = [f"--bind={f'[{host}]' if ':' in host else host}:{port}" for _f, host in _addresses()]
    web = (*python, "gunicorn", "config.wsgi", *bind, "--no-control-socket", "--preload")
    celery = (*python, "celery", "--quiet", "-A", "config")
    worker = (*celery, "worker", "-P", "threads", "-c", SLOTS, "-l", "INFO")
    return [
        Program("web", (*web, "--workers", WORKERS, "--threads", THREADS), environ),
        Program(
            "worker",
            (*worker, "--without-gossip", "--without-mingle"),
            {**environ, "REMAP_SIGTERM": "SIGQUIT"},  # a soft shutdown: tasks may end
            patience=settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT + 5,
        ),
        Program("beat", (*celery, "beat", "-l", "INFO"), environ),
    ]


def _site_answers(port: int) -> bool:
    """Whether any page comes back, whatever it says."""
    site = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        site.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
        site.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        site.close()
    return True
