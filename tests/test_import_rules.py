"""Imports point down: doors, verbs, models, pure. Read from the sources, nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE, MODELS, VERBS, DOORS = range(4)
KINDS = ("pure", "a model", "a verb", "a door")
PATTERNS = {  # the first that fits; in papers/ what is named nowhere is pure
    DOORS: [
        *("config", "config.*", "*.tasks", "*.admin", "*.apps", "*.management*"),
        *("digests.accounts", "digests.desk*", "digests.public*", "papers", "digests"),
        "digests.templatetags*",
    ],
    VERBS: [
        *("papers.bell", "papers.jobs", "papers.pace", "papers.ingest"),
        *("digests.workflow", "digests.steps"),
        *("digests.cards", "digests.editions", "digests.weeks", "digests.sample*"),
        *("digests.checks", "digests.costs", "digests.drafters", "digests.gate"),
        *("digests.reasons", "digests.problem_words", "digests.search_index", "digests.shelves"),
        *(
            "digests.notes",
            "digests.site_stamp",
            "digests.review",
            "digests.schedule",
            "digests.history",
        ),
        "digests.restoring",
        *(
            "digests.watching",
            "digests.bulk",
            "digests.versions",
            "digests.comments",
            "digests.previewing",
            "digests.list_pages",
        ),
    ],
    MODELS: ["papers.models", "digests.models*"],
    PURE: [
        *(
            "papers.*",
            "digests.rendering",
            "digests.differences",
            "digests.formulas",
            "digests.announcements",
            "digests.commonmark",
            "digests.markdown_rules",
            "digests.marking",
            "digests.sentences",
        ),
        *("digests.search_*", "digests.lint*", "digests.drafting*"),
    ],
}
# What a pure module may not know: rows, settings, sentences for people, the queue.
IMPURE = ("django.db", "django.conf", "django.apps", "django.contrib", "django.utils.translation")
APART = [  # (who, whom it never imports)
    ("papers", "digests"),
    ("digests.public", "digests.desk"),
    ("digests.public", "digests.drafting"),
    ("digests.desk", "digests.public"),
]
HIDDEN_IMPORTS = {  # (module, what it imports): the reason
    ("digests.drafting.chat", "openai"): "21 MB and 0.4 s in processes that never ask a model",
}
BAD_NAMES = {"services", "selectors", "utils", "helpers", "signals"}
SAFE = re.compile(r"([\w.]+)(?:\|[^|%{}]+)*?\|(?:safe|safeseq)\b")


@dataclass(frozen=True)
class Module:
    name: str
    source: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def kind(self) -> int:
        kind = kind_of(self.name)
        return DOORS if kind is None else kind


def kind_of(name: str) -> int | None:
    """None for a module whose kind nobody has said."""
    for kind, patterns in PATTERNS.items():
        if any(fnmatch(name, pattern) for pattern in patterns):
            return kind
    return None


def modules() -> list[Module]:
    found = []
    for package in ("papers", "digests", "config"):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if ".migrations." not in name:
                name = name.removesuffix(".__init__")
                found.append(Module(name, path.read_text(encoding="utf-8")))
    return found


ALL = modules()
NAMES = {module.name for module in ALL}
PACKAGES = {"papers", "digests", "config"}  # their own files are empty, or start Celery


def imports(tree: ast.AST, package: str = "") -> Iterator[str]:
    """Every module that the code imports, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package.split(".")[: -node.level], *base.split(".")]).rstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in NAMES else base


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def upward(module: Module) -> list[str]:
    ours = {name for name in imports(module.tree, module.name) if name in NAMES - PACKAGES}
    return [
        f"{module.name} is {KINDS[module.kind]} and imports {name}, {KINDS[kind]}"
        for name in sorted(ours)
        if (kind := kind_of(name)) is not None and kind > module.kind
    ]


def impure(module: Module) -> list[str]:
    if module.kind != PURE:
        return []
    return [
        f"{module.name} is pure and imports {name}"
        for name in imports(module.tree, module.name)
        if any(is_within(name, bad) for bad in IMPURE) or is_within(name, "celery")
    ]


