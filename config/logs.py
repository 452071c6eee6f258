"""Lines of the log without what opens a door: whoever reads a log shall not come in by it. And
without what strangers could fill it with."""

import logging
import re
from copy import copy

# The addresses whose last part is a secret: of a preview, and of a new password.
SECRET = re.compile(r"(/preview/(?!issues/)|/accounts/password/reset/key/)[^/\s]+")


class Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith("django.security"):
            # A Host that is not ours, a path that leads out: one line tells it, not forty.
            record = copy(record)
            record.exc_info = record.exc_text = None
        return SECRET.sub(r"\1…", super().format(record))
