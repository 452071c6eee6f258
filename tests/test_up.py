"""`manage.py up`: all in one terminal, on each of the three brokers, and nothing left over."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests

from config.broker import SERVERS, answers
from config.supervisor import Program, Supervisor
from tests.conftest import need
from tests.house import House, alive, free_port, scratch_database, wait_until

ASK_AND_WAIT = """
import time
from digests.models import PreviewJob
from papers import jobs
from tests.factories import make_preview
job = jobs.queue(PreviewJob(preview=make_preview()))
deadline = time.monotonic() + 300  # a bell that nobody heard is rung again within 60
while job.state != "done" and time.monotonic() < deadline:
    time.sleep(0.1)
    job.refresh_from_db()
print(job.state, job.attempt)
"""

# Asked to end, it waits until the other has been asked too, and says which had ended before it.
END_AFTER = """
import signal, sys, time
from pathlib import Path
name, other = sys.argv[1:]
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
Path(name + ".started").touch()
signal.sigwait({signal.SIGTERM})
Path(name + ".asked").touch()
while not Path(other + ".asked").exists():
    time.sleep(0.01)
print(*sorted(path.stem for path in Path().glob("*.ended")), flush=True)
Path(name + ".ended").touch()
"""


DEAF = """
import signal
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path("deaf.started").touch()
while True:
    signal.pause()
