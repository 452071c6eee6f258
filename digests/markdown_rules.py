"""Our dialect of Markdown, as rules for markdown-it-py: CommonMark and tables, without HTML,
indented code and reference definitions, and with emphasis that knows Japanese, bare addresses,
`・` lists, LaTeX as MathML, evidence marks and editors' notes.

`reference` is off because `[^e3]: text` would be a definition and vanish from the page;
`code` because a line that someone indented by hand is prose here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, isMdAsciiPunct, isPunctChar
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, autolink, backtick, entity, escape, image, link
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath.index import math_block_dollar, math_inline_dollar

from digests.formulas import mathml
from papers.cleaning import UNWANTED, with_even_lines

InlineRule = Callable[[StateInline, bool], bool]
MEDIA_PREFIX = "/media/"
NOTE_PREFIXES = ("編集者注：", "編集者注:")
# `[^e3]` names a row of evidence; `[^1]`, in a draft, the first of the item's quotes.
MARK = re.compile(r"\[\^(e?[1-9][0-9]{0,5})\]")

_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U00018fff\U0001aff0-\U0001b16f"
    "\U0001f200-\U0001f2ff\U00020000-\U0003fffd\u2018\u2019\u201c\u201d\u2026\u2014]"
)
_BARE_URL = re.compile(r"//[A-Za-z0-9][A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]*")
_SCHEMES = ("https", "http")
_BULLETS = "・･•"
MAX_FORMULA_LINES = 40


def clean(text: str) -> tuple[str, list[int]]:
    """The text without what never belongs there and with `\n` at line ends; and for each character
    that was taken out, its place in the cleaned text (to tell places in the text as given)."""
    text = with_even_lines(text)
    places = [found.start() - number for number, found in enumerate(UNWANTED.finditer(text))]
    return UNWANTED.sub("", text), places


def is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


def is_foreign(address: str) -> bool:
    """Whether the address leaves this site (it names a host)."""
    return address.startswith(("//", "http:", "https:"))


def parser(*, keep_source: bool = False) -> MarkdownIt:
    """A parser for our dialect. With `keep_source` its inline tokens stay as they were found,
    each with `meta["span"]`, its part of the block's content (not on plain text)."""
    md = MarkdownIt("commonmark")
    md.inline = _JapaneseInline()
    md.configure("commonmark", {"html": False, "xhtmlOut": False})
    md.enable("table").disable(["code", "reference", "html_block", "html_inline"])
    _add_inline_rules(md)
    md.block.ruler.before("fence", "math_block", _math_block)
    md.block.ruler.before("list", "middle_dots", _middle_dots, {"alt": ["paragraph"]})
    md.core.ruler.push("japanese_lines", _join_japanese_lines)
    if keep_source:
        return md.disable("text_join")
    md.core.ruler.push("unseen_marks", _close_up_at_marks)
    md.core.ruler.push("blocks", _finish_blocks)
    md.core.ruler.push("links", _finish_links)
    for name, rule in (("mark", _render_mark), ("math_inline", _render_math)):
        md.add_render_rule(name, rule)
    md.add_render_rule("math_inline_double", _render_math)
    md.add_render_rule("math_block", _render_math)
    return md


def _add_inline_rules(md: MarkdownIt) -> None:
    ruler = md.inline.ruler
    ruler.after("text", "bare_url", _with_span(_bare_url))
    ruler.before("link", "mark", _with_span(_mark))
    formula = math_inline_dollar(allow_space=False, allow_digits=False, allow_double=True)
    ruler.before("escape", "math_inline", _with_span(formula))
    known: dict[str, InlineRule] = {
        "escape": escape,
        "backticks": backtick,
        "link": link,
        "image": image,
        "autolink": autolink,
        "entity": entity,
    }
    for name, rule in known.items():
        ruler.at(name, _with_span(rule))


