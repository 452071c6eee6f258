"""The figures that a person feels, measured on this machine: `python -m tests.measure`.

`--fast` leaves out the run at arXiv's real pace, which lasts half a minute.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.browser import seconds_from_paste_to_drafts, seconds_to_first_page
from tests.conftest import BROWSERS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.measure", description=__doc__)
    parser.add_argument("--fast", action="store_true", help="not at arXiv's pace")
    asked = parser.parse_args()
    programs = [Path(found) for name in BROWSERS if (found := shutil.which(name))]
    if not programs:
        sys.exit(f"no browser: install one of {', '.join(BROWSERS)}")
    _show("a fresh start to the first page", 60, seconds_to_first_page)
    paces = [(0.0, 15)] if asked.fast else [(0.0, 15), (3.0, 30)]
    for gap, goal in paces:
        what = f"six papers from paste to drafts, requests {gap:g} s apart"
        _show(what, goal, partial(seconds_from_paste_to_drafts, programs[0], gap))


def _show(what: str, goal: int, measure: Callable[[Path], float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(f"{what}: {measure(Path(folder) / 'var'):.1f} s (goal: {goal} s)", flush=True)


if __name__ == "__main__":
    main()
