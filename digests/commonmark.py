"""Our dialect of Markdown as plain CommonMark with tables and formulas, for readers of other makes:
what they show of it is what our pages show.

Plain CommonMark leaves `**「強調」**です` unbold, shows `・` lists as prose and takes for HTML a
`<b>` that an editor typed as words. So a text is read by our parser and written anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from digests import markdown_rules
from papers.cleaning import clean

_PARSER = markdown_rules.parser()
_SPECIAL = re.compile(r"([\\`*_\[\]#|~])")
# What would begin a list, or make a heading of the line above, at the start of a line.
_ITEM = re.compile(r"^([0-9]{1,9})([.)])(?=\s|$)|^([-+])(?=\s|$)|^(-(?=-*\s*$)|=(?==*\s*$))")
_BARE_PIPE = re.compile(r"(?<!\\)\|")
_PLAIN_ADDRESS = re.compile(r"[^\s<>()\\]+")
_BARE = re.compile(r"https?://[!-%'-;=?-~]+")  # what may stand in <> and means only itself
_ENTITY = re.compile(r"&(?=#?\w+;)")
_DELIMITERS = {"strong": "**", "em": "*"}
# What may follow the line of an item at once, without making a loose list of a tight one.
_CLOSE = ("bullet_list", "blockquote", "fence")


@dataclass(frozen=True)
class Words:
    """Where a text's marks and links lead, as it is written: `mark` writes an evidence mark by its
    key, `whole` makes an address absolute."""

    mark: Callable[[str], str] = lambda _key: ""
    whole: Callable[[str], str] = lambda address: address


def as_commonmark(text: str, words: Words) -> str:
    """The stored text, written anew. Raises nothing on any text."""
    tree = SyntaxTreeNode(_PARSER.parse(clean(text)))
    return "\n\n".join(block for _kind, block in _blocks(tree.children, words))


# ── words ───────────────────────────────────────────────────────────────────────────────────────
def escaped(text: str) -> str:
    return escape(_SPECIAL.sub(r"\\\1", text), quote=False)


def as_start(written: str) -> str:
    """What was written, as the start of a line that begins no list, rule or heading."""
    return _ITEM.sub(_as_words, written)


def _as_words(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3] or found[4]}"


def formula(tex: str) -> str:
    """With TeX's own words for what would begin HTML; entities mean nothing in a formula."""
    return tex.replace("<", r"\lt ").replace(">", r"\gt ")


# ── emphasis ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Edge:
    """The beginning or the end of emphasis; `tag` is em or strong."""

    tag: str
    is_open: bool


Piece = str | Edge


def joined(pieces: Sequence[Piece]) -> str:
    """The pieces in a row: emphasis as asterisks where every reader takes them for it, and else as
    HTML. Raises nothing; an end without a beginning is left out."""
    pieces = [piece for piece in pieces if piece]
    told = [piece if isinstance(piece, str) else "" for piece in pieces]
    for start, end in _pairs(pieces):
        tag = pieces[start].tag  # type: ignore[union-attr]
        marks = _DELIMITERS[tag]
        is_plain = _flanks(told, start, 1) and _flanks(told, end, -1)
        told[start], told[end] = (marks, marks) if is_plain else (f"<{tag}>", f"</{tag}>")
    return "".join(told)


