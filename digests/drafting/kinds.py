"""The kind of a paper: method, resource, empirical, survey or theory, by what it says."""

import re

_KIND_CUES: tuple[tuple[str, bool, float, str], ...] = (
    # kind, in the title only, weight, words
    ("survey", True, 3, r"survey|review\b|overview|tutorial|roadmap|primer|taxonomy|literature"),
    (
        "survey",
        False,
        2,
        r"(?:this|our|comprehensive|systematic|present) (?:\w+ )?(?:survey|review|overview)\b"
        r"|we (?:survey|review|summari[sz]e (?:recent|existing|the))",
    ),
    ("resource", True, 3, r"\w*benchmark|datasets?\b|corpus|corpora|open-source"),
    ("resource", True, 3, r"toolkit|toolbox|library|software|(?:R|python|\w+) package"),
    ("resource", True, 2, r"\w*bench\b|technical report|suite\b|open \w*models?|foundation model"),
    (
        "resource",
        False,
        2,
        r"we (?:\w+ )?(?:introduce|present|construct|collect|build|create|curate|propose|develop)"
        r"[^.]{0,80}?(?:benchmark|dataset|corpus|suite|library|toolkit|toolbox|software|package|"
        r"collection)|(?:package|library|toolkit|toolbox|software) (?:that|which|for|provides)",
    ),
    (
        "resource",
        False,
        1,
        r"we (?:\w+ )?(?:release|open-?source|make [^.]{0,60} available)|suite of",
    ),
    ("theory", True, 3, r"theory|theorem|bounds?\b|convergence|complexity of|proof|lower bound"),
    ("theory", False, 2, r"we (?:\w+ )?prove|theorem|lemma|minimax|necessary and sufficient"),
    ("theory", False, 1, r"conjecture|upper bound|lower bound|asymptotic|theoretical"),
    (
        "empirical",
        True,
        2,
        r"evaluat|empirical|stud(?:y|ies)|analy[sz]|understanding|investigat|measuring|assessing|"
        r"comparing|lessons|experiments? with|impact of|effects? of|evidence|exploring",
    ),
    ("empirical", True, 2, r"[^?]*\?|(?:do|does|can|are|is|what|why|how|when) "),
    (
        "empirical",
        False,
        1.5,
        r"we (?:\w+ )?(?:investigate|study|analy[sz]e|evaluate|examine|compare|conduct|assess|"
        r"explore|test|measure|ask)|(?:this|the present) (?:study|paper|work) (?:\w+ )?"
        r"(?:investigates|examines|analy[sz]es|evaluates|explores|assesses)",
    ),
    ("empirical", False, 1, r"empirical|we find that|our findings|participants|case study"),
    (
        "method",
        False,
        2,
        r"(?:we (?:\w+ )?(?:propose|introduce|present|develop|design)|this paper (?:proposes|"
        r"introduces|presents))[^.]{0,80}?(?:method|approach|framework|model|algorithm|"
        r"architecture|system|agent|technique|mechanism|strategy|network|pipeline|objective)",
    ),
    ("method", False, 1, r"outperform|state-of-the-art|we propose|novel|our (?:method|approach)"),
)


def guess_kind(title: str, abstract: str) -> str:
    """The kind of paper by the words of its title and abstract; "method" when nothing tells."""
    scores = {"method": 0.5}
    for kind, in_title, weight, words in _KIND_CUES:
        if re.search(rf"\b(?:{words})", title if in_title else abstract, re.IGNORECASE):
            scores[kind] = scores.get(kind, 0.0) + weight
    return max(scores, key=lambda kind: scores[kind])
