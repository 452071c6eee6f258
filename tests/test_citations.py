"""Citations as BibTeX, RIS, CSL-JSON and COinS, of papers of every kind and of hostile ones."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.citations import Citable, bibtex, coins, csl, keys, ris, title_parts
from papers.names import Name, name_of

HOSTILE = "<script>alert(1)</script>\x00\x1b\u202e} , url = {x}\n@misc{evil, \\input{/etc/passwd} %"


def paper(**values: Any) -> Citable:
    defaults: dict[str, Any] = {
        "slug": "2303.18223",
        "title": "A Survey of Large Language Models",
        "authors": ("Wayne Xin Zhao", "Kun Zhou"),
        "published_on": date(2023, 3, 31),
        "url": "https://arxiv.org/abs/2303.18223v2",
        "arxiv_id": "2303.18223",
        "version": 2,
        "primary_category": "cs.CL",
    }
    return Citable(**defaults | values)


def field(name: str, **values: Any) -> str:
    """A field of the paper's BibTeX, without its outer braces."""
    for line in bibtex([paper(**values)]).splitlines():
        found = re.fullmatch(rf"  {name} += {{(.*)}},?", line)
        if found:
            return found[1]
    return ""


# ── names ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("Wayne Xin Zhao", "Zhao, Wayne Xin"),
        ("Laurens van der Maaten", "van der Maaten, Laurens"),
        ("Guy Van den Broeck", "Van den Broeck, Guy"),
        ("Leonardo de Moura", "de Moura, Leonardo"),
        ("Hung Van Tran", "Tran, Hung Van"),
        ("Quoc V. Le", "Le, Quoc V."),
        ("bell hooks", "hooks, bell"),
        ("Santiago Ramón y Cajal", "{Ramón y Cajal}, Santiago"),
        ("Martin Luther King Jr.", "King, Jr., Martin Luther"),
        ("Martin Luther King, Jr.", "King, Jr., Martin Luther"),
        ("William H. Gates III", "Gates, III, William H."),
        ("Mori, Aiko", "Mori, Aiko"),
        ("Jian-Yun Nie", "Nie, Jian-Yun"),
        ("森 愛子", "森, 愛子"),
        ("森愛子", "森愛子"),
        ("Aristotle", "Aristotle"),
        ("OpenAI", "{OpenAI}"),
        ("The ATLAS Collaboration", "{The ATLAS Collaboration}"),
        ("Gemma Team", "{Gemma Team}"),
        ("Institute of Rows and Columns", "{Institute of Rows and Columns}"),
        ("A&T Labs", r"{A\&T Labs}"),
        ("Erwin Schrödinger_", r"Schrödinger\_, Erwin"),
        ("Gerard 't Hooft", "'t Hooft, Gerard"),
        ("Ángel d'Ors", "d'Ors, Ángel"),
        ("Bin Yu (余彬)", "Yu, Bin"),
        ("Bin Yu 余 彬", "Yu, Bin"),
        ("others", "{others}"),
    ],
)
def test_a_printed_name_is_written_family_first(printed: str, written: str) -> None:
    assert field("author", authors=(printed,)) == written


def test_authors_are_joined_by_and_in_their_order() -> None:
    assert field("author") == "Zhao, Wayne Xin and Zhou, Kun"


def test_what_is_no_name_is_left_out() -> None:
    assert field("author", authors=("DeepSeek-AI", ":", "", "\x00", "Aiko Mori")) == (
        "{DeepSeek-AI} and Mori, Aiko"
    )
    assert name_of(" ::: ") is None


def test_a_particle_is_told_apart_for_csl() -> None:
    assert name_of("Laurens van der Maaten") == Name("Maaten", "Laurens", "van der")


def test_a_list_too_long_to_show_ends_in_others() -> None:
    authors = tuple(f"Aiko Mori{'abcdefghij'[n % 10] * (n // 10 + 1)}" for n in range(3000))
    whole = bibtex([paper(authors=authors)])
    assert whole.count(" and ") == 2999
    short = bibtex([paper(authors=authors)], most_authors=100)
    assert short.count(" and ") == 100
    assert " and others}" in short
    assert coins(paper(authors=authors), most_authors=100).count("rft.creator=") == 100


