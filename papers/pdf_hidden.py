"""Text in a PDF that a reader of the page cannot see: white, covered, invisible, tiny or off it.

Such text has been used to give orders to a model that reads the paper. Nothing is judged by its
words: only what is drawn counts.
"""

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

MIN_LETTERS = 80
TINY = 2.0  # points
WHITE = 231  # of 255, each of red, green and blue: less than VISIBLE_STEP from paper
CLEAR = 12  # of 255, opacity
# A letter darkens about a tenth of its box; so much of it must change when it is taken away.
VISIBLE_SHARE = 0.02
VISIBLE_STEP = 24  # of 255, a grey step that an eye notices
LINE_END_HYPHEN = re.compile(r"[\x02\ufffe]\s*")
FORM_DEPTH = 8
# The ways of drawing text: filled, with an outline, both; 3 draws nothing, 7 only clips.
FILLED, OUTLINED = (0, 2, 4, 6), (1, 2, 5, 6)
INVISIBLE, CLIPPING = 3, 7
# A shape that can cover a line of text, or lie under it in its colour; the largest of a page.
COVER_WIDTH, COVER_HEIGHT, MOST_COVERS = 40.0, 4.0, 200
COVERED_SHARE = 0.9
SAME_COLOUR = 12  # of 255

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top in points
Colour = tuple[int, int, int]
UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
# These are sure only when the picture of the page does not change without them.
DOUBTFUL = ("white", "covered", "clipped")


@dataclass(frozen=True)
class HiddenRun:
    """Text objects in a row that are hidden for one reason: white, covered, clipped, invisible,
    tiny, off-page."""

    page: int
    reason: str
    text: str


@dataclass(frozen=True)
class HiddenText:
    runs: tuple[HiddenRun, ...]
    objects: frozenset[int]  # addresses of the text objects in the runs


@dataclass(frozen=True)
class _TextObject:
    handle: pdfium_c.FPDF_PAGEOBJECT
    reason: str
    box: Box
    text: str


@dataclass(frozen=True)
class _Shape:
    """An image or a filled path; `place` counts the objects of the page as they are drawn."""

    place: int
    box: Box
    colour: Colour | None  # of a path


@dataclass
class _Run:
    reason: str
    objects: list[_TextObject] = field(default_factory=list)

    @property
    def text(self) -> str:
        text = " ".join(item.text for item in self.objects)
        return " ".join(LINE_END_HYPHEN.sub("", text).split())

    @property
    def letters(self) -> int:
        return sum(char.isalpha() for item in self.objects for char in item.text)


def find_hidden(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage, number: int) -> HiddenText:
    """The hidden runs of 80 letters and more on a page.

    A run is one text object or several in a row, as TeX writes one per line and others one per
    word. White and covered text counts only if taking it away changes nothing in the picture of
    the page, so that white words on a dark box pass. Tiny objects count as one run only side by
    side or line under line, so that the labels of a small figure pass.
    """
    objects = list(_text_objects(page, textpage))
    doubtful = [item for item in objects if item.reason in DOUBTFUL]
    if sum(len(item.text) for item in doubtful) >= MIN_LETTERS:
        seen = _seen(page, doubtful)
        objects = [
            _TextObject(item.handle, "", item.box, item.text) if _address(item) in seen else item
            for item in objects
        ]
    runs = [run for run in _runs(objects) if run.letters >= MIN_LETTERS]
    return HiddenText(
        runs=tuple(HiddenRun(number, run.reason, run.text) for run in runs),
        objects=frozenset(_address(item) for run in runs for item in run.objects),
    )


def _runs(objects: list[_TextObject]) -> Iterator[_Run]:
    run = _Run("")
    for item in objects:
        if not item.reason and not item.text.strip():
            continue  # spaces set by themselves
        if item.reason != run.reason or not _goes_on(run, item):
            if run.reason:
                yield run
            run = _Run(item.reason)
        run.objects.append(item)
    if run.reason:
        yield run


def _goes_on(run: _Run, item: _TextObject) -> bool:
    if item.reason != "tiny" or not run.objects:
        return True
    _, bottom, right, top = run.objects[-1].box
    height = max(top - bottom, 0.1)
    beside = abs(item.box[1] - bottom) < height and -height < item.box[0] - right < 2 * height
    below = 0 <= bottom - item.box[1] < 3 * height and item.box[0] < right
    return beside or below