def mixed(module: Module) -> list[str]:
    return [
        f"{module.name} imports {name}"
        for name in imports(module.tree, module.name)
        for who, whom in APART
        if is_within(module.name, who) and is_within(name, whom)
    ]


def hidden(module: Module) -> list[str]:
    functions = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    return [
        f"{module.name} imports {name} inside a function"
        for function in functions
        for name in imports(function, module.name)
        if (module.name, name) not in HIDDEN_IMPORTS
    ]


def marks_safe(module: Module) -> list[str]:
    """HTML is declared safe by the renderer alone; a SafeString may be named, not made."""
    if module.name == "digests.rendering":
        return []
    found = []
    for node in ast.walk(module.tree):
        named = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
        if named == "mark_safe" or (isinstance(node, ast.alias) and node.name == "mark_safe"):
            found.append(f"{module.name} uses mark_safe")
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in ("SafeString", "SafeText"):
            found.append(f"{module.name} makes a {called.id}")
    return found


RULES = [upward, impure, mixed, hidden, marks_safe]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_sources_keep_the_rule(rule: object) -> None:
    assert callable(rule)
    assert [breach for module in ALL for breach in rule(module)] == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (upward, "papers.lists", "from papers import models"),
        (upward, "digests.models", "import digests.workflow"),
        (upward, "digests.workflow", "from digests.tasks import run_step"),
        (upward, "papers.jobs", "from . import tasks"),
        (upward, "papers.ingest", "from config.celery import app"),
        (impure, "papers.fulltext", "from django.conf import settings"),
        (impure, "digests.drafting.verify", "from django.utils.translation import gettext"),
        (mixed, "papers.tasks", "from digests.models import Issue"),
        (mixed, "digests.public.views", "from digests.desk.forms import CardForm"),
        (mixed, "digests.public.feeds", "from digests import drafting"),
        (hidden, "digests.weeks", "def f():\n    from papers import ingest"),
        (marks_safe, "digests.desk.views", "from django.utils.safestring import mark_safe"),
        (marks_safe, "digests.desk.views", "html = safestring.mark_safe(text)"),
        (marks_safe, "digests.desk.views", "html = SafeString(text)"),
    ],
)
def test_a_breach_is_seen(rule: object, name: str, source: str) -> None:
    assert callable(rule)
    assert rule(Module(name, source))


def test_every_module_has_a_kind() -> None:
    assert [name for name in sorted(NAMES) if kind_of(name) is None] == []


def test_files_are_named_after_what_they_know() -> None:
    parts = {part: name for name in NAMES for part in name.split(".")}
    assert [parts[bad] for bad in BAD_NAMES & set(parts)] == []


# ── templates ───────────────────────────────────────────────────────────────────────────────────
def unsafe(source: str) -> list[str]:
    """What a template declares safe that the renderer has not made."""
    found = [m[0] for m in SAFE.finditer(source) if not m[1].endswith("_html")]
    return found + re.findall(r"{%\s*(?:autoescape\s+off|filter\s[^%]*safe)\b.*?%}", source)


def test_templates_trust_only_what_the_renderer_made() -> None:
    paths = [p for d in ("templates", "digests", "papers") for p in (ROOT / d).rglob("*")]
    templates = [p for p in paths if "templates" in p.parts and p.is_file()]
    assert templates
    breaches = {p.name: unsafe(p.read_text(encoding="utf-8")) for p in templates}
    assert {name: found for name, found in breaches.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    [
        "{{ entry.summary|safe }}",
        "{{ text|linebreaks|safe }}",
        '{{ entry.title|default:"-"|safe }}',
        "{{ rows|safeseq }}",
        "{% filter upper %}{{ a.b|safe|upper }}{% endfilter %}",
        "{% autoescape off %}",
        "{% filter safe %}{{ text }}{% endfilter %}",
    ],
)
def test_a_template_that_trusts_more_is_seen(source: str) -> None:
    assert unsafe(source)
    assert not unsafe("{{ entry.summary_html|safe }} {{ safe }} {{ summary_html|default:''|safe }}")