"""


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    with scratch_database() as database:
        yield database


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@dataclass(frozen=True)
class Stay:
    """What was seen of a house while it was up, and when it had been asked to end by a signal:
    `session` is the status of the desk after signing in, `left` the command lines of what ran on,
    `again` what a second start beside it said."""

    house: House
    session: int
    hosts: list[int]
    work: list[str]
    family: int
    again: str
    code: int
    left: list[str]


@pytest.fixture(scope="module")
def first_start(folder: Path, environ: dict[str, str]) -> Stay:
    """A house that has been up once, on an empty database and the embedded broker, and has
    ended. Every start takes seconds: what can be seen of one is seen of this one."""
    environ = {**environ, "BROKER": "embedded"}
    with House(folder, environ, by_option=True) as house:
        wait_until(lambda: bool(house.password), "the password")
        session = sign_in(house, house.password)
        hosts, work = pages(house), done(house)
        family, again = house.processes(), refused(folder, **environ)
        assert (folder / "broker").exists()
        house.process.send_signal(signal.SIGTERM)
        code = house.wait()
        left = [family[pid] for pid in alive(family)]
    return Stay(house, session, hosts, work, len(family), again, code, left)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis server that somebody else has started."""
    port = free_port()
    server = subprocess.Popen(
        [str(need(*SERVERS)), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    wait_until(lambda: answers(url), "the Redis server")
    yield url
    server.terminate()
    server.wait(60)


def sign_in(house: House, password: str) -> int:
    """The status of the admin's first page for the account, after signing in as a person does."""
    with requests.Session() as browser:
        form = browser.get(f"{house.url}/admin/", timeout=60)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token, form.text
        values = {"login": "editor", "password": password, "csrfmiddlewaretoken": token[1]}
        browser.post(form.url, data=values, headers={"Referer": form.url}, timeout=60)
        return browser.get(f"{house.url}/admin/", allow_redirects=False, timeout=60).status_code


def pages(house: House) -> list[int]:
    """The status of the desk's door under both names of this machine."""
    hosts = ("localhost", "127.0.0.1")
    return [
        requests.get(f"http://{host}:{house.port}/admin/", timeout=60).status_code for host in hosts
    ]


def done(house: House) -> list[str]:
    """State and attempts of a job that was given to the worker."""
    return house.shell(ASK_AND_WAIT).split()


def refused(folder: Path, *, by_option: bool = False, **environ: str) -> str:
    """What a start says that ends at once."""
    house = House(folder, environ, by_option=by_option)
    house.start()
    assert house.wait() == 1
    assert "Traceback" not in house.log
    return house.log


# ── the first start ─────────────────────────────────────────────────────────────────────────────
def test_the_first_start_prints_address_name_and_a_password_that_opens_the_desk(
    first_start: Stay,
) -> None:
    assert f"{first_start.house.url}/admin/desk/" in first_start.house.log
    assert first_start.session == 200


def test_the_first_start_warns_of_nothing(first_start: Stay) -> None:
    """A newcomer reads every line of it, and the sample is loaded before the worker lives."""
    before_the_worker = first_start.house.log.split("gunicorn")[0]
    assert "sample" in before_the_worker
    assert "WARNING" not in before_the_worker


def test_the_password_is_shown_once_and_stands_in_no_file(first_start: Stay, folder: Path) -> None:
    password = first_start.house.password
    assert first_start.house.log.count(password) == 1
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if password.encode() in path.read_bytes()]


def test_a_second_start_in_one_folder_is_refused(first_start: Stay, folder: Path) -> None:
    assert str(folder) in first_start.again


# ── each broker ─────────────────────────────────────────────────────────────────────────────────
def test_on_the_embedded_broker_pages_come_work_is_done_and_nothing_is_left_over(
    first_start: Stay, folder: Path
) -> None:
    assert ": embedded)" in first_start.house.log
    assert first_start.hosts == [200, 200]
    assert first_start.work == ["done", "1"]
    assert first_start.family == 6  # web has two workers
    assert (first_start.code, first_start.left) == (0, [])
    assert not (folder / "broker").exists()


@pytest.mark.usefixtures("first_start")
def test_on_a_private_broker_pages_come_work_is_done_and_nothing_is_left_over(
    folder: Path, environ: dict[str, str]
) -> None:
    need(*SERVERS)
    with House(folder, {**environ, "BROKER": "private"}) as house:
        assert ": private)" in house.log
        assert house.password == ""  # this is a later start
        assert pages(house) == [200, 200]
        assert done(house) == ["done", "1"]
        family = house.processes()
        assert len(family) == 6
        house.process.send_signal(signal.SIGTERM)
        assert house.wait() == 0
        assert not [family[pid] for pid in alive(family)]
    assert not (folder / "broker").exists()


@pytest.mark.usefixtures("first_start")
def test_on_somebody_else_s_broker_all_goes_well_and_a_second_ctrl_c_kills_what_does_not_end(
    folder: Path, environ: dict[str, str], redis_url: str
) -> None:
    with House(folder, {**environ, "BROKER": "url", "REDIS_URL": redis_url}) as house:
        assert ": url)" in house.log
        assert pages(house) == [200, 200]
        assert done(house) == ["done", "1"]
        family = house.processes()
        assert len(family) == 5
        worker = house.pid_of(" worker ")
        assert worker
        os.kill(worker, signal.SIGSTOP)
        house.process.send_signal(signal.SIGINT)
        wait_until(lambda: house.pid_of(" beat ") is None, "the end of beat")
        house.process.send_signal(signal.SIGINT)
        assert house.wait() == 0
        assert not alive(family)
    assert not (folder / "broker").exists()
    assert answers(redis_url)  # it is not ours to end


@pytest.mark.usefixtures("first_start")
def test_what_is_killed_is_started_again_and_all_end_with_their_parent(
    folder: Path, environ: dict[str, str]
) -> None:
    with House(folder, {**environ, "BROKER": "embedded"}) as house:
        killed = {words: house.pid_of(words) for words in (" worker ", "config.broker")}
        for pid in killed.values():
            assert pid
            os.kill(pid, signal.SIGKILL)
        for words, pid in killed.items():
            is_back = partial(_has_another, house, words, pid)
            wait_until(is_back, f"a new {words}")
        wait_until(lambda: answers((folder / "broker").read_text()), "an answer of the new broker")
        assert done(house) == ["done", "1"]
        family = house.processes()
        house.process.kill()
        wait_until(lambda: not alive(family), "the end of all children")


def _has_another(house: House, words: str, pid: int | None) -> bool:
    return house.pid_of(words) not in (None, pid)


def test_those_started_together_end_side_by_side_and_before_what_they_stand_on(
    tmp_path: Path,
) -> None:
    said: list[tuple[str, str]] = []
    supervisor = Supervisor(tmp_path, lambda name, line: said.append((name, line)))
    supervisor.start(_ending("broker", "broker"))
    supervisor.start(_ending("web", "worker"), _ending("worker", "web"))
    started = partial(_all_exist, tmp_path, ("broker.started", "web.started", "worker.started"))
    try:
        assert supervisor.tend_until(started, seconds=300)
    finally:
        supervisor.stop()
    wait_until(lambda: ("broker", "web worker") in said, "the broker to end last")
    assert _all_exist(tmp_path, ("broker.ended", "web.ended", "worker.ended"))


def test_who_does_not_end_is_killed_at_the_second_signal(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _name, _line: None)
    supervisor.start(Program("deaf", (sys.executable, "-c", DEAF), patience=3600))
    (child,) = supervisor.groups[0]
    started = partial(_all_exist, tmp_path, ("deaf.started",))
    try:
        assert supervisor.tend_until(started, seconds=300)
    finally:
        supervisor.signals = 2
        supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL


def _ending(name: str, other: str) -> Program:
    return Program(name, (sys.executable, "-c", END_AFTER, name, other), patience=300)


def _all_exist(folder: Path, names: tuple[str, ...]) -> bool:
    return all((folder / name).exists() for name in names)


# ── starts that are refused ─────────────────────────────────────────────────────────────────────
def test_a_taken_port_ends_at_once_and_says_what_to_do(tmp_path: Path) -> None:
    house = House(tmp_path / "var")
    with socket.create_server(("127.0.0.1", house.port)):
        house.start()
        assert house.wait() == 1
    assert f"make run PORT={house.port + 1}" in house.log
    assert "Traceback" not in house.log
    assert not (tmp_path / "var" / "db.sqlite3").exists()


def test_production_is_refused_and_gets_no_account(tmp_path: Path) -> None:
    said = refused(
        tmp_path,
        SITE_URL="https://digest.example",
        SECRET_KEY="x" * 60,
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert "compose.yaml" in said
    assert not (tmp_path / "db.sqlite3").exists()


def test_a_private_broker_without_a_server_says_what_is_missing(tmp_path: Path) -> None:
    assert "redis-server" in refused(tmp_path, BROKER="private", PATH="/nowhere")


def test_a_broker_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    said = refused(tmp_path, BROKER="url", REDIS_URL=f"redis://:geheim@{place}/0")
    assert place in said
    assert "geheim" not in said


def test_a_port_that_disagrees_with_site_url_is_refused(tmp_path: Path) -> None:
    assert "1234" in refused(tmp_path, by_option=True, SITE_URL="http://localhost:1234")
