"""The machine's part by command: the same verbs, clear words, and exit codes to build upon."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from digests import workflow
from digests.models import Edition, Entry, EntryJob, Issue, Source, WeekPreview
from papers import ingest, jobs
from papers.models import Heartbeat, Job
from tests.factories import (
    make_editor,
    make_entry,
    make_entry_job,
    make_issue,
    make_version,
    make_written_entry,
)
from tests.local_arxiv import LocalArxiv, weekly_list
from tests.local_arxiv.faults import FAULTS

ROOT = Path(__file__).parents[1]
real_world = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arxiv(settings: Any) -> Iterator[LocalArxiv]:
    with LocalArxiv() as site:
        settings.ARXIV_API_URL, settings.ARXIV_PDF_URL = site.api_url, site.pdf_url
        settings.LIST_HOSTS = [site.url]
        yield site


@pytest.fixture
def a_file(tmp_path: Path) -> str:
    path = tmp_path / "list.md"
    path.write_text(weekly_list(), encoding="utf-8")
    return str(path)


def run(name: str, *args: str) -> str:
    """What the command says; CommandError is exit 1 with its words on stderr."""
    said = io.StringIO()
    call_command(name, *args, stdout=said, stderr=said)
    return said.getvalue()


def refusal_of(name: str, *args: str) -> tuple[str, str]:
    """What the command says before it gives up, and why it does."""
    said = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, *args, stdout=said, stderr=said)
    assert raised.value.returncode == 1
    return said.getvalue(), str(raised.value)


def rows() -> dict[str, int]:
    return {m._meta.label: m._default_manager.count() for m in apps.get_models()}


# ── import_week ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_a_week_is_shown_as_a_table_and_kept_as_a_preview(a_file: str) -> None:
    said = run("import_week", a_file).splitlines()
    assert said[0].startswith("2023-04-10 – 2023-04-16")
    table = [line for line in said if "  " in line and line.lstrip()[0].isdigit()]
    assert len([line for line in table if " new " in line]) == 9
    assert len([line for line in table if " no_id " in line]) == 1
    assert WeekPreview.objects.get().rows.count() == 10
    assert not Issue.objects.exists()


@pytest.mark.django_db
def test_as_json_it_has_the_keys_that_were_promised(a_file: str) -> None:
    covered = make_entry(make_issue(slug="earlier"), make_version("2304.99002"))
    data = json.loads(run("import_week", a_file, "--json"))
    assert list(data) == ["first_on", "last_on", "rows"]
    assert (data["first_on"], data["last_on"]) == ("2023-04-10", "2023-04-16")
    keys = ["number", "title", "url", "arxiv_id", "version", "state", "issue"]
    assert all(list(row) == keys for row in data["rows"])
    by_number = {row["number"]: row for row in data["rows"]}
    assert by_number[1] | {"title": "", "url": ""} == {
        "number": 1, "title": "", "url": "", "arxiv_id": "2304.99001", "version": 1,
        "state": "new", "issue": None,
    }  # fmt: skip
    assert (by_number[2]["state"], by_number[2]["issue"]) == ("covered", covered.issue.slug)
    assert (by_number[6]["state"], by_number[6]["arxiv_id"]) == ("no_id", None)


@pytest.mark.django_db
def test_a_repeated_row_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "list.md"
    path.write_text(weekly_list().replace("2304.99003", "2304.99001"), encoding="utf-8")
    data = json.loads(run("import_week", str(path), "--json"))
    assert {r["number"]: r["state"] for r in data["rows"] if r["number"] < 4} == {
        1: "new", 2: "new", 3: "repeated",
    }  # fmt: skip


@pytest.mark.django_db
def test_picks_make_the_issue_in_their_order_and_twice_is_once(a_file: str) -> None:
    run("import_week", a_file, "--pick", "4,5,2,8,7,9")
    again = run("import_week", a_file, "--pick", "4,5,2,8,7,9")
    issue = Issue.objects.get()
    assert issue.slug == "2023-04-10" and issue.source.key == "dair-ai"
    papers = [str(e.paper) for e in issue.entries.select_related("paper")]
    assert papers == [f"2304.9900{n}" for n in (4, 5, 2, 8, 7, 9)]
    assert again.splitlines()[-1] == "2023-04-10: 0 + 6"
    assert EntryJob.objects.count() == 6


@pytest.mark.django_db
def test_a_pick_that_cannot_be_taken_is_named(a_file: str) -> None:
    said = run("import_week", a_file, "--pick", "6,1")
    assert "6) The Reading Room Report" in said
    assert [str(e.paper) for e in Entry.objects.all()] == ["2304.99001"]


@pytest.mark.django_db
def test_the_week_named_is_taken_of_many_else_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "list.md"
    older = weekly_list().replace("April 10 - April 16", "April 3 - April 9")
    path.write_text(older + weekly_list(), encoding="utf-8")
    assert json.loads(run("import_week", str(path), "--json"))["first_on"] == "2023-04-10"
    named = json.loads(run("import_week", str(path), "--week", "2023-04-03", "--json"))
    assert (named["first_on"], named["last_on"]) == ("2023-04-03", "2023-04-09")


@pytest.mark.django_db
@pytest.mark.parametrize("extra", [[], ["--json"], ["--pick", "4,5"], ["--as-of", "2023-04-12"]])
def test_a_dry_run_keeps_nothing(a_file: str, extra: list[str]) -> None:
    before = rows()
    assert "2304.99004" in run("import_week", a_file, "--dry-run", *extra)
    assert rows() == before


@pytest.mark.django_db
def test_a_day_given_goes_with_the_preview_and_its_entries(a_file: str) -> None:
    run("import_week", a_file, "--as-of", "2023-04-12", "--pick", "8")
    assert WeekPreview.objects.get().as_of == Entry.objects.get().as_of == date(2023, 4, 12)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--week", "2031-01-06"], "2031-01-06"),
        (["--week", "2023-04-31"], "2023-04-31"),
        (["--as-of", "tomorrow"], "tomorrow"),
        (["--pick", "4,x"], "4,x"),
        (["--pick", "99"], "99"),
        (["--pick", "-1"], "-1"),
    ],
)
def test_what_cannot_be_done_says_why_and_keeps_nothing(
    a_file: str, args: list[str], word: str
) -> None:
    before = rows()
    _said, why = refusal_of("import_week", a_file, *args)
    assert word in why
    assert rows() == before


@pytest.mark.django_db
def test_a_text_without_a_week_is_shown_and_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "list.md"
    path.write_text("See arXiv:2304.99001.", encoding="utf-8")
    said, _why = refusal_of("import_week", str(path), "--json")
    data = json.loads(said)
    assert (data["first_on"], data["rows"][0]["arxiv_id"]) == (None, "2304.99001")


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"nothing here", b"\xff\xfe\x00", b"\x00" * 100])
def test_a_file_that_is_no_list_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.md"
    path.write_bytes(content)
    assert refusal_of("import_week", str(path))[1]
    assert not WeekPreview.objects.exists()


@pytest.mark.django_db
def test_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("# 論文（2023年4月3日から9日）\n1. 調査 2304.99001".encode("cp932"))
    assert "調査" in run("import_week", str(path), "--dry-run")


@pytest.mark.django_db
def test_a_file_that_is_not_there_and_a_folder_are_refused_in_words(tmp_path: Path) -> None:
    assert "nothing.md" in refusal_of("import_week", str(tmp_path / "nothing.md"))[1]
    assert str(tmp_path) in refusal_of("import_week", str(tmp_path))[1]


@pytest.mark.django_db
def test_a_list_is_fetched_from_an_allowed_address_only(arxiv: LocalArxiv) -> None:
    assert "2304.99001" in run("import_week", f"{arxiv.url}/list.md")
    assert WeekPreview.objects.get().origin == "fetched"
    assert "evil.example" in refusal_of("import_week", "https://evil.example/list.md")[1]


@real_world
def test_others_can_write_while_a_list_is_fetched(
    arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that is open over the network locks SQLite for everybody."""

    def write_first(wire: Any, reply: Any, _value: str) -> None:
        Source.objects.create(key="written-meanwhile", name="x")
        connections.close_all()
        wire.send(reply)

    monkeypatch.setitem(FAULTS, "write-first", write_first)  # type: ignore[arg-type]
    arxiv.script("list", "write-first")
    run("import_week", f"{arxiv.url}/list.md")
    assert Source.objects.filter(key="written-meanwhile").exists()


