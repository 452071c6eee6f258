"""The title of a paper as its first page prints it, for a PDF that came without one."""

from collections.abc import Iterator, Sequence

from papers.pdf_layout import Line, PageLines

LONGEST = 300
SHORTEST = 8  # letters; a journal's sign or an initial may be larger than the title
LARGER = 1.5  # points, than most of the page


def printed_title(page: PageLines) -> str:
    """The largest lines of the page's upper third, or if none there is larger than the text of
    the whole page; "" if none is at all."""
    upper = [line for line in page.lines if line.y > 2 / 3 * page.height]
    usual = _usual_size(page.lines)
    for lines in (upper, page.lines):
        size = max((line.size for line in lines if _letters(line) >= SHORTEST), default=0.0)
        if size >= usual + LARGER:
            return _text(_run(lines, size))
    return ""


def _letters(line: Line) -> int:
    return sum(char.isalpha() for char in line.text)


def _text(lines: Iterator[Line]) -> str:
    text = "".join(line.text if line.has_hyphen else f"{line.text} " for line in lines)
    return " ".join(text.split())[:LONGEST]


def _usual_size(lines: Sequence[Line]) -> float:
    sizes = sorted(line.size for line in lines for _ in line.text)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _run(lines: Sequence[Line], size: float) -> Iterator[Line]:
    """The lines of that size that follow each other, from the first with enough letters."""
    has_begun = False
    for line in lines:
        is_large = line.size > size - 0.5
        if has_begun and not is_large:
            return
        if is_large and (has_begun or _letters(line) >= SHORTEST):
            has_begun = True
            yield line
