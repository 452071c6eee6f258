"""From the PDF of a version to its passages, and the child process that does it within limits.

`python -m papers.fulltext FILE [--title T]` prints one JSON object: {"text": …} or
{"error": {"code": …, "value": …}}. It imports neither Django nor settings.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from papers.paragraphs import read_paragraphs, share_of_small_words
from papers.passages import Passage, make_passages
from papers.pdf_hidden import HiddenRun, find_hidden
from papers.pdf_layout import Line, PageLines, read_page, without_furniture
from papers.printed_title import printed_title

try:
    import resource
except ImportError:  # Windows has no such limits; the deadline holds there too
    resource = None  # type: ignore[assignment]

__all__ = ["FulltextError", "HiddenRun", "Passage", "Text", "extract", "extract_in_child"]

EXTRACTOR = "pypdfium2 5.15.2 / passages 2"
MAX_BYTES = 30 * 2**20
MAX_PAGES = 400
MAX_CHARS = 4_000_000  # four books; a page can be made to hold millions
MIN_CHARS = 100
MIN_TITLE_SHARE = 0.8
ENGLISH_SHARE = 0.12
PROJECT = Path(__file__).resolve().parent.parent
# FPDF_GetLastError, as pypdfium2 hands it on: 4 password, 5 unsupported security.
LOCKED = (4, 5)
TEX_COMMAND = re.compile(r"\\(?:[a-zA-Z]+|.)")
CPU_SIGNALS = (getattr(signal, "SIGXCPU", None), getattr(signal, "SIGKILL", None))


@dataclass(frozen=True)
class Text:
    """The text of one PDF; `sha256` is of the file, `language` "en" or "" for not known, `title`
    as page 1 prints it."""

    pages: int
    passages: tuple[Passage, ...]
    hidden: tuple[HiddenRun, ...]
    extractor: str
    sha256: str
    language: str = ""
    title: str = ""


class FulltextError(Exception):
    """Codes: encrypted, not-a-pdf, too-large, too-many-pages, too-slow, out-of-memory, no-text,
    wrong-paper (value: the share of the title's words on page 1), broken."""

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(code, value)
        self.code = code
        self.value = value


def extract(pdf: Path, *, title: str = "") -> Text:
    """Read a PDF of at most 30 MB and 400 pages; with a title, only if it is that paper.

    Raises FulltextError. PDFium is not safe under threads: call this in a process of its own or
    under a lock; `extract_in_child` does the former.
    """
    content = _read(pdf)
    with _opened(content) as document:
        lines, hidden, printed = _lines(document, title)
        pages = len(document)
    passages = make_passages(read_paragraphs(lines))
    body = " ".join(passage.text for passage in passages if passage.kind != "references")
    if len(body) < MIN_CHARS:
        raise FulltextError("no-text", "hidden" if hidden else "")
    return Text(
        pages=pages,
        passages=passages,
        hidden=tuple(hidden),
        extractor=EXTRACTOR,
        sha256=hashlib.sha256(content).hexdigest(),
        language="en" if share_of_small_words(body) > ENGLISH_SHARE else "",
        title=printed,
    )


def extract_in_child(
    pdf: Path, *, title: str = "", timeout: float = 60.0, memory: int = 2**30
) -> Text:
    """Do `extract` in a process with limits of its own: `timeout` seconds, `memory` bytes.

    Raises FulltextError; whatever the file does, this process lives on and no child stays behind.
    """
    arguments = [
        *(sys.executable, "-m", "papers.fulltext", str(pdf.absolute())),
        *(f"--title={_argument(title)}", f"--seconds={timeout}", f"--memory={memory}"),
    ]
    child = subprocess.Popen(
        arguments,
        cwd=PROJECT,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        output, _ = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise FulltextError("too-slow", f"{timeout:g}") from None
    finally:
        _end(child)
    return _answer(output, child.returncode)


def title_share(title: str, page: str) -> float:
    """Which part of the title's words stand in the text of page 1, from 0 to 1.

    Accents, hyphens, ligatures, case and TeX do not count. 1.0 for a title without words.
    """
    words = _words(TEX_COMMAND.sub(" ", title))
    if not words or "".join(words) in (run := "".join(_words(page))):
        return 1.0
    known = set(_words(page))
    found = [word for word in words if word in known or (len(word) > 4 and word in run)]
    return len(found) / len(words)


def child_environment() -> dict[str, str]:
    """Only what Python needs to start; no secret of the server's goes to the child."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def _read(pdf: Path) -> bytes:
    try:
        size = pdf.stat().st_size
        if size > MAX_BYTES:
            raise FulltextError("too-large", str(size))
        content = pdf.read_bytes()
    except OSError as error:
        raise FulltextError("broken", error.strerror or "") from None
    if b"%PDF-" not in content[:1024]:
        raise FulltextError("not-a-pdf")
    return content


@contextmanager
def _opened(content: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        is_locked = getattr(error, "err_code", None) in LOCKED
        raise FulltextError("encrypted" if is_locked else "broken") from None
    try:
        yield document
    except pdfium.PdfiumError as error:
        raise FulltextError("broken", str(error)) from None
    except MemoryError:
        raise FulltextError("out-of-memory") from None
    finally:
        document.close()


def _lines(document: pdfium.PdfDocument, title: str) -> tuple[list[Line], list[HiddenRun], str]:
    """The lines of the text, what is hidden, and the title that is printed."""
    if len(document) > MAX_PAGES:
        raise FulltextError("too-many-pages", str(len(document)))
    if not len(document):
        raise FulltextError("no-text")
    pages: list[PageLines] = []
    hidden: list[HiddenRun] = []
    chars = 0
    for index in range(len(document)):
        page = document[index]
        textpage = page.get_textpage()
        chars += textpage.count_chars()
        if chars > MAX_CHARS:
            raise FulltextError("too-large", f"{chars} characters")
        unseen = find_hidden(page, textpage, index + 1)
        hidden.extend(unseen.runs)
        pages.append(read_page(page, textpage, index + 1, unseen.objects))
        if index == 0:
            _check_title(title, pages[0].lines)
        textpage.close()
        page.close()
    return without_furniture(pages), hidden, printed_title(pages[0])


def _check_title(title: str, lines: Sequence[Line]) -> None:
    share = title_share(title, _page_text(lines))
    if share < MIN_TITLE_SHARE:
        raise FulltextError("wrong-paper", f"{share:.2f}")


def _page_text(lines: Sequence[Line]) -> str:
    """All lines, cut words once with their hyphen gone and once with it."""
    text = ""
    for line in lines:
        text += line.text if line.has_hyphen else f"{line.text} "
    cut = " ".join(line.text for line in lines)
    return f"{text} {cut}"


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold().replace("-", "").replace("\u2010", "")
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return re.findall(r"[^\W_]+", bare)


def _argument(title: str) -> str:
    return title.replace("\0", "").encode("utf-8", "ignore").decode()[:2000]


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it may have started."""
    if child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL) if hasattr(os, "killpg") else child.kill()
    child.wait()
    if child.stdout:
        child.stdout.close()


def _answer(output: bytes, status: int) -> Text:
    if status < 0:
        raise FulltextError("too-slow" if -status in CPU_SIGNALS else "broken", f"signal {-status}")
    try:
        answer = json.loads(output)
        if "error" in answer:
            raise FulltextError(answer["error"]["code"], answer["error"]["value"])
        return _text(answer["text"])
    except (ValueError, KeyError, TypeError):
        raise FulltextError("broken", f"exit {status}") from None


def _text(record: dict[str, Any]) -> Text:
    passages = tuple(Passage(**item) for item in record.pop("passages"))
    hidden = tuple(HiddenRun(**item) for item in record.pop("hidden"))
    return Text(passages=passages, hidden=hidden, **record)


def _limit(seconds: float, memory: int) -> None:
    """Limit this process, whose parent may be gone; a system that lacks a limit goes without."""
    if resource is None:
        return
    cpu = int(seconds) + 1
    limits = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_CORE, 0)]
    for kind, value in limits:
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))


def _outcome(pdf: Path, title: str) -> dict[str, Any]:
    try:
        return {"text": asdict(extract(pdf, title=title))}
    except FulltextError as error:
        return {"error": {"code": error.code, "value": error.value}}
    except MemoryError:
        return {"error": {"code": "out-of-memory", "value": ""}}
    except Exception as error:  # whatever a hostile file brings up ends as a code
        return {"error": {"code": "broken", "value": type(error).__name__}}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m papers.fulltext", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--title", default="", help="stop unless this title is on page 1")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--memory", type=int, default=2**30)
    options = parser.parse_args()
    _limit(options.seconds, options.memory)
    json.dump(_outcome(options.file, options.title), sys.stdout)


if __name__ == "__main__":
    main()