def test_the_exit_codes_are_those_that_scripts_see(tmp_path: Path) -> None:
    """The real command in a process of its own, on a database that has no tables: not a traceback
    for a list that is none, and exit 1."""
    path = tmp_path / "list.md"
    path.write_text("no papers", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "manage.py", "import_week", str(path)],
        cwd=ROOT, env={"VAR_DIR": str(tmp_path), "PATH": "", "LANGUAGE_CODE": "en"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "No paper was found" in done.stderr


# ── draft_issue ─────────────────────────────────────────────────────────────────────────────────
@real_world
def test_with_no_worker_alive_the_command_does_the_work_itself(
    arxiv: LocalArxiv, a_file: str
) -> None:
    run("import_week", a_file, "--pick", "4,9")
    said = run("draft_issue", "2023-04-10")
    for entry in Entry.objects.all():
        assert entry.drafts.get().items.exists()
        for step in EntryJob.Step.values:
            assert any(str(entry.paper) in line and step in line for line in said.splitlines())
    assert set(EntryJob.objects.values_list("state", flat=True)) == {Job.State.DONE}
    assert len(arxiv.asked("api")) == 1
    assert run("draft_issue", "2023-04-10")  # twice is the same as once
    assert Entry.objects.filter(drafts__isnull=False).count() == 2


@real_world
def test_a_paper_that_cannot_be_drafted_is_named_and_the_others_are_done(
    arxiv: LocalArxiv,
) -> None:
    issue = make_issue(slug="an-issue")
    for arxiv_id in ("2304.98888", "2304.99009"):
        workflow.add_entry(issue, ingest.paper_for(arxiv_id))
    said, _why = refusal_of("draft_issue", "an-issue")
    failed = [line for line in said.splitlines() if "failed" in line]
    assert len(failed) == 1 and failed[0].count("2304.98888") == 2
    assert Entry.objects.get(drafts__isnull=False).paper.arxiv_id == "2304.99009"


@real_world
def test_an_external_paper_without_a_pdf_is_no_failure(arxiv: LocalArxiv) -> None:
    version = ingest.store_typed(ingest.Typed("A Report", ("A",), date(2023, 4, 3)))
    issue = make_issue(slug="an-issue")
    workflow.add_entry(issue, version.paper, workflow.Wish(version=version))
    for _ in range(2):
        run("draft_issue", "an-issue")
    assert arxiv.requests == []


@pytest.mark.django_db
def test_with_a_worker_alive_the_command_only_asks() -> None:
    entry = make_entry(make_issue(slug="an-issue"))
    jobs.heartbeat("a-worker")
    run("draft_issue", "an-issue")
    assert EntryJob.objects.get(entry=entry).state == Job.State.QUEUED


@real_world
def test_a_worker_that_dies_while_the_command_waits_is_replaced_by_it(arxiv: LocalArxiv) -> None:
    issue = make_issue(slug="an-issue")
    make_entry_job(workflow.add_entry(issue, ingest.paper_for("2304.99009")))
    almost_gone = timezone.now() - jobs.WORKER_IS_GONE_AFTER + timedelta(seconds=0.5)
    Heartbeat.objects.create(worker="dying", seen_at=almost_gone)
    run("draft_issue", "an-issue", "--wait")
    assert Entry.objects.get().drafts.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["draft_issue", "publish_issue"])
