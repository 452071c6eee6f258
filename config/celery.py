"""The Celery application. A worker waits long for its broker, a web process never does."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
def be_patient(conf: Any = None, **_: Any) -> None:
    """Take the short timeouts of the web off: with a socket timeout of 10 s a worker stayed alive
    but never took a task again after its broker had stalled."""
    options = dict(conf.broker_transport_options, socket_timeout=None, socket_connect_timeout=5)
    conf.broker_transport_options = options


@worker_ready.connect
def say_hello(**_: Any) -> None:
    """Show that this worker really takes tasks, without waiting for the minute's beat."""
    app.send_task("papers.heartbeat")
