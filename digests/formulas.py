"""Formulas: LaTeX as the MathML that browsers, the checkers of HTML and our own policy know."""

from __future__ import annotations

import re

from markdown_it.common.utils import escapeHtml
from math_core import LatexError, LatexToMathML

# math-core 0.9 ends the process (stack overflow) on 20,000 opening braces; a formula of 1,000
# characters can't nest deep enough. Macros are off: they can multiply their input.
MAX_FORMULA = 1_000
_LATEX = LatexToMathML(fancy_error=False, max_expansions=0, allow_unreliable_rendering=True)
# Style attributes are refused by our Content-Security-Policy; alignment goes by class instead.
_ALIGNED = re.compile(r' style="[^"<>]*?text-align: ?(left|right)[^"<>]*"')
_TAG = re.compile(r"<(/?)(mrow|mfrac|mtable)\b([^>]*)(?<!/)>")
# What MathML 3, and with it the Nu checker, wants on an `mstyle` around each of these.
_STYLES = {
    "mrow": re.compile(r' (?:displaystyle|scriptlevel)="[^"]*"'),
    "mfrac": re.compile(r' (?:displaystyle|scriptlevel)="[^"]*"'),
    "mtable": re.compile(r' scriptlevel="[^"]*"'),
}


def mathml(latex: str, *, is_display: bool = False) -> str:
    """MathML for the formula, not yet sanitised; its source in `<code>` where that fails."""
    try:
        if len(latex) > MAX_FORMULA:
            return f"<code>{escapeHtml(latex)}</code>"
        html = _LATEX.convert_with_local_state(latex, displaystyle=is_display)
    except LatexError:
        return f"<code>{escapeHtml(latex)}</code>"
    return _with_styles_around(_ALIGNED.sub(r' class="\1"', html))


def _with_styles_around(html: str) -> str:
    wrapped: list[bool] = []

    def tag(found: re.Match[str]) -> str:
        slash, name, attributes = found.groups()
        if slash:
            return f"</{name}></mstyle>" if wrapped and wrapped.pop() else found[0]
        styles = "".join(_STYLES[name].findall(attributes))
        wrapped.append(bool(styles))
        if not styles:
            return found[0]
        return f"<mstyle{styles}><{name}{_STYLES[name].sub('', attributes)}>"

    return _TAG.sub(tag, html)
