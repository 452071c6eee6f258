"""What the codes of jobs, lists and gateways are called on the screen, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests.costs import Forecast, Spent

WORK: Mapping[str, object] = {
    # the gateway to arXiv
    "timeout": gettext_lazy("arXiv did not answer in time. It is tried again by itself."),
    "unreachable": gettext_lazy("arXiv can't be reached. It is tried again by itself."),
    "rate-limited": gettext_lazy("arXiv asks us to slow down. It is tried again by itself."),
    "server-error": gettext_lazy("arXiv has a fault at the moment. It is tried again by itself."),
    "cut": gettext_lazy("arXiv's answer was cut off. It is tried again by itself."),
    "not-atom": gettext_lazy("arXiv's answer was not a record. It is tried again by itself."),
    "redirected": gettext_lazy("arXiv sent us to another address, which we don't follow."),
    "bad-request": gettext_lazy("arXiv refused the request. Check the id."),
    "unknown-id": gettext_lazy(
        "arXiv does not know the id %(value)s. Check it, or remove this paper."
    ),
    "malformed-id": gettext_lazy(
        "%(value)s is not a valid arXiv id. Check it, or remove this paper."
    ),
    "withdrawn": gettext_lazy(
        "The authors have withdrawn this paper, so there is no text. %(value)s"
    ),
    "no-version": gettext_lazy("arXiv's details are missing. Press Retry."),
    "paper-removed": gettext_lazy("The paper was removed from the issue."),
    # its PDF
    "pdf-missing": gettext_lazy("arXiv has no PDF of this version."),
    "pdf-too-large": gettext_lazy("The PDF is too large to read (over 30 MB)."),
    "too-large": gettext_lazy("The PDF is too large to read (over 30 MB)."),
    "not-a-pdf": gettext_lazy("What came is not a PDF."),
    "encrypted": gettext_lazy("The PDF is encrypted and can't be read."),
    "too-many-pages": gettext_lazy("The PDF has too many pages to read."),
    "too-slow": gettext_lazy("Reading the PDF took too long and was stopped."),
    "out-of-memory": gettext_lazy("Reading the PDF took too much memory and was stopped."),
    "no-text": gettext_lazy("The PDF holds no text (pictures of pages, perhaps)."),
    "wrong-paper": gettext_lazy("The PDF is not this paper: its first page lacks the title."),
    "broken": gettext_lazy("The PDF is damaged and can't be read."),
    # a language model
    "no-credit": gettext_lazy("The model's account has no credit left."),
    "refused-key": gettext_lazy("The model's server refuses the key. Tell the operator."),
    "unknown-model": gettext_lazy("The server does not know the model %(value)s."),
    "bad-address": gettext_lazy("The model's address is wrong. Tell the operator."),
    "refused": gettext_lazy("The model's server refused the request: %(value)s"),
    "content-filter": gettext_lazy("The model's server filtered the answer out."),
    "too-long": gettext_lazy("The paper is too long for this model (%(value)s tokens read)."),
    "empty": gettext_lazy("The model answered nothing. Draft again, or go on by extraction."),
    "not-json": gettext_lazy("The answer is not in the form that was asked for (%(value)s)."),
    "wrong-shape": gettext_lazy("The answer lacks a part or has a wrong one: %(value)s"),
    "wrong-language": gettext_lazy("The answer is not in Japanese, so it was refused."),
    "obeys-the-paper": gettext_lazy(
        "The answer follows instructions that stand in the paper, so it was refused."
    ),
    "budget-reached": gettext_lazy(
        "This month's budget for the model is used up. You can go on by extraction."
    ),
    "question-gone": gettext_lazy("This question is no longer there."),
    "needs-model": gettext_lazy(
        "Only a model can draft a part again, and none is set. Extract everything again instead."
    ),
    # ours
    "gave-up": gettext_lazy("It was tried several times without success. Press Retry to try anew."),
    "internal-error": gettext_lazy(
        "Something went wrong on our side. It is tried again by itself."
    ),
}
# What the same codes mean of a language model.
MODEL: Mapping[str, object] = {
    **WORK,
    "timeout": gettext_lazy("The model did not answer in time."),
    "unreachable": gettext_lazy("The model's server can't be reached."),
    "rate-limited": gettext_lazy("The model's server asks us to slow down."),
    "server-error": gettext_lazy("The model's server has a fault at the moment."),
    "cut": gettext_lazy("The answer was cut off before its end."),
}
LISTS: Mapping[str, object] = {
    "no-papers": gettext_lazy(
        "No paper was found in this text. Paste the list with its links, or text with arXiv ids."
    ),
    "week-not-found": gettext_lazy(
        "The list has no week that begins on %(value)s. It may not be published yet."
    ),
    "not-text": gettext_lazy("This file is not a text. Save it as UTF-8 text and try again."),
    "too-large": gettext_lazy("This is too large for a list (over 5 MB)."),
    "host-not-allowed": gettext_lazy(
        "Addresses of %(value)s are not allowed. Paste the text instead, or ask the operator."
    ),
    "not-https": gettext_lazy("Only https addresses are fetched."),
    "private-address": gettext_lazy("This address leads into a private network."),
    "unreachable": gettext_lazy("The address can't be reached. Paste the text instead."),
    "timeout": gettext_lazy("The address did not answer in time. Paste the text instead."),
    "http-status": gettext_lazy("The address answered with the error %(value)s."),
    "too-many-redirects": gettext_lazy("The address leads from one place to another."),
    "nothing-given": gettext_lazy("Paste a text, choose a file, or give an address."),
    "week-unknown": gettext_lazy("The week is not known yet. Type its first and last day."),
    "ends-before-it-starts": gettext_lazy("The last day lies before the first day."),
    "nothing-picked": gettext_lazy("No paper is picked yet. Tick at least one."),
    "issue-made": gettext_lazy("There is an issue of this list already."),
    "no-address": gettext_lazy("This source has no address of its list. Give it one."),
}
# What came of a look at a watched source.
LOOKS: Mapping[str, object] = {
    **LISTS,
    "found": gettext_lazy("a new week is there"),
    "not-published": gettext_lazy("not in the list yet"),
    "unchanged": gettext_lazy("nothing new"),
    "no-papers": gettext_lazy("The list was fetched, and no paper was found in it."),
    "too-large": gettext_lazy("The list is too large (over 5 MB)."),
    "not-text": gettext_lazy("What stands at the address is no text."),
    "unreachable": gettext_lazy("The address can't be reached. It is tried again by itself."),
    "timeout": gettext_lazy("The address did not answer in time. It is tried again by itself."),
    "gave-up": WORK["gave-up"],
    "internal-error": WORK["internal-error"],
}
NOTES: Mapping[str, object] = {
    "year-from-ids": gettext_lazy("The year was taken from the papers' ids: %(value)s."),
    "year-unknown": gettext_lazy("The list does not say which year this is. Type the days."),
    "year-differs-from-ids": gettext_lazy(
        "The papers' ids point to the year %(value)s, the list to another. Check the days."
    ),
    "week-from-number": gettext_lazy(
        "The days were counted from the number of the week, from Monday on. Check them."
    ),
    "not-an-id": gettext_lazy("These stand for arXiv ids, and can't be ones: %(value)s"),
    "bad-date": gettext_lazy("The days could not be read from “%(value)s”. Type them."),
    "odd-length": gettext_lazy("This week has %(value)s days."),
    "ends-before-it-starts": gettext_lazy("The week ends before it starts. Type the days."),
    "out-of-order": gettext_lazy("This week does not stand in the list's order. Check the days."),
    "no-rows": gettext_lazy("This week has no rows."),
    "overlap": gettext_lazy("This week shares days with the issue %(value)s."),
    "outside-weeks": gettext_lazy("These papers stand outside the weeks of the list."),
    "unreadable-row": gettext_lazy("A row could not be read: %(value)s"),
    "more-ids": gettext_lazy("A row names more papers than one; the first was taken: %(value)s"),
    "without-id": gettext_lazy(
        "These have no arXiv id and were not taken; give them a number to have them as rows: "
        "%(value)s"
    ),
    "repeated-id": gettext_lazy("A paper stands in the list more than once: %(value)s"),
}
DROPPED: Mapping[str, object] = {
    "missing": gettext_lazy("the model did not answer it"),
    "empty": gettext_lazy("the answer was empty"),
    "wrong-language": gettext_lazy("the answer was not in Japanese"),
    "obeys-the-paper": gettext_lazy("the answer followed instructions that stand in the paper"),
    "too-long": gettext_lazy("the answer was too long"),
    "not-a-subject": gettext_lazy("its subject is not one of the paper's"),
    "too-many": gettext_lazy("there were enough questions of the paper's own"),
    "duplicate": gettext_lazy("the question was asked already"),
    "not-in-paper": gettext_lazy("no evidence was found in the text"),
}
SKIPPED: Mapping[str, object] = {
    "missing": gettext_lazy("arXiv does not know this id"),
    "malformed": gettext_lazy("not a valid arXiv id"),
    "details-missing": gettext_lazy("has no arXiv id: type its title, authors and date first"),
}


def words_for(step: str) -> Mapping[str, object]:
    """What a job's codes are called: a draft's are a model's, all others are arXiv's."""
    return MODEL if step == "draft" else WORK


def say(words: Mapping[str, object], code: str, value: str = "") -> str:
    """The sentence for a code; a code without one is shown as it is rather than hidden."""
    sentence = words.get(code)
    if sentence is None:
        return _("%(code)s %(value)s") % {"code": code, "value": value}
    return str(sentence) % {"value": value}


def forecast_words(forecast: Forecast) -> str:
    """「6本・約9万トークン・約¥60（見込み）／今月の残り¥940」; money only where it is known."""
    parts = [
        ngettext("%(n)d paper", "%(n)d papers", forecast.papers) % {"n": forecast.papers},
        _("about %(n)s tokens") % {"n": intcomma(round(forecast.tokens, -3))},
    ]
    if forecast.cost is not None:
        parts.append(
            _("about %(sum)s (expected)") % {"sum": money(forecast.cost, forecast.currency)}
        )
    words = _(" · ").join(parts)
    if forecast.left is None:
        return words
    left = {"words": words, "left": money(forecast.left, forecast.currency)}
    return _("%(words)s / %(left)s left this month") % left


def sum_words(spent: Spent) -> str:
    """What is known to have been spent, and what is our own estimate, told apart."""
    known, estimated = (money(m, settings.LLM_CURRENCY) for m in (spent.cost, spent.estimated))
    if not spent.estimated:
        return known
    if not spent.cost:
        return _("about %(sum)s (our own estimate)") % {"sum": estimated}
    return _("%(sum)s and about %(more)s (our own estimate)") % {"sum": known, "more": estimated}


def money(amount: Decimal, currency: str) -> str:
    """ "¥60", "12.35 USD"."""
    if currency == "JPY":
        return f"¥{intcomma(round(amount))}"
    return f"{amount:.2f} {currency}"
