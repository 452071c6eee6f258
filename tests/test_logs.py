"""What a log does not tell."""

from __future__ import annotations

import logging
import sys

import pytest
from django.core.exceptions import DisallowedHost

from config.logs import Line
from config.settings import LOGGING
from digests.drafting import chat


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/preview/046127b02b74.y6KlIc-Y8_PF/", "/preview/…/"),
        ("/preview/046127b02b74.y6KlIc-Y8_PF", "/preview/…"),
        ("/preview/issues/12/", "/preview/issues/12/"),
        ("/accounts/password/reset/key/3-cz5x7-1a2b/", "/accounts/password/reset/key/…/"),
        ("/issues/2023-04-03/", "/issues/2023-04-03/"),
    ],
)
def test_an_address_that_opens_something_is_not_written_down(path: str, told: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
    assert Line("%(message)s").format(record) == f"Not Found: {told}"


@pytest.mark.parametrize(
    ("logger", "lines"), [("django.security.DisallowedHost", 1), ("django.request", 4)]
)
def test_a_stranger_s_nonsense_is_one_line_and_a_fault_of_ours_is_told_whole(
    logger: str, lines: int
) -> None:
    try:
        raise DisallowedHost("evil.example")
    except DisallowedHost:
        record = logging.LogRecord(logger, logging.ERROR, "", 0, "Bad", (), sys.exc_info())

    written = Line("%(message)s").format(record)

    assert len(written.splitlines()) >= lines
    assert ("Traceback" in written) == (lines > 1)
    assert record.exc_info  # other handlers have it still


def test_the_house_writes_its_log_by_these_lines() -> None:
    assert LOGGING["formatters"]["line"]["()"] == "config.logs.Line"  # type: ignore[index]
    assert LOGGING["handlers"]["console"]["formatter"] == "line"  # type: ignore[index]


def test_the_address_of_the_model_is_not_written_down() -> None:
    """LLM_BASE_URL may hold a name and a password."""
    level = LOGGING["loggers"]["httpx2"]["level"]  # type: ignore[index]
    assert logging.getLevelName(level) > logging.INFO
    assert "httpx2" in chat.__dict__  # what the client speaks through