def _text_objects(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> Iterator[_TextObject]:
    drawn = list(enumerate(_objects(page.raw, UNIT, 0)))
    shapes = _shapes(drawn)
    edges = page.get_bbox()
    for place, (handle, matrix, kind) in drawn:
        if kind != pdfium_c.FPDF_PAGEOBJ_TEXT:
            continue
        box = _box(handle, matrix)
        reason = _reason(handle, matrix, box)
        if not reason and _is_outside(box, edges):
            reason = "off-page"
        if not reason and shapes and _is_covered(place, handle, box, shapes):
            reason = "covered"
        # The text of what is seen is not needed, only whether there is any.
        text = _text(handle, textpage) if reason else "?"
        yield _TextObject(handle, reason, box, text)


def _objects(
    container: object, matrix: Matrix, depth: int
) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, Matrix, int]]:
    """Text, paths and images of a page or a form as drawn, with their form's matrix and kind."""
    if depth:
        count, get = pdfium_c.FPDFFormObj_CountObjects, pdfium_c.FPDFFormObj_GetObject
    else:
        count, get = pdfium_c.FPDFPage_CountObjects, pdfium_c.FPDFPage_GetObject
    for index in range(count(container)):
        handle = get(container, index)
        kind = pdfium_c.FPDFPageObj_GetType(handle)
        if kind != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield handle, matrix, kind
        elif depth < FORM_DEPTH:
            yield from _objects(handle, _times(_matrix(handle), matrix), depth + 1)


def _shapes(
    drawn: list[tuple[int, tuple[pdfium_c.FPDF_PAGEOBJECT, Matrix, int]]],
) -> list[_Shape]:
    shapes = []
    for place, (handle, matrix, kind) in drawn:
        if kind not in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE):
            continue
        box = _box(handle, matrix)
        if box[2] - box[0] < COVER_WIDTH or box[3] - box[1] < COVER_HEIGHT:
            continue
        is_path = kind == pdfium_c.FPDF_PAGEOBJ_PATH
        if not is_path or _is_filled(handle):
            shapes.append(_Shape(place, box, _fill(handle)[0] if is_path else None))
    shapes.sort(key=lambda shape: -_area(shape.box))
    return shapes[:MOST_COVERS]


