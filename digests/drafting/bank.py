"""The standard questions as we ship them. Editors change their own copy in the admin."""

import json
from pathlib import Path

from digests.drafting.types import BankQuestion

_BANK = Path(__file__).with_name("bank.json")


def default_bank() -> tuple[BankQuestion, ...]:
    """Every question of bank.json, in its order."""
    rows = json.loads(_BANK.read_text(encoding="utf-8"))
    return tuple(BankQuestion(**row) for row in rows)
