"""The local arXiv by hand: `python -m tests.local_arxiv --port 8099`, ended by Ctrl-C."""

import argparse
import contextlib
import signal
import time
from pathlib import Path

from tests.local_arxiv import FAULTS, PAPERS, LocalArxiv
from tests.local_arxiv.atom import NEW, SHAPES

SAMPLE = Path(__file__).parents[2] / "digests" / "static" / "digests" / "sample"


def main() -> None:
    """Print the lines to start the site with, then serve."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
    asked = _arguments()
    with LocalArxiv(
        shape=asked.shape,
        port=asked.port,
        api_delay=asked.api_delay,
        pdf_rate=asked.pdf_rate,
        folder=asked.folder,
    ) as arxiv:
        for target, _, fault in (text.partition("=") for text in asked.fault):
            arxiv.script(target, fault, forever=asked.forever)
        print(f"ARXIV_API_URL={arxiv.api_url}")
        print(f"ARXIV_PDF_URL={arxiv.pdf_url}")
        print(f"# {len(PAPERS)} papers. In another terminal, start the site with both lines:")
        print(f"#   ARXIV_API_URL={arxiv.api_url} ARXIV_PDF_URL={arxiv.pdf_url} make run")
        print(f"# and paste on the desk what stands at {arxiv.url}/list.md", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.local_arxiv", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--shape", choices=SHAPES, default=NEW)
    parser.add_argument("--api-delay", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--pdf-rate", type=int, default=None, help="bytes a second")
    parser.add_argument("--folder", type=Path, default=SAMPLE, help="PDFs for /sample/NAME.pdf")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="TARGET=KIND[:VALUE]",
        help=f"as api=429:7 or pdf=drip; kinds: {', '.join(FAULTS)}",
    )
    parser.add_argument("--forever", action="store_true", help="the faults stay")
    return parser.parse_args()


if __name__ == "__main__":
    main()
