"""The broker's bell: a message only wakes a worker up, the truth about work is in rows.

No admin's request waits longer than three seconds for a broker, however much it asks for.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import current_app

log = logging.getLogger(__name__)
# A broker that took so long to fail is not rung again for so long, in seconds: who asks for ten
# papers would wait ten times for it. One that refuses at once costs nothing to ask.
SLOW, QUIET_FOR = 0.5, 15.0

_quiet_until: dict[str, float] = {}  # of this process, by the broker's address


def ring(task_name: str, *args: int, **options: Any) -> bool:
    """Send a task's message, with Celery's `options`; whether the broker took it. Never raises."""
    broker, began = str(current_app.conf.broker_url), time.monotonic()
    if began < _quiet_until.get(broker, 0.0):
        log.info("did not ring %s %s: the broker does not answer", task_name, args)
        return False
    try:
        current_app.send_task(task_name, args=list(args), **options)
    except Exception as error:  # kombu's transports raise their own kinds; each means "no broker"
        log.warning("could not ring %s %s: %s", task_name, args, error)
        if time.monotonic() - began > SLOW:
            _quiet_until[broker] = time.monotonic() + QUIET_FOR
        return False
    return True