def test_an_issue_that_is_not_there_is_named(name: str) -> None:
    extra = ["--user", "hana"] if name == "publish_issue" else []
    assert "1999-01-01" in refusal_of(name, "1999-01-01", *extra)[1]


# ── publish_issue ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_publishing_prints_the_reasons_until_a_person_has_approved() -> None:
    make_editor("hana")
    issue = make_issue(slug="an-issue")
    entry = make_written_entry(issue, highlight="")
    said, _why = refusal_of("publish_issue", "an-issue", "--user", "hana")
    assert len(said.splitlines()) >= 2 and all(str(entry) in line for line in said.splitlines())
    assert not Edition.objects.exists()

    Entry.objects.update(highlight="小さな行の研究")
    workflow.approve(Entry.objects.get(), by=make_editor())
    said = run("publish_issue", "an-issue", "--user", "hana")
    assert "/issues/an-issue/" in said
    assert Edition.objects.get().published_by.username == "hana"


@pytest.mark.django_db
def test_only_who_may_publish_publishes() -> None:
    issue = make_issue(slug="an-issue")
    workflow.approve(make_written_entry(issue), by=None)
    writer = make_editor("writer", is_superuser=False)
    writer.groups.add(Group.objects.get(name="執筆者"))
    make_editor("gone", is_active=False)
    for name in ("writer", "gone", "nobody"):
        assert name in refusal_of("publish_issue", "an-issue", "--user", name)[1]
    assert not Edition.objects.exists()


# ── an empty house ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db
def test_after_the_first_migrate_the_groups_have_their_permissions() -> None:
    """They are made before auth has made the permissions; an empty group locks every editor out."""
    rights = {
        g.name: set(g.permissions.values_list("codename", flat=True)) for g in Group.objects.all()
    }
    assert set(rights) == {"執筆者", "編集者", "管理者"}
    assert {"change_entry", "view_paper"} <= rights["執筆者"] < rights["編集者"] < rights["管理者"]
    assert "publish_issue" in rights["編集者"] - rights["執筆者"]


@pytest.mark.django_db
def test_furnishing_again_undoes_no_persons_change() -> None:
    group = Group.objects.get(name="執筆者")
    group.permissions.set(group.permissions.filter(codename="view_issue"))
    Source.objects.filter(key="dair-ai").update(name="別の名前")
    before = rows()
    run("furnish")
    assert group.permissions.count() == 1
    assert Source.objects.get(key="dair-ai").name == "別の名前"
    assert rows() == before