def _with_span(rule: InlineRule) -> InlineRule:
    """The rule, noting on the tokens that it makes which part of the source they came from."""

    def run(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[known:]:
            token.meta.setdefault("span", (start, state.pos))
        return True

    return run


# ── emphasis ────────────────────────────────────────────────────────────────────────────────────
class _JapaneseState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        """Plain CommonMark leaves `**「強調」**です` unbold, as it takes 「 and 」 for punctuation.
        A character of CJK counts as neither a letter nor punctuation (markdown-cjk-friendly)."""
        found = super().scanDelims(start, canSplitWord)
        after = start + found.length
        before_char = self.src[start - 1] if start > 0 else " "
        after_char = self.src[after] if after < self.posMax else " "
        if self.src[start] == "_" or not (is_cjk(before_char) or is_cjk(after_char)):
            return found
        return Scanned(
            _is_flanking(inner=after_char, outer=before_char),
            _is_flanking(inner=before_char, outer=after_char),
            found.length,
        )


def _is_flanking(*, inner: str, outer: str) -> bool:
    if inner.isspace():
        return False
    is_word = is_cjk(inner) or not _is_punctuation(inner)
    return is_word or outer.isspace() or is_cjk(outer) or _is_punctuation(outer)


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


class _JapaneseInline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _JapaneseState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


# ── evidence marks ──────────────────────────────────────────────────────────────────────────────
def _mark(state: StateInline, silent: bool) -> bool:
    found = MARK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("mark", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _render_mark(
    self: RendererProtocol, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    """Nothing for readers; a chip for the desk (`env["chips"]`)."""
    if not env.get("chips"):
        return ""
    key = tokens[idx].content
    if key not in env["evidence"]:
        return f'<sup class="mark mark-unknown">{key}</sup>'
    return f'<sup class="mark"><a href="#{escapeHtml(env["prefix"] + key)}">{key}</a></sup>'


# ── bare addresses ──────────────────────────────────────────────────────────────────────────────
def _bare_url(state: StateInline, silent: bool) -> bool:
    """`https://…` in running text; Japanese text and full-width punctuation end the address."""
    scheme = _scheme_before(state)
    found = _BARE_URL.match(state.src, state.pos + 1, state.posMax) if scheme else None
    if not found or (not silent and not state.pending.endswith(scheme)):
        return False
    rest = _without_tail(found[0])
    address = state.md.normalizeLink(f"{scheme}:{rest}")
    if not state.md.validateLink(address):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme)]
        _push_address(state, address, f"{scheme}:{rest}")
    state.pos += 1 + len(rest)
    return True


def _scheme_before(state: StateInline) -> str:
    """The scheme as written, if a bare address goes on at this colon; else ""."""
    if state.src[state.pos] != ":" or state.linkLevel > 0:
        return ""
    for scheme in _SCHEMES:
        start = state.pos - len(scheme)
        if start < 0 or state.src[start : state.pos].lower() != scheme:
            continue
        before = state.src[start - 1] if start else " "
        if not (before.isascii() and before.isalnum()):
            return state.src[start : state.pos]
    return ""


def _without_tail(address: str) -> str:
    """The address without closing punctuation, and without a `)` that it did not open."""
    unopened = address.count(")") - address.count("(")
    end = len(address)
    while end > 2:
        last = address[end - 1]
        if last == ")" and unopened > 0:
            unopened -= 1
        elif last not in ".,;:!?'*_~":
            break
        end -= 1
    return address[:end]


def _push_address(state: StateInline, address: str, shown: str) -> None:
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": address}
    opening.info = "auto"
    start = state.pos - shown.index(":")  # the rule begins at the colon, the address before it
    opening.meta["span"] = (start, start + len(shown))
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1).info = "auto"


# ── maths ───────────────────────────────────────────────────────────────────────────────────────
_block_formula = math_block_dollar(allow_labels=False, allow_blank_lines=False)