# ── keys ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("title", "authors", "key"),
    [
        ("A Survey of Large Language Models", ("Wayne Xin Zhao",), "zhao2023survey"),
        ("GPT-4 Is Here", ("OpenAI",), "openai2023gpt"),
        ("On the Rows", ("Åsa Østergård",), "ostergard2023rows"),
        ("BERT: Pre-training", ("Laurens van der Maaten",), "maaten2023bert"),
        ("$\\alpha$ Rows", ("Paul Erdős",), "erdos2023rows"),
        ("小さな行", ("森 愛子",), "anonymous2023untitled"),
        ("To Be", (), "anonymous2023to"),
    ],
)
def test_a_key_is_made_of_family_year_and_first_word(
    title: str, authors: tuple[str, ...], key: str
) -> None:
    assert keys([paper(title=title, authors=authors)]) == (key,)


def test_papers_that_share_a_key_get_letters_in_one_export() -> None:
    same, other = paper(), paper(title="Rows")
    assert keys([same, other, same]) == ("zhao2023surveya", "zhao2023rows", "zhao2023surveyb")
    assert len(set(keys([same] * 800))) == 800


def test_a_letter_never_makes_the_key_of_another_paper() -> None:
    found = keys([paper(), paper(), paper(title="Surveya")])
    assert found == ("zhao2023surveyb", "zhao2023surveyc", "zhao2023surveya")


# ── BibTeX ──────────────────────────────────────────────────────────────────────────────────────
def test_an_entry_says_what_arxiv_says() -> None:
    assert bibtex([paper()]) == (
        "@misc{zhao2023survey,\n"
        "  title         = {{A} {Survey} of {Large} {Language} {Models}},\n"
        "  author        = {Zhao, Wayne Xin and Zhou, Kun},\n"
        "  year          = {2023},\n"
        "  eprint        = {2303.18223},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass  = {cs.CL},\n"
        "  doi           = {10.48550/arXiv.2303.18223},\n"
        "  url           = {https://arxiv.org/abs/2303.18223v2}\n"
        "}\n"
    )


def test_an_external_paper_has_no_word_of_arxiv() -> None:
    entry = bibtex([paper(arxiv_id="", primary_category="", url="https://example.org/a_b?c=d%20e")])
    for absent in ("eprint", "archivePrefix", "primaryClass", "doi", "arXiv"):
        assert absent not in entry
    assert "url           = {https://example.org/a_b?c=d%20e}" in entry


def test_an_address_in_other_letters_can_be_printed() -> None:
    assert field("url", url="https://example.org/論文?q=é") == (
        "https://example.org/%E8%AB%96%E6%96%87?q=%C3%A9"
    )


@pytest.mark.parametrize(
    ("given_doi", "doi"),
    [
        ("10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182", "10.1000/182"),
        ("doi: 10.1000/182", "10.1000/182"),
        ("", "10.48550/arXiv.2303.18223"),
        ("to appear", "10.48550/arXiv.2303.18223"),
    ],
)
def test_the_papers_own_doi_comes_before_arxivs(given_doi: str, doi: str) -> None:
    assert field("doi", doi=given_doi) == doi


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Training BERT on iPhones", "{Training} {BERT} on {iPhones}"),
        ("Q&A: 100% of {rows}_1", r"{Q\&A:} 100\% of \textbraceleft{}rows\textbraceright{}\_1"),
        ("A $O(n \\log n)$ bound", "{A} {$O(n \\log n)$} bound"),
        ("$\\mathcal{N}=4$ theory", "{$\\mathcal{N}=4$} theory"),
        ("From $5 to $10", r"{From} \$5 to \$10"),
        ("\\LaTeX rows", r"{{\textbackslash{}LaTeX}} rows"),
        ("a < b ~ c^2", r"a \textless{} b \textasciitilde{} c\textasciicircum{}2"),
        ("$\\input{/etc/passwd}$ x", r"\$\textbackslash{}input\textbraceleft{}/etc/passwd"),
        ("$\\def\\x{a}$ x", r"\$\textbackslash{}def\textbackslash{}x"),
        ("$a%b$ x", r"\$a\%b\$ x"),
        ("$}{$ x", r"\$\textbraceright{}\textbraceleft{}\$ x"),
    ],
)
def test_a_title_keeps_its_capitals_and_its_maths_and_commands_nothing(
    title: str, written: str
) -> None:
    assert field("title", title=title).startswith(written)


def depths(entry: str) -> list[int]:
    """The depth of braces after each line, as BibTeX counts them."""
    depth, found = 0, []
    for line in entry.splitlines():
        depth += line.count("{") - line.count("}")
        found.append(depth)
    return found


