"""The gateway to arXiv against a real server: what it gives, and how it ends when arXiv fails."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pypdfium2
import pytest
import requests

from papers.arxiv import (
    MOST_IDS,
    Answer,
    ArxivConfig,
    ArxivError,
    fetch_pdf,
    fetch_records,
    pdf_url_for,
)
from papers.identifiers import ArxivId, find_arxiv_ids
from tests.house import wait_until
from tests.local_arxiv import PAPERS, Fault, LocalArxiv, weekly_list

ROOT = Path(__file__).parents[1]
FIRST, SECOND, THIRD = ArxivId("2304.99001"), ArxivId("2304.99002"), ArxivId("2304.99003")
WITHDRAWN, ODD_TITLE, OLD_STYLE = "2304.99010", "2304.99006", "cs/0304999"
SHORT = 0.4  # seconds of deadline for servers that would never end by themselves


@pytest.fixture(params=["2024", "2026"])
def both_shapes(request: pytest.FixtureRequest) -> Iterator[LocalArxiv]:
    with LocalArxiv(shape=request.param) as server:
        yield server


@pytest.fixture
def server() -> Iterator[LocalArxiv]:
    with LocalArxiv() as running:
        yield running


def config_for(
    server: LocalArxiv, *, total_timeout: float = 120.0, api_gap: float = 0.0
) -> ArxivConfig:
    return ArxivConfig(
        server.api_url,
        server.pdf_url,
        contact="editor@digest.example",
        total_timeout=total_timeout,
        api_gap=api_gap,
    )


def records_error(server: LocalArxiv, *, total_timeout: float = 120.0) -> ArxivError:
    with pytest.raises(ArxivError) as caught:
        fetch_records([FIRST, SECOND], config_for(server, total_timeout=total_timeout))
    return caught.value


def pdf_error(server: LocalArxiv, target: Path, config: ArxivConfig) -> ArxivError:
    with pytest.raises(ArxivError) as caught:
        fetch_pdf(pdf_url_for(FIRST.id, 1, config), target, config)
    assert list(target.parent.iterdir()) == [], "a failed download leaves nothing behind"
    return caught.value


# Records


def test_record_holds_what_arxiv_says_in_both_shapes(both_shapes: LocalArxiv) -> None:
    answer = fetch_records([THIRD], config_for(both_shapes))

    (record,) = answer.records
    assert (record.arxiv_id, record.version) == ("2304.99003", 2)
    assert record.title == PAPERS["2304.99003"].newest.title
    assert "$k$-Sparse" in record.title
    assert record.authors == ("Ilse Vandermolen", "Prakash Nair-Thorvald", "Óscar Benavente")
    assert record.published_at == datetime(2023, 4, 11, 11, 58, 33, tzinfo=UTC)
    assert record.updated_at == datetime(2023, 4, 14, 9, 5, 41, tzinfo=UTC)
    assert record.primary_category == "cs.LG"
    assert record.categories == ("cs.LG", "cs.CL", "stat.ML")
    assert record.abstract == PAPERS["2304.99003"].newest.abstract
    assert record.comment == "Code: https://example.org/k-sparse; fixed a sign in Theorem 1"
    assert record.doi == "10.5555/example.99003"
    assert record.abs_url == "https://arxiv.org/abs/2304.99003v2"
    assert record.pdf_url == "https://arxiv.org/pdf/2304.99003v2"
    assert not record.is_withdrawn


def test_all_papers_come_in_one_request_in_the_order_asked(both_shapes: LocalArxiv) -> None:
    ids = [ArxivId(name) for name in reversed(list(PAPERS))]

    answer = fetch_records(ids, config_for(both_shapes))

    assert [record.arxiv_id for record in answer.records] == [one.id for one in ids]
    (asked,) = both_shapes.asked("api")
    assert asked.query["max_results"] == str(len(ids)), "arXiv's own default is 10"


def test_user_agent_carries_the_contact_address(server: LocalArxiv) -> None:
    fetch_records([FIRST], replace(config_for(server), contact="editor@digest.example\r\nX: y"))

    assert "(editor@digest.exampleX:y)" in server.requests[0].headers["User-Agent"]


def test_old_style_id_is_read(both_shapes: LocalArxiv) -> None:
    (record,) = fetch_records([ArxivId(OLD_STYLE)], config_for(both_shapes)).records

    assert record.abs_url == "https://arxiv.org/abs/cs/0304999v1"
    assert record.journal_ref == "Example Letters in Computing 1 (2003) 1-8"


def test_named_version_is_the_version_given(server: LocalArxiv) -> None:
    answer = fetch_records([ArxivId(FIRST.id, 1), FIRST], config_for(server))

    assert [record.version for record in answer.records] == [1, 2]
    assert answer.records[0].title == "Forgetting Curves for Retrieval Indexes"
    assert answer.records[0].updated_at == answer.records[1].published_at


def test_newest_version_asked_twice_is_one_record(server: LocalArxiv) -> None:
    answer = fetch_records([FIRST, ArxivId(FIRST.id, 2), FIRST], config_for(server))

    assert [(record.arxiv_id, record.version) for record in answer.records] == [(FIRST.id, 2)]


def test_unknown_papers_and_versions_are_named_as_missing(server: LocalArxiv) -> None:
    ids = [ArxivId("2304.98765"), FIRST, ArxivId(SECOND.id, 9)]

    answer = fetch_records(ids, config_for(server))

    assert [record.arxiv_id for record in answer.records] == [FIRST.id]
    assert answer.missing == ("2304.98765", "2304.99002v9")


def test_empty_feed_names_every_id_as_missing(server: LocalArxiv) -> None:
    server.script("api", "empty")

    assert fetch_records([FIRST, SECOND], config_for(server)).missing == (FIRST.id, SECOND.id)


def test_malformed_ids_are_never_sent(server: LocalArxiv) -> None:
    answer = fetch_records([ArxivId("abc"), FIRST, ArxivId("2313.00001")], config_for(server))

    assert answer.malformed == ("abc", "2313.00001")
    assert [record.arxiv_id for record in answer.records] == [FIRST.id]
    assert [one.query["id_list"] for one in server.requests] == [FIRST.id]


def test_nothing_to_ask_asks_nothing(server: LocalArxiv) -> None:
    assert fetch_records([], config_for(server)) == Answer((), (), ())
    assert fetch_records([ArxivId("abc")], config_for(server)) == Answer((), (), ("abc",))
    assert server.requests == []


def test_too_many_ids_are_refused_before_asking(server: LocalArxiv) -> None:
    with pytest.raises(ValueError, match="101"):
        fetch_records([ArxivId(f"2304.{n:05}") for n in range(1, MOST_IDS + 2)], config_for(server))
    assert server.requests == []


@pytest.mark.parametrize("fault", ["error-entry:2304.99002", "error-entry-200:2304.99002"])
def test_id_that_arxiv_calls_malformed_does_not_stop_the_others(
    server: LocalArxiv, fault: str
) -> None:
    server.script("api", fault)

    answer = fetch_records([FIRST, SECOND, THIRD], config_for(server))

    assert [record.arxiv_id for record in answer.records] == [FIRST.id, THIRD.id]
    assert answer.malformed == (SECOND.id,)
    assert [one.query["id_list"] for one in server.requests] == [
        "2304.99001,2304.99002,2304.99003",
        "2304.99001,2304.99003",
    ]


def test_single_id_that_arxiv_calls_malformed_is_not_asked_again(server: LocalArxiv) -> None:
    server.script("api", "error-entry:2304.99001", forever=True)

    assert fetch_records([FIRST], config_for(server)) == Answer((), (), (FIRST.id,))
    assert len(server.requests) == 1


def test_second_request_of_one_call_keeps_the_gap(server: LocalArxiv) -> None:
    server.script("api", "error-entry:2304.99002")

    fetch_records([FIRST, SECOND], config_for(server, api_gap=0.3))

    first, second = server.requests
    assert second.at - first.at >= 0.3


@pytest.mark.parametrize(
    "faults", [["error-entry:nothing-of-ours"], ["error-entry:2304.99002", "error-entry:9"]]
)
def test_error_entry_that_names_none_of_ours_is_final(
    server: LocalArxiv, faults: list[str]
) -> None:
    server.script("api", *faults)

    error = records_error(server)

    assert (error.code, error.is_passing) == ("bad-request", False)
    assert "incorrect id format" in error.value


def test_unreadable_date_loses_only_its_own_record(both_shapes: LocalArxiv) -> None:
    both_shapes.script("api", f"bad-date:{SECOND}")

    answer = fetch_records([FIRST, SECOND, THIRD], config_for(both_shapes))

    assert [record.arxiv_id for record in answer.records] == [FIRST.id, THIRD.id]
    assert (answer.malformed, answer.missing) == ((SECOND.id,), ())


def test_control_characters_leave_the_title_and_less_than_stays(both_shapes: LocalArxiv) -> None:
    (record,) = fetch_records([ArxivId(ODD_TITLE)], config_for(both_shapes)).records

    assert record.title == "When p < 0.05 Is Not Enough: Paired Tests & Leaderboards in NLP"


def test_withdrawn_version_is_recognised_and_the_one_before_is_not(
    both_shapes: LocalArxiv,
) -> None:
    ids = [ArxivId(WITHDRAWN, 1), ArxivId(WITHDRAWN)]

    answer = fetch_records(ids, config_for(both_shapes))

    assert [record.is_withdrawn for record in answer.records] == [False, True]


@pytest.mark.parametrize(
    ("xml", "title"),
    [
        ("  Two\n   lines ", "Two lines"),
        ("bell\x07 and &#8;back", "bell and back"),
        ("&#xFFFE;non&#xD800;characters&#65535;", "noncharacters"),
        ("C1\x86\x9f, DEL\x7f", "C1, DEL"),
        ("\u202eright\u202c \u2066to\u2069 left", "right to left"),
        ("Cafe\u0301", "Café"),
        ("a &lt;b&gt; &amp;amp; &#x3b1;", "a <b> &amp; α"),
        ("Error", "Error"),
    ],
)
def test_text_is_cleaned(server: LocalArxiv, xml: str, title: str) -> None:
    server.script("api", Fault("text", f"title={xml}"))

    (record,) = fetch_records([FIRST], config_for(server)).records

    assert record.title == title


def test_abstract_is_unwrapped_and_keeps_its_paragraphs(server: LocalArxiv) -> None:
    server.script("api", Fault("text", "summary=  One\nsentence.\n  A new\nparagraph.\n\nThird.\n"))

    (record,) = fetch_records([FIRST], config_for(server)).records

    assert record.abstract == "One sentence.\n\nA new paragraph.\n\nThird."


@pytest.mark.parametrize(
    "comment",
    [
        "Withdrawn",
        "Paper withdrawn due to a crucial error",
        "7 pages; withdrawn by the authors",
        "This paper has been withdrawn by the author(s)",
        "This article was temporarily withdrawn",
        "The authors have withdrawn this manuscript",
        "arXiv admin note: this submission has been withdrawn by arXiv administrators",
    ],
)
def test_comment_that_withdraws_is_recognised(server: LocalArxiv, comment: str) -> None:
    server.script("api", Fault("text", f"comment={comment}"))

    assert fetch_records([FIRST], config_for(server)).records[0].is_withdrawn


@pytest.mark.parametrize(
    "abstract",
    [
        "This paper has been withdrawn by the author due to a sign error in equation 3.",
        "This submission has been withdrawn because it was a duplicate.",
        "Withdrawn by the authors.",
    ],
)
def test_abstract_that_withdraws_is_recognised(server: LocalArxiv, abstract: str) -> None:
    server.script("api", Fault("text", f"summary={abstract}"))

    assert fetch_records([FIRST], config_for(server)).records[0].is_withdrawn


@pytest.mark.parametrize(
    "text",
    [
        "summary=The drug was withdrawn from the market in 2004.",
        "summary=We study papers withdrawn by the authors on preprint servers.",
        "summary=The paper was withdrawn by its journal, and we ask why.",
        "summary=We consider participants who have withdrawn their consent.",
        "comment=12 pages. Withdrawn from a conference, resubmitted elsewhere",
        "comment=31 pages, with data on withdrawn products",
    ],
)
def test_something_else_that_was_withdrawn_does_not_withdraw_the_paper(
    server: LocalArxiv, text: str
) -> None:
    server.script("api", Fault("text", text))

    assert not fetch_records([FIRST], config_for(server)).records[0].is_withdrawn


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "cut"),
        ("<html><body>Well-formed.</body></html>", "not-atom"),
        (
            '<!DOCTYPE feed [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom"/>',
            "not-atom",
        ),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><entry>", "cut"),
    ],
)
def test_body_that_is_no_feed_has_its_code(server: LocalArxiv, body: str, code: str) -> None:
    server.script("api", Fault("body", body))

    error = records_error(server)

    assert (error.code, error.is_passing) == (code, True)


# How the API fails


@pytest.mark.parametrize(
    ("fault", "code", "is_passing"),
    [
        ("403", "bad-request", False),
        ("404", "bad-request", False),
        ("429", "rate-limited", True),
        ("500", "server-error", True),
        ("503", "server-error", True),
        ("cut", "cut", True),
        ("broken-off", "cut", True),
        ("short", "cut", True),
        ("html", "not-atom", True),
        ("rate-exceeded", "not-atom", True),
        ("reset", "unreachable", True),
    ],
)
def test_each_failure_has_its_code_and_is_not_tried_again_inside(
    both_shapes: LocalArxiv, fault: str, code: str, is_passing: bool
) -> None:
    both_shapes.script("api", fault)

    error = records_error(both_shapes)

    assert (error.code, error.is_passing, error.retry_after) == (code, is_passing, None)
    assert len(both_shapes.requests) == 1
    assert fetch_records([FIRST], config_for(both_shapes)).records, "the next call is well again"


@pytest.mark.parametrize("fault", ["hang", "drip", "drip-headers", "drip-forever"])
def test_server_that_never_ends_meets_the_total_deadline(server: LocalArxiv, fault: str) -> None:
    server.script("api", fault)

    error = records_error(server, total_timeout=SHORT)

    assert (error.code, error.is_passing) == ("timeout", True)


def test_silence_meets_the_read_timeout(server: LocalArxiv) -> None:
    server.script("api", "hang")

    with pytest.raises(ArxivError, match="timeout"):
        fetch_records([FIRST], replace(config_for(server), read_timeout=0.2))


def test_server_that_is_not_there_is_unreachable() -> None:
    config = ArxivConfig("http://127.0.0.1:1/api/query", "", contact="x")

    with pytest.raises(ArxivError) as caught:
        fetch_records([FIRST], config)

    assert (caught.value.code, caught.value.is_passing) == ("unreachable", True)


@pytest.mark.parametrize("address", ["", "ftp://127.0.0.1/x", "http://[bad/x", "http:///x"])
def test_address_that_is_none_is_a_bad_request(tmp_path: Path, address: str) -> None:
    with pytest.raises(ArxivError) as caught:
        fetch_pdf(address, tmp_path / "paper.pdf", ArxivConfig("", "", contact="x"))

    assert (caught.value.code, caught.value.is_passing) == ("bad-request", False)


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("0", 0), ("9" * 400, 86_400), ("soon", None), ("-5", None)]
)
def test_retry_after_in_seconds(
    server: LocalArxiv, status: str, value: str, seconds: float | None
) -> None:
    server.script("api", Fault(status, value))

    assert records_error(server).retry_after == seconds


@pytest.mark.parametrize(("minutes", "least", "most"), [(10, 580, 600), (-10, 0, 0)])
def test_retry_after_as_a_date(server: LocalArxiv, minutes: int, least: int, most: int) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    server.script("api", Fault("429", format_datetime(moment, usegmt=True)))

    retry_after = records_error(server).retry_after

    assert retry_after is not None
    assert least <= retry_after <= most


def test_redirect_is_followed_on_the_same_host_only(server: LocalArxiv) -> None:
    server.script("api", f"redirect:/api/query?id_list={FIRST}&max_results=1")
    assert fetch_records([FIRST], config_for(server)).records

    with LocalArxiv() as other:
        server.script("api", f"redirect:{other.api_url}")
        error = records_error(server)

        assert (error.code, error.is_passing) == ("redirected", False)
        assert other.requests == []


def test_redirects_in_a_circle_end(server: LocalArxiv) -> None:
    server.script("api", "redirect:/api/query?again", forever=True)

    assert records_error(server).code == "redirected"


# PDFs


def test_pdf_is_written_whole(server: LocalArxiv, tmp_path: Path) -> None:
    config, target = config_for(server), tmp_path / "paper.pdf"

    heard: list[bool] = []
    written = fetch_pdf(
        pdf_url_for(FIRST.id, 2, config),
        target,
        config,
        on_answer=lambda: heard.append(target.exists()),
    )

    assert heard == [False], "it is said once, while the file is still to come"
    assert written == target.stat().st_size
    assert "Forgetting Curves" in text_of(target.read_bytes())
    assert list(tmp_path.iterdir()) == [target]


def test_pdf_replaces_what_was_there_only_when_it_is_whole(
    server: LocalArxiv, tmp_path: Path
) -> None:
    config, target = config_for(server), tmp_path / "paper.pdf"
    target.write_bytes(b"before")
    server.script("pdf", "broken-off")

    with pytest.raises(ArxivError, match="cut"):
        fetch_pdf(pdf_url_for(FIRST.id, 1, config), target, config)

    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("fault", "code", "is_passing"),
    [
        ("404", "pdf-missing", False),
        ("403", "bad-request", False),
        ("429:5", "rate-limited", True),
        ("503", "server-error", True),
        ("broken-off", "cut", True),
        ("reset", "unreachable", True),
        ("html", "not-a-pdf", True),
        ("junk", "not-a-pdf", False),
        ("endless", "pdf-too-large", False),
        ("announced", "pdf-too-large", False),
    ],
)
def test_each_failure_of_a_pdf_has_its_code(
    server: LocalArxiv, tmp_path: Path, fault: str, code: str, is_passing: bool
) -> None:
    server.script("pdf", fault)
    config = replace(config_for(server), max_pdf_bytes=200_000)

    error = pdf_error(server, tmp_path / "paper.pdf", config)

    assert (error.code, error.is_passing) == (code, is_passing)


@pytest.mark.parametrize("fault", ["hang", "drip", "drip-headers", "drip-forever"])
def test_pdf_that_never_ends_meets_the_total_deadline(
    server: LocalArxiv, tmp_path: Path, fault: str
) -> None:
    server.script("pdf", fault)
    config = config_for(server, total_timeout=SHORT)

    assert pdf_error(server, tmp_path / "paper.pdf", config).code == "timeout"


def test_pdf_of_a_withdrawn_version_is_missing(server: LocalArxiv, tmp_path: Path) -> None:
    config = config_for(server)

    with pytest.raises(ArxivError) as caught:
        fetch_pdf(pdf_url_for(WITHDRAWN, 2, config), tmp_path / "paper.pdf", config)

    assert (caught.value.code, caught.value.is_passing) == ("pdf-missing", False)
    assert requests.get(f"{server.url}/abs/{WITHDRAWN}v2", timeout=60).status_code == 200


@pytest.mark.parametrize("base", ["http://arxiv.org/pdf", "https://arxiv.org/pdf/"])
def test_pdf_address_names_the_version_and_arxiv_gets_https(base: str) -> None:
    config = ArxivConfig("", base, contact="x")

    assert pdf_url_for("hep-th/9901001", 3, config) == "https://arxiv.org/pdf/hep-th/9901001v3"


# The local arXiv itself


def text_of(pdf: bytes) -> str:
    return "\n".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)
    ).replace("\r\n", "\n")


def test_every_paper_has_its_pdf_unless_it_is_withdrawn(server: LocalArxiv) -> None:
    for paper in PAPERS.values():
        for version in paper.versions:
            name = f"{paper.arxiv_id}v{version.number}"
            reply = requests.get(f"{server.pdf_url}/{name}", timeout=60)
            assert reply.status_code == (200 if version.has_pdf else 404), name
            if version.has_pdf:
                assert paper.authors[0].split()[-1] in text_of(reply.content), name


def test_no_paper_stands_under_an_id_that_arxiv_could_have_given() -> None:
    numbers = [int(re.split(r"[./]", name)[1][-5:]) for name in PAPERS if "/" not in name]

    assert len(PAPERS) == 14
    assert min(numbers) >= 99_000
    assert [name for name in PAPERS if "/" in name] == ["cs/0304999"]


def test_weekly_list_names_nine_papers_of_the_server(server: LocalArxiv) -> None:
    text = requests.get(f"{server.url}/list.md", timeout=60).text

    assert text == weekly_list()
    assert "(April 10 - April 16)" in text
    assert len(re.findall(r"^\| \d+[.)]", text, flags=re.MULTILINE)) == 10
    ids = find_arxiv_ids(text)
    assert len(ids) == 9
    answer = fetch_records(ids, config_for(server))
    assert len(answer.records) == 9
    assert not any(record.is_withdrawn for record in answer.records)


def test_encrypted_and_foreign_pdfs_are_what_they_say(server: LocalArxiv) -> None:
    server.script(f"/pdf/{FIRST}v1", "encrypted", "other-paper")

    encrypted = requests.get(f"{server.pdf_url}/{FIRST}v1", timeout=60).content
    foreign = requests.get(f"{server.pdf_url}/{FIRST}v1", timeout=60).content

    with pytest.raises(pypdfium2.PdfiumError, match=r"[Pp]assword"):
        pypdfium2.PdfDocument(encrypted)
    assert "Forgetting Curves" not in text_of(foreign)


def test_sample_folder_is_served_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    (folder / "paper-one.pdf").write_bytes(b"%PDF-1.7 sample")
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.7 secret")

    with LocalArxiv(folder=folder) as server:
        found = requests.get(f"{server.url}/sample/paper-one.pdf", timeout=60)
        beside = requests.get(f"{server.url}/sample/%2e%2e%2fsecret.pdf", timeout=60)

    assert found.content == b"%PDF-1.7 sample"
    assert beside.status_code == 404


def test_delay_and_rate_slow_the_answers_down(tmp_path: Path) -> None:
    with LocalArxiv(api_delay=0.2, pdf_rate=20_000) as server:
        started = time.monotonic()
        fetch_records([FIRST], config_for(server))
        answered = time.monotonic()
        size = fetch_pdf(f"{server.pdf_url}/{FIRST}v1", tmp_path / "p.pdf", config_for(server))
        ended = time.monotonic()

    assert answered - started >= 0.2
    assert ended - answered >= size / 20_000 * 0.8


def test_server_counts_what_it_answers_at_once() -> None:
    with LocalArxiv() as server, ThreadPoolExecutor(3) as pool, server.held():
        for one in (FIRST, SECOND, THIRD):
            pool.submit(fetch_records, [one], config_for(server))
        wait_until(lambda: server.most_at_once("api") == 3, "three requests at once")

    with LocalArxiv() as server:
        for one in (FIRST, SECOND, THIRD):
            fetch_records([one], config_for(server))
        assert len(server.asked("api")) == 3
        assert server.most_at_once("pdf") == 0


def test_fault_that_stays_can_be_healed(server: LocalArxiv) -> None:
    server.script("api", "503", forever=True)
    assert [records_error(server).code for _ in range(3)] == ["server-error"] * 3

    server.heal()

    assert fetch_records([FIRST], config_for(server)).records


def test_unknown_fault_is_refused(server: LocalArxiv) -> None:
    with pytest.raises(ValueError, match="no fault 'flood'"):
        server.script("api", "flood")


def test_by_hand_it_prints_how_to_start_the_site_and_where_its_list_is() -> None:
    command = [sys.executable, "-m", "tests.local_arxiv", "--port", "0", "--fault", "api=429:7"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip() for _ in range(2)]
        settings = dict(line.split("=", 1) for line in lines)
        hints = [process.stdout.readline() for _ in range(3)]
        status = requests.get(settings["ARXIV_API_URL"], timeout=60).status_code
        process.send_signal(signal.SIGINT)

    assert list(settings) == ["ARXIV_API_URL", "ARXIV_PDF_URL"]
    assert f"{' '.join(lines)} make run" in hints[1]
    assert "/list.md" in hints[2]
    assert (status, process.returncode) == (429, 0)