def _pairs(pieces: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Where each emphasis begins and ends, the outer ones last."""
    open_at: list[int] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, Edge) and piece.is_open:
            open_at.append(place)
        elif isinstance(piece, Edge) and open_at:
            yield open_at.pop(), place


def _flanks(told: Sequence[str], place: int, inwards: int) -> bool:
    """Whether asterisks here are seen as an edge: next to a letter within; or else, outside, to a
    space, a mark or nothing. Beside other emphasis it is better not to ask."""
    inner = _neighbour(told, place, inwards)
    outer = _neighbour(told, place, -inwards)
    if "*" in (inner, outer) or not inner or inner.isspace():
        return False
    is_letter = unicodedata.category(inner)[0] not in "PS"
    is_apart = not outer or outer.isspace() or unicodedata.category(outer)[0] == "P"
    return is_letter if not is_apart else True


def _neighbour(told: Sequence[str], place: int, step: int) -> str:
    """The character beside; * where emphasis is."""
    beside = place + step
    if not 0 <= beside < len(told):
        return ""
    return (told[beside][0] if step > 0 else told[beside][-1]) if told[beside] else "*"


# ── lines ───────────────────────────────────────────────────────────────────────────────────────
def _pieces(tokens: Sequence[Token], words: Words) -> Iterator[Piece]:
    address, is_bare = "", False
    for place, token in enumerate(tokens):
        if token.type in ("strong_open", "em_open", "strong_close", "em_close"):
            yield Edge(token.tag, is_open=token.nesting > 0)
        elif token.type == "link_open":
            address = words.whole(str(token.attrs["href"]))
            is_bare = tokens[place + 1].content == address and bool(_BARE.fullmatch(address))
            yield "<" if is_bare else "["
        elif token.type == "link_close":
            yield ">" if is_bare else f"]({_target(address)})"
        else:
            yield (
                address
                if is_bare and tokens[place - 1].type == "link_open"
                else _piece(token, words)
            )


def _piece(token: Token, words: Words) -> str:
    match token.type:
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\\\n"
        case "code_inline":
            return _code(token.content)
        case "image":
            alt = "".join(child.content for child in token.children or [])
            return f"![{escaped(alt)}]({_target(words.whole(str(token.attrs['src'])))})"
        case "mark":
            return words.mark(token.content)
        case "math_inline":
            return f"${formula(token.content)}$"
        case "math_inline_double":
            return f"$${formula(token.content)}$$"
        case _:  # words; before a link or a mark they must not make an image of it
            return re.sub("!$", r"\\!", escaped(token.content))


def _target(address: str) -> str:
    address = _ENTITY.sub("&amp;", address)
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    return "<" + re.sub(r"[\s<>\\]", lambda sign: f"%{ord(sign[0]):02X}", address) + ">"


def _code(content: str) -> str:
    fence = "`" * (_longest_run(content) + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    if content.strip() and content[0] == content[-1] == " ":
        pad = " "  # one of which a reader takes off
    return f"{fence}{pad}{content}{pad}{fence}"


def _longest_run(content: str) -> int:
    return max(map(len, re.findall("`+", content)), default=0)


# ── blocks ──────────────────────────────────────────────────────────────────────────────────────
def _blocks(nodes: Sequence[SyntaxTreeNode], words: Words) -> list[tuple[str, str]]:
    """Each block's kind and its lines; none that is empty. A list right after a list takes the
    other sign, or they would be one."""
    told, is_other = [], False
    for node, before in zip(nodes, [None, *nodes], strict=False):
        is_other = before is not None and node.type == before.type and not is_other
        told.append((node.type, _block(node, words, is_other=is_other)))
    return [(kind, block) for kind, block in told if block]


def _block(node: SyntaxTreeNode, words: Words, *, is_other: bool) -> str:
    match node.type:
        case "paragraph":
            return _lines(node, words)
        case "heading":
            return "#" * int(node.tag[1]) + " " + _lines(node, words).replace("\n", " ")
        case "bullet_list":
            sign = "*" if is_other else "-"
            return _list(node, words, [sign] * len(node.children))
        case "ordered_list":
            start, sign = int(node.attrs.get("start", 1)), ")" if is_other else "."
            return _list(node, words, [f"{start + n}{sign}" for n in range(len(node.children))])
        case "blockquote":
            inside = [block for _kind, block in _blocks(node.children, words)]
            return _with_prefix("\n\n".join(inside), "> ", "> ")
        case "fence":
            fence = "`" * max(3, _longest_run(node.content) + 1)
            info = node.info.split()[0] if node.info.split() and "`" not in node.info else ""
            return f"{fence}{info}\n{node.content.rstrip(chr(10))}\n{fence}"
        case "math_block":
            return f"$$\n{formula(node.content.strip())}\n$$"
        case "table":
            return _table(node, words)
        case _:
            return "***"


def _lines(node: SyntaxTreeNode, words: Words) -> str:
    """The lines of a paragraph, a heading or a cell."""
    tokens = node.children[0].to_tokens()[0].children if node.children else None
    told = joined(list(_pieces(tokens or [], words)))
    return "\n".join(as_start(one.strip(" \t")) for one in told.split("\n"))


def _table(node: SyntaxTreeNode, words: Words) -> str:
    rows = [row for part in node.children for row in part.children]
    told = [[_cell(cell, words) for cell in row.children] for row in rows]
    rules = [_RULES.get(str(cell.attrs.get("class", "")), "---") for cell in rows[0].children]
    return "\n".join(f"| {' | '.join(row)} |" for row in [told[0], rules, *told[1:]])


_RULES = {"left": ":--", "center": ":-:", "right": "--:"}


def _cell(node: SyntaxTreeNode, words: Words) -> str:
    return _BARE_PIPE.sub(r"\\|", _lines(node, words)).replace("\n", " ")


def _list(node: SyntaxTreeNode, words: Words, signs: Sequence[str]) -> str:
    items = [_item(item, words, sign) for item, sign in zip(node.children, signs, strict=True)]
    return ("\n" if _is_tight(node) else "\n\n").join(items)


def _is_tight(node: SyntaxTreeNode) -> bool:
    paragraphs = [child for item in node.children for child in item.children]
    return all(child.hidden for child in paragraphs if child.type == "paragraph")


def _item(item: SyntaxTreeNode, words: Words, sign: str) -> str:
    told = ""
    for kind, block in _blocks(item.children, words):
        is_close = kind in _CLOSE and item.children[0].hidden
        told += ("\n" if is_close else "\n\n") * bool(told) + block
    return _with_prefix(told, f"{sign} ", " " * (len(sign) + 1)) if told else sign


def _with_prefix(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    rest = [(others + one if one else others).rstrip(" ") for one in lines[1:]]
    return "\n".join([first + lines[0], *rest])