@given(
    title=st.text(max_size=60) | st.text("ab{}$\\%#&_^~ \n,@", max_size=40),
    author=st.text(max_size=40) | st.text("Ab {}$\\,and%", max_size=30),
    address=st.text("ab:/{}\\%\n ", max_size=20),
)
def test_no_text_leaves_its_field(title: str, author: str, address: str) -> None:
    entry = bibtex([paper(title=title, authors=(author,), url=address)])
    assert depths(entry)[0] == 1
    assert depths(entry)[-1] == 0
    assert set(depths(entry)[1:-1]) == {1}
    assert entry.count("\n@") == 0


def test_hostile_words_stay_words() -> None:
    entry = bibtex([paper(title=HOSTILE, authors=(HOSTILE,), doi=HOSTILE, url=HOSTILE)])
    assert "\\input" not in entry
    assert entry.count("@misc{") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", entry)
    assert depths(entry)[-1] == 0


def test_maths_is_what_a_renderer_reads() -> None:
    parts = list(title_parts("The $k$-means of $5 and $x_{1}$"))
    assert [text for text, is_maths in parts if is_maths] == ["$k$", "$x_{1}$"]
    assert "".join(text for text, _ in parts) == "The $k$-means of $5 and $x_{1}$"


# ── RIS, CSL, COinS ─────────────────────────────────────────────────────────────────────────────
def test_ris_has_a_record_per_paper() -> None:
    text = ris([paper(authors=("Wayne Xin Zhao", "Martin Luther King Jr.")), paper(arxiv_id="")])
    assert text.startswith("TY  - UNPB\r\nTI  - A Survey of Large Language Models\r\n")
    for line in (
        "AU  - Zhao, Wayne Xin",
        "AU  - King, Martin Luther, Jr.",
        "PY  - 2023",
        "DA  - 2023/03/31/",
        "DO  - 10.48550/arXiv.2303.18223",
        "UR  - https://arxiv.org/abs/2303.18223v2",
    ):
        assert f"\r\n{line}\r\n" in text
    assert "TY  - GEN\r\n" in text
    assert text.count("ER  - \r\n") == 2


def test_no_author_of_ris_has_an_asterisk() -> None:
    text = ris([paper(authors=("Aiko Mori*", "The * Team", "*"))])
    assert "AU  - Mori, Aiko\r\nAU  - The  Team\r\nPY" in text


@given(st.text(max_size=60))
def test_a_line_of_ris_is_never_two(text: str) -> None:
    lines = ris([paper(title=text, authors=(text, text), url=text)]).split("\r\n")
    assert all(re.match(r"[A-Z0-9]{2}  - ", line) for line in lines if line)
    assert "\n" not in "".join(lines)


def test_csl_is_an_item_per_paper() -> None:
    authors = ("Laurens van der Maaten", "The ATLAS Collaboration")
    (item,) = csl([paper(authors=authors)])
    assert json.loads(json.dumps(item)) == {
        "id": "maaten2023survey",
        "type": "article",
        "title": "A Survey of Large Language Models",
        "author": [
            {"family": "Maaten", "given": "Laurens", "non-dropping-particle": "van der"},
            {"literal": "The ATLAS Collaboration"},
        ],
        "issued": {"date-parts": [[2023, 3, 31]]},
        "publisher": "arXiv",
        "number": "arXiv:2303.18223",
        "version": "2",
        "DOI": "10.48550/arXiv.2303.18223",
        "URL": "https://arxiv.org/abs/2303.18223v2",
    }


def test_coins_says_what_zotero_reads() -> None:
    found = parse_qs(coins(paper(title="Q&A = 100% + $x$")), strict_parsing=True)
    assert found["rft_val_fmt"] == ["info:ofi/fmt:kev:mtx:dc"]
    assert found["rft.type"] == ["preprint"]
    assert found["rft.title"] == ["Q&A = 100% + $x$"]
    assert found["rft.creator"] == ["Zhao, Wayne Xin", "Zhou, Kun"]
    assert found["rft_id"] == [
        "info:doi/10.48550/arXiv.2303.18223",
        "https://arxiv.org/abs/2303.18223v2",
    ]


def test_coins_keeps_a_suffix_where_zotero_keeps_it() -> None:
    found = parse_qs(coins(paper(authors=("Martin Luther King Jr.", "森愛子", "Gemma Team"))))
    assert found["rft.creator"] == ["King, Martin Luther Jr.", "森愛子", "Gemma Team,"]


def test_coins_of_hostile_words_is_plain_ascii() -> None:
    text = coins(paper(title=HOSTILE, authors=(HOSTILE,)))
    assert re.fullmatch(r"[A-Za-z0-9._~%&=,/:+-]+", text)
