"""Groups, question bank, sources and masthead of an empty house. Never undoes a person's change:
what is there stays as it is."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from digests import shelves
from digests.drafting.bank import default_bank
from digests.drafting.glossary import default_glossary
from digests.models import BankPriority, BankQuestion, Masthead, Shelf, Source, Term

WRITERS = [
    "view_issue", "change_issue", "add_issue", "view_entry", "change_entry", "add_entry",
    "view_question", "change_question", "add_question", "delete_question", "view_draft",
    "view_evidence", "add_evidence", "add_weekpreview", "change_weekpreview", "view_weekpreview",
    "view_paper", "view_version", "view_bankquestion", "view_note", "add_note", "change_note",
    "view_previewlink", "view_comment", "view_source",
]  # fmt: skip
EDITORS = [
    *WRITERS, "publish_issue", "delete_issue", "delete_entry", "change_bankquestion",
    "add_bankquestion", "view_term", "add_term", "change_term", "delete_term", "view_spending",
    "change_bankpriority", "add_bankpriority", "delete_bankpriority",
    "view_bankpriority", "add_previewlink", "change_previewlink", "change_comment",
    "delete_comment",
]  # fmt: skip
MANAGERS = [
    *EDITORS, "change_masthead", "view_masthead", "add_source", "change_source", "view_source",
    "add_editor", "change_editor", "view_editor",
]  # fmt: skip
GROUPS = {"執筆者": WRITERS, "編集者": EDITORS, "管理者": MANAGERS}
SOURCES: list[dict[str, Any]] = [
    {
        "key": "dair-ai",
        "name": "dair.ai「Top AI Papers of the Week」",
        "url": "https://github.com/dair-ai/AI-Papers-of-the-Week",
        "list_url": (
            "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/years/{year}.md"
        ),
        "is_watched": True,
    },
    {"key": "other", "name": "その他のリスト", "url": "", "list_url": ""},
]


class Command(BaseCommand):
    help = "Make groups, question bank, sources and masthead where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable", verbosity=0)
        with transaction.atomic():
            _groups()
            _bank()
            _glossary()
            for source in SOURCES:
                Source.objects.get_or_create(key=source["key"], defaults=source)
            if not Masthead.objects.exists():
                Masthead(pk=1).save()
        if not Shelf.objects.exists():  # a house from before there were shelves
            shelves.rebuild()


def _groups() -> None:
    for label in ("papers", "digests"):  # auth makes them later than this, on a fresh database
        create_permissions(apps.get_app_config(label), verbosity=0)
    for name, codenames in GROUPS.items():
        group, is_new = Group.objects.get_or_create(name=name)
        if is_new or not group.permissions.exists():
            group.permissions.set(Permission.objects.filter(codename__in=codenames))


def _glossary() -> None:
    if Term.objects.exists():
        return
    Term.objects.bulk_create(
        Term(position=n, en=term.en, ja=term.ja, forbidden=", ".join(term.forbidden))
        for n, term in enumerate(default_glossary(), 1)
    )


def _bank() -> None:
    if BankQuestion.objects.exists():
        return
    for position, item in enumerate(default_bank(), 1):
        row = BankQuestion.objects.create(
            key=item.key, position=position, ja=item.ja, en=item.en, hint_ja=item.hint_ja
        )
        BankPriority.objects.bulk_create(
            BankPriority(question=row, kind=kind, priority=priority)
            for kind, priority in item.priority.items()
        )
