"""lint_text and check_quote, as a person runs them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.pdfs import paper_pdf

GOOD = {
    "title": "A Paper",
    "authors": ["Ana Costa"],
    "summary": "翻訳を扱った論文です。",
    "questions": [{"question": "何ができますか？", "answer": "20の言語を翻訳できます。"}],
}
BAD = GOOD | {
    "questions": [
        {"question": "何ができますか？", "answer": "翻訳ができます。"},
        {"question": "誰が使いますか", "answer": "A: はい、私たちが使う."},
    ]
}
SENTENCE = "The tide gauges of seven harbours agree within two millimetres over the whole year."


def lint(data: object, tmp_path: Path, *options: str) -> tuple[str, int]:
    """What the command prints and its exit status."""
    path = tmp_path / "text.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    out = io.StringIO()
    try:
        call_command("lint_text", str(path), *options, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def test_a_good_text_prints_nothing_and_ends_with_0(tmp_path: Path) -> None:
    assert lint({"papers": [GOOD]}, tmp_path) == ("", 0)
    out, status = lint({"papers": [GOOD]}, tmp_path, "--json")
    assert (json.loads(out), status) == ([], 0)


def test_json_counts_papers_and_questions_from_1_and_shows_the_place(tmp_path: Path) -> None:
    other = BAD | {"summary": "我々は翻訳を扱います。"}
    out, status = lint({"papers": [GOOD, other]}, tmp_path, "--json")
    rows = {row["code"]: row for row in json.loads(out)}
    assert status == 1
    keys = ["code", "severity", "paper", "question", "field", "offset", "length", "message"]
    assert all(list(row) == keys and row["message"] for row in rows.values())
    label, voice = rows["label-left"], rows["question-mark"]
    assert (label["paper"], label["question"], label["field"], label["offset"]) == (
        *(2, 2, "answer", 0),
    )
    assert (voice["severity"], voice["question"], voice["field"]) == ("warning", 2, "question")
    assert {row["question"] for row in json.loads(out) if row["field"] == "summary"} == {None}


def test_plain_output_is_a_line_for_each_finding(tmp_path: Path) -> None:
    as_json, _ = lint({"papers": [BAD]}, tmp_path, "--json")
    plain, _ = lint({"papers": [BAD]}, tmp_path)
    assert len(plain.splitlines()) == len(json.loads(as_json)) >= 5


def test_warnings_alone_end_with_0(tmp_path: Path) -> None:
    out, status = lint({"papers": [GOOD | {"summary": "我々は翻訳を扱います。"}]}, tmp_path)
    assert "voice" in out
    assert status == 0


def test_a_field_that_the_text_leaves_out_is_not_empty(tmp_path: Path) -> None:
    short = {"title": "A Paper", "questions": GOOD["questions"]}
    assert lint({"papers": [short]}, tmp_path) == ("", 0)
    out, status = lint({"papers": [short | {"summary": ""}]}, tmp_path)
    assert "empty" in out
    assert status == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ([], "papers"),
        ({"papers": 3}, "papers"),
        ({"papers": ["x"]}, "papers[1]"),
        ({"papers": [{"title": 3}]}, "papers[1].title"),
        ({"papers": [{"authors": [3]}]}, "papers[1].authors"),
        ({"papers": [GOOD, {"questions": {}}, {"questions": 3}]}, "papers[3].questions"),
        ({"papers": [{"questions": [{"question": "何？", "answer": 4}]}]}, "questions[1].answer"),
    ],
)
def test_malformed_input_is_told_and_ends_with_2(data: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        lint(data, tmp_path)
    assert words in str(error.value)
    assert error.value.returncode == 2


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("lint_text", str(tmp_path / "nothing.json"))
    (tmp_path / "raw").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("lint_text", str(tmp_path / "raw"))


def test_half_a_character_is_no_crash(tmp_path: Path) -> None:
    text = '{"papers": [{"title": "A", "summary": "\\ud800我々は訳します。"}]}'
    out, _ = lint(text, tmp_path, "--json")
    assert [(row["code"], row["offset"]) for row in json.loads(out)] == [("voice", 1)]


class _Input:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = json.dumps({"papers": [GOOD | {"summary": "我々は訳します。"}]}).encode()
    monkeypatch.setattr("sys.stdin", _Input(raw))
    out = io.StringIO()
    call_command("lint_text", "-", stdout=out)
    assert "voice" in out.getvalue()


# ── check_quote ─────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "tides.pdf"
    filler = "Every harbour keeps a log of its own, and the logs are compared once a month. " * 6
    content = paper_pdf(
        "Tides of Seven Harbours",
        ["Ana Costa"],
        "We compare the tide gauges of seven harbours and explain where they differ.",
        [("Introduction", [filler]), ("Results", [f"{SENTENCE} {filler}"])],
        hyphenate=False,
    )
    path.write_bytes(content)
    return path


def quotes_checked(pdf: Path, lines: str, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    monkeypatch.setattr("sys.stdin", _Input(lines.encode()))
    out = io.StringIO()
    options: dict[str, Any] = {"stdout": out}
    call_command("check_quote", "--pdf", str(pdf), **options)
    return [line.split("\t") for line in out.getvalue().splitlines()]


def test_a_true_quote_shows_its_page_and_a_changed_one_the_real_wording(
    pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = SENTENCE.replace("seven", "nine")
    far = "Nothing in this sentence has anything to do with what the paper has measured."
    rows = quotes_checked(pdf, f"{SENTENCE}\n\n{changed}\n{far}\n", monkeypatch)
    assert rows[0] == ["1", SENTENCE]
    assert rows[1] == ["-", changed, SENTENCE]
    assert rows[2] == ["-", far, ""]


def test_a_pdf_that_can_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="no such file"):
        quotes_checked(tmp_path / "none.pdf", "", monkeypatch)
    (tmp_path / "text.pdf").write_text("not a PDF", encoding="utf-8")
    with pytest.raises(CommandError, match=r"text\.pdf"):
        quotes_checked(tmp_path / "text.pdf", "", monkeypatch)
