"""A local arXiv: a real HTTP server that behaves as arXiv's API and PDF server do.

It knows only papers of our own, under ids that arXiv cannot have given (see corpus.py); any other
id is absent, as an unknown one is at arXiv. By hand: `python -m tests.local_arxiv --port 8099`.
"""

from tests.local_arxiv.corpus import PAPERS, Paper, PaperVersion, paper_named, weekly_list
from tests.local_arxiv.faults import FAULTS, Fault
from tests.local_arxiv.server import Asked, LocalArxiv

__all__ = [
    "FAULTS",
    "PAPERS",
    "Asked",
    "Fault",
    "LocalArxiv",
    "Paper",
    "PaperVersion",
    "paper_named",
    "weekly_list",
]