def _math_block(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """`$$` on lines of its own. The plugin's rule would look for the end past the list item or
    quotation that it is in, and to the end of the text for each opening `$$`."""
    last = startLine + 1
    limit = min(endLine, startLine + MAX_FORMULA_LINES)
    while last < limit and not state.isEmpty(last) and state.sCount[last] >= state.blkIndent:
        last += 1
    return _block_formula(state, startLine, last, silent)


def _render_math(
    self: RendererProtocol, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[idx]
    is_display = token.markup == "$$"
    html = mathml(token.content.strip(), is_display=is_display)
    return f"<p>{html}</p>\n" if token.block else html


# ── lists ───────────────────────────────────────────────────────────────────────────────────────
def _middle_dots(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """Lines that begin with ・ are a list, one item a line, also right after a line of prose."""
    if not _item_text(state, startLine):
        return False
    if silent:
        return True
    opening = state.push("bullet_list_open", "ul", 1)
    line = startLine
    while line < endLine and (text := _item_text(state, line)):
        _push_item(state, line, text)
        line += 1
    state.push("bullet_list_close", "ul", -1)
    opening.map = [startLine, line]
    state.line = line
    return True


def _item_text(state: StateBlock, line: int) -> str:
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    is_item = state.sCount[line] >= state.blkIndent and state.src[start:end].startswith(
        tuple(_BULLETS)
    )
    return state.src[start + 1 : end].strip() if is_item else ""


def _push_item(state: StateBlock, line: int, text: str) -> None:
    state.push("list_item_open", "li", 1)
    state.push("paragraph_open", "p", 1).hidden = True
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text, [line, line + 1], []
    state.push("paragraph_close", "p", -1).hidden = True
    state.push("list_item_close", "li", -1)


# ── after parsing ───────────────────────────────────────────────────────────────────────────────
def _children(state: StateCore) -> Iterator[list[Token]]:
    return (token.children for token in state.tokens if token.children)


def _join_japanese_lines(state: StateCore) -> None:
    """A line break between two Japanese characters is no space (a browser would show one)."""
    for children in _children(state):
        before, pending = "", None
        for token in children:
            if token.type in ("softbreak", "hardbreak"):
                pending = token if token.type == "softbreak" else None
            elif token.content and token.type != "mark":
                is_text = token.type in ("text", "text_special")
                if pending and is_text and _joins(before, token.content[0]):
                    pending.type, pending.content = "text", ""
                before, pending = (token.content[-1] if is_text else ""), None


def _close_up_at_marks(state: StateCore) -> None:
    """Readers don't see a mark, so the spaces that an editor typed beside one would stand alone
    between two Japanese characters: 「です。[^e1] 次に」."""
    for children in _children(state):
        before, is_marked = None, False
        for token in children:
            if token.type == "mark":
                is_marked = True
            elif not token.nesting and (token.content or token.type != "text"):
                if before and is_marked and before.type == token.type == "text":
                    _close_up(before, token)
                before, is_marked = token, False


def _close_up(before: Token, after: Token) -> None:
    left, right = before.content.rstrip(" "), after.content.lstrip(" ")
    if left and right and _joins(left[-1], right[0]):
        before.content, after.content = left, right


def _joins(before: str, after: str) -> bool:
    # Hangul is written with spaces.
    return all(c and is_cjk(c) and not "\uac00" <= c <= "\ud7ff" for c in (before, after))


def _finish_blocks(state: StateCore) -> None:
    """Headings below the page's own (h1 to h3), table alignment by class, editors' notes."""
    for token, following in zip_longest(state.tokens, state.tokens[1:]):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 3, 6)}"
        elif token.type in ("th_open", "td_open") and "style" in token.attrs:
            token.attrs = {"class": str(token.attrs["style"]).removeprefix("text-align:")}
        elif token.type == "paragraph_open" and following and is_note(following.content):
            token.attrSet("class", "editors-note")


def is_note(content: str) -> bool:
    return content.startswith(NOTE_PREFIXES)


def _finish_links(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = list(_with_links(token.children))


def _with_links(children: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with `rel` on foreign links, and foreign images as links to them."""
    is_linked = False
    for token in children:
        if token.type == "image" and not is_own_image(str(token.attrs["src"])):
            alt = "".join(child.content for child in token.children or [])
            yield from _image_link(str(token.attrs["src"]), alt, is_linked=is_linked)
            continue
        if token.type == "link_open":
            is_linked = True
            if is_foreign(str(token.attrs["href"])):
                token.attrSet("rel", "noopener nofollow")
        elif token.type == "link_close":
            is_linked = False
        yield token


def is_own_image(address: str) -> bool:
    """A browser takes "%2e%2e" in a path for "..", too."""
    plain = unquote(address)
    return plain.startswith(MEDIA_PREFIX) and not any(sign in plain for sign in ("..", "\\", "%"))


def _image_link(address: str, alt: str, *, is_linked: bool) -> Iterator[Token]:
    text = Token("text", "", 0, content=alt or address)
    if is_linked or not is_foreign(address):
        yield text
        return
    yield Token("link_open", "a", 1, attrs={"href": address, "rel": "noopener nofollow"})
    yield text
    yield Token("link_close", "a", -1)
