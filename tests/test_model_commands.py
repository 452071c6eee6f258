"""The model by command: whether it answers, and what is drafted where there is none."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from digests.drafting.bank import default_bank
from digests.drafting.verify import find_quote
from digests.models import Spending
from papers.fulltext import extract
from tests.local_arxiv.corpus import pdf_of
from tests.model_server import ModelServer

KEY = "sk-very-secret"


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with ModelServer(key=KEY) as server:
        use(settings, server)
        yield server


def use(settings: Any, server: ModelServer) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, server.model
    settings.LLM_API_KEY, settings.LLM_RETRIES, settings.LLM_TIMEOUT = server.key, 0, 60.0
    settings.LLM_PRICE_IN = settings.LLM_PRICE_CACHED = settings.LLM_PRICE_OUT = Decimal(1)


def run(name: str, *args: str) -> str:
    said = io.StringIO()
    call_command(name, *args, stdout=said, stderr=said)
    return said.getvalue()


def refusal_of(name: str, *args: str) -> str:
    said = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, *args, stdout=said, stderr=said)
    assert raised.value.returncode == 1 and said.getvalue() == ""
    return str(raised.value)


# ── check_llm ───────────────────────────────────────────────────────────────────────────────────
def test_a_model_that_answers_is_told_by_name_latency_mode_and_price(model: ModelServer) -> None:
    said = run("check_llm")
    assert re.fullmatch(r"local-model  \d+\.\d\d s  schema  price known\n", said)
    assert len(model.requests) == 1 and KEY not in said


@pytest.mark.parametrize(("forms", "mode"), [(["json_object"], "json"), ([], "text")])
def test_the_form_that_the_server_can_do_is_told(
    settings: Any, forms: list[str], mode: str
) -> None:
    with ModelServer(forms=forms) as server:
        use(settings, server)
        assert f" {mode}  price known" in run("check_llm")


def test_a_price_that_is_missing_is_told(model: ModelServer, settings: Any) -> None:
    settings.LLM_PRICE_CACHED = None
    assert run("check_llm").endswith("price not known\n")


def test_without_a_model_the_check_says_so(settings: Any) -> None:
    settings.LLM_MODEL = ""
    assert "LLM_MODEL is not set" in refusal_of("check_llm")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("403", "refused-key"),
        ("quota", "no-credit"),
        ("500", "server-error"),
        ("429:7", "rate-limited"),
        ("hang", "timeout"),
        ("reset", "unreachable"),
        ("html", "server-error"),
        ("empty", "empty"),
    ],
)
def test_a_model_that_does_not_answer_is_told_by_code_and_words_of_its_own(
    model: ModelServer, settings: Any, fault: str, code: str
) -> None:
    model.script(fault, forever=True)
    if code == "timeout":
        settings.LLM_TIMEOUT = 0.5
    said = refusal_of("check_llm")
    assert said.startswith(f"{code}: ")
    assert KEY not in said and "arXiv" not in said and "by itself" not in said


def test_a_wrong_key_is_refused_and_never_repeated(model: ModelServer, settings: Any) -> None:
    settings.LLM_API_KEY = "sk-wrong-secret"
    said = refusal_of("check_llm")
    assert said.startswith("refused-key: ") and "sk-" not in said


def test_an_unknown_model_is_told_without_the_key(model: ModelServer, settings: Any) -> None:
    settings.LLM_MODEL = "no-such-model"
    said = refusal_of("check_llm")
    assert said.startswith("unknown-model: ") and "no-such-model" in said and KEY not in said


@pytest.mark.parametrize("address", ["not an address", "ftp://a.b/v1", "http://"])
def test_a_wrong_address_is_told(model: ModelServer, settings: Any, address: str) -> None:
    settings.LLM_BASE_URL = address
    assert refusal_of("check_llm").startswith("bad-address: ")


@pytest.mark.django_db
def test_the_check_is_no_drafting_and_leaves_no_row(model: ModelServer) -> None:
    run("check_llm")
    assert not Spending.objects.exists()


# ── evaluate_drafter ────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def a_pdf(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf_of("2304.99002", 1))
    return path


def test_the_extractive_drafter_is_shown_as_json_with_places(a_pdf: Path) -> None:
    (result,) = json.loads(run("evaluate_drafter", "--pdf", str(a_pdf), "--json"))
    assert result["file"] == str(a_pdf)
    assert result["kind"] in {"method", "resource", "empirical", "survey", "theory"}
    bank = {b.key: b.ja for b in default_bank()}
    passages = extract(a_pdf).passages
    assert len(result["questions"]) >= 3
    for row in result["questions"]:
        assert row["question"] == bank[row["key"]]
        assert 1 <= len(row["quotes"]) <= 3
        for quote in row["quotes"]:
            found = find_quote(quote["quote"], passages)
            assert found and (quote["page"], quote["section"]) == (found.page, found.section)
    asked = {row["key"] for row in result["questions"]}
    assert set(result["left_out"]) <= bank.keys() - asked


def test_several_papers_are_shown_in_order(a_pdf: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(pdf_of("2304.99001", 1))
    results = json.loads(run("evaluate_drafter", "--pdf", str(a_pdf), str(other), "--json"))
    assert [r["file"] for r in results] == [str(a_pdf), str(other)]
    assert results[0]["questions"] != results[1]["questions"]


def test_the_plain_form_names_each_quotes_page_and_section(a_pdf: Path) -> None:
    said = run("evaluate_drafter", "--pdf", str(a_pdf))
    assert said.startswith(f"{a_pdf}  (")
    assert re.search(r"    - .{40,}  \(p\. \d+, .+\)", said)


@pytest.mark.parametrize("content", [b"", b"just a letter", b"%PDF-1.7 and then nothing"])
def test_a_file_that_is_no_pdf_is_named_with_the_reason(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    said = refusal_of("evaluate_drafter", "--pdf", str(path))
    assert said.startswith(f"{path}: ") and "Traceback" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pdf"
    assert refusal_of("evaluate_drafter", "--pdf", str(missing)) == f"{missing}: no such file"