def _is_filled(handle: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    mode, is_stroked = ctypes.c_int(), pdfium_c.FPDF_BOOL()
    pdfium_c.FPDFPath_GetDrawMode(handle, mode, is_stroked)
    return bool(mode.value) and _fill(handle)[1] > CLEAR


def _is_covered(
    place: int, handle: pdfium_c.FPDF_PAGEOBJECT, box: Box, shapes: list[_Shape]
) -> bool:
    """Whether a shape lies over the text, or under it in the same colour."""
    colour = _fill(handle)[0]
    return any(
        _overlap(box, shape.box) >= COVERED_SHARE * _area(box)
        and (shape.place > place or _is_same(colour, shape.colour))
        for shape in shapes
    )


def _is_same(one: Colour, other: Colour | None) -> bool:
    return other is not None and all(
        abs(first - second) <= SAME_COLOUR for first, second in zip(one, other, strict=True)
    )


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _overlap(one: Box, other: Box) -> float:
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    return _area((left, bottom, min(one[2], other[2]), min(one[3], other[3])))


def _is_outside(box: Box, edges: Box) -> bool:
    left, bottom, right, top = edges
    return box[2] < left or box[0] > right or box[3] < bottom or box[1] > top


def _reason(handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix, box: Box) -> str:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(handle)
    if mode == INVISIBLE:
        return "invisible"
    if mode == CLIPPING:
        return "clipped"
    inks = [_fill(handle)] if mode in FILLED else []
    inks += [_outline(handle)] if mode in OUTLINED else []
    if inks and all(alpha <= CLEAR for _, alpha in inks):
        return "invisible"
    if inks and all(min(colour) >= WHITE for colour, _ in inks):
        return "white"
    return "tiny" if _is_tiny(handle, matrix, box) else ""


def _fill(handle: pdfium_c.FPDF_PAGEOBJECT) -> tuple[Colour, int]:
    return _ink(pdfium_c.FPDFPageObj_GetFillColor, handle)


def _outline(handle: pdfium_c.FPDF_PAGEOBJECT) -> tuple[Colour, int]:
    return _ink(pdfium_c.FPDFPageObj_GetStrokeColor, handle)


def _ink(get: Callable[..., int], handle: pdfium_c.FPDF_PAGEOBJECT) -> tuple[Colour, int]:
    """Colour and opacity, 0 to 255 each."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    get(handle, red, green, blue, alpha)
    return (red.value, green.value, blue.value), alpha.value


def _is_tiny(handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix, box: Box) -> bool:
    """By size and by the box of its letters: bitmap fonts have a size of 1 and large letters."""
    size = ctypes.c_float()
    pdfium_c.FPDFTextObj_GetFontSize(handle, size)
    own = _times(_matrix(handle), matrix)
    if size.value * (own[2] ** 2 + own[3] ** 2) ** 0.5 >= TINY:
        return False
    return 0 < min(box[2] - box[0], box[3] - box[1]) < TINY


def _seen(page: pdfium.PdfPage, items: list[_TextObject]) -> set[int]:
    """Which of the objects change the picture of the page when they are taken away."""
    before = _picture(page)
    for item in items:
        pdfium_c.FPDFPageObj_SetIsActive(item.handle, False)
    after = _picture(page)
    for item in items:
        pdfium_c.FPDFPageObj_SetIsActive(item.handle, True)
    if before.pixels == after.pixels:
        return set()
    return {_address(item) for item in items if _is_changed(page, item.box, before, after)}


@dataclass(frozen=True)
class _Picture:
    width: int
    height: int
    stride: int
    pixels: bytes  # grey, one byte each


def _picture(page: pdfium.PdfPage) -> _Picture:
    bitmap = page.render(scale=1, grayscale=True, may_draw_forms=False)
    return _Picture(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer))


def _is_changed(page: pdfium.PdfPage, box: Box, before: _Picture, after: _Picture) -> bool:
    left, top = _on_picture(page, before, box[0], box[3])
    right, bottom = _on_picture(page, before, box[2], box[1])
    columns = slice(max(0, min(left, right)), min(before.width, max(left, right) + 1))
    changed = total = 0
    for row in range(max(0, min(top, bottom)), min(before.height, max(top, bottom) + 1)):
        start = row * before.stride
        part = slice(start + columns.start, start + columns.stop)
        pairs = zip(before.pixels[part], after.pixels[part], strict=True)
        changed += sum(abs(was - now) >= VISIBLE_STEP for was, now in pairs)
        total += columns.stop - columns.start
    return changed > VISIBLE_SHARE * total


def _on_picture(page: pdfium.PdfPage, picture: _Picture, x: float, y: float) -> tuple[int, int]:
    column, row = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page, 0, 0, picture.width, picture.height, 0, x, y, column, row)
    return column.value, row.value


def _address(item: _TextObject) -> int:
    return ctypes.cast(item.handle, ctypes.c_void_p).value or 0


def _text(handle: pdfium_c.FPDF_PAGEOBJECT, textpage: pdfium.PdfTextPage) -> str:
    length = pdfium_c.FPDFTextObj_GetText(handle, textpage, None, 0)
    buffer = (pdfium_c.FPDF_WCHAR * (length // 2 + 1))()
    pdfium_c.FPDFTextObj_GetText(handle, textpage, buffer, length)
    return bytes(buffer)[:length].decode("utf-16-le", "ignore").strip("\0")


def _box(handle: pdfium_c.FPDF_PAGEOBJECT, matrix: Matrix) -> Box:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    pdfium_c.FPDFPageObj_GetBounds(handle, left, bottom, right, top)
    if matrix is UNIT:
        return left.value, bottom.value, right.value, top.value
    corners = [
        _moved(x, y, matrix) for x in (left.value, right.value) for y in (bottom.value, top.value)
    ]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _matrix(handle: pdfium_c.FPDF_PAGEOBJECT) -> Matrix:
    raw = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFPageObj_GetMatrix(handle, raw)
    return raw.a, raw.b, raw.c, raw.d, raw.e, raw.f


def _times(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that applies `first`, then `second`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )
