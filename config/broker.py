"""Which broker the house uses, and the one of a house without any: Redis's protocol, in memory.

`python -m config.broker --port 6390` serves until it is ended. What it forgets then is rung again
by the sweep, since the rows are the truth.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler

SERVERS = ("valkey-server", "redis-server")
HERE = "127.0.0.1"


class NoServer(Exception):
    """A private server is wanted, and none of SERVERS is on PATH."""


@dataclass(frozen=True)
class Plan:
    """`kind`: url, private or embedded. `argv`: what to start; empty where somebody else did."""

    kind: str
    url: str
    argv: tuple[str, ...] = ()


def plan(choice: str, url: str, folder: Path) -> Plan:
    """The broker for BROKER's value: the url's, else a private server that keeps its messages in
    `folder`, else the embedded one. Raises NoServer."""
    if url and choice in ("auto", "url"):
        return Plan("url", url)
    port = _free_port()
    here = f"redis://{HERE}:{port}/0"
    server = next(filter(None, map(shutil.which, SERVERS)), None)
    if choice == "embedded" or (choice == "auto" and not server):
        return Plan("embedded", here, (sys.executable, "-m", "config.broker", "--port", str(port)))
    if not server:
        raise NoServer
    kept = folder / "redis"
    kept.mkdir(exist_ok=True)
    options = ["--bind", HERE, "--dir", str(kept), "--appendonly", "yes", "--save", ""]
    return Plan("private", here, (server, "--port", str(port), *options, "--loglevel", "warning"))


def _free_port() -> int:
    with socket.create_server((HERE, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether a broker is there and lets us in."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):  # ValueError: not an address of Redis
        return False


class _Dialogue(TCPFakeRequestHandler):
    """fakeredis hangs up after every error; a real server says it and goes on. "No such script"
    is one, which a client answers by sending the script: workers lost their connection over it."""

    def setup(self) -> None:
        super().setup()
        read = self.current_client.read_response

        def read_or_error(*args: Any, **options: Any) -> Any:
            try:
                return read(*args, **options)
            except redis.ResponseError as error:
                return error  # which the handler writes as one

        self.current_client.read_response = read_or_error  # type: ignore[method-assign]


class EmbeddedBroker(TcpFakeServer):
    """fakeredis's server without Nagle's delay: 200 tasks took 17.9 s with it, and take 0.6 s."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, server_type="redis")
        self.RequestHandlerClass = _Dialogue
        self.daemon_threads = True  # fakeredis sets it off: the end would wait for every client

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m config.broker")
    parser.add_argument("--port", type=int, required=True)
    with EmbeddedBroker((HERE, parser.parse_args().port)) as broker:
        broker.serve_forever()


if __name__ == "__main__":
    main()
