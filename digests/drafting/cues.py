"""What an answer to each standard question looks like in a paper.

The cues go by the question's key: they say which words, and which sections of a paper, mark a
sentence that answers it. Editors change the questions, not the cues.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """What an answer to one question looks like.

    `strong` and `weak` are groups of words, worth 1 and 0.4 each; without a strong one a sentence
    counts only in a `home` section. `against` takes one off: words of another question's answer.
    `sections` adds to the score; `only` shuts out all others. `early` prefers what stands early
    in its passage, `named` a sentence with the name that the title gives. `abstract_first`: where
    the abstract answers, its best sentence comes first. `least` is the score to be shown at all.
    """

    query: str
    strong: tuple[re.Pattern[str], ...]
    weak: tuple[re.Pattern[str], ...] = ()
    against: re.Pattern[str] | None = None
    sections: Mapping[str, float] = field(default_factory=dict)
    home: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    abstract_first: bool = False
    early: float = 0.0
    named: float = 0.0
    least: float = 2.0


_OWN_WORK = (
    r"(?:in|with) this (?:paper|work|study|article|survey|review|report|document)|"
    r"this (?:paper|work|study|article|survey|review|report|document|note) \w+|here,? we"
)
_RESULTS = _pattern(
    r"outperform|surpass|exceed|(?:results?|experiments?) (?:\w+ )?(?:show|demonstrat|"
    r"indicat|suggest)"
)
_RESULTS_OR_FIGURE = re.compile(
    rf"{_RESULTS.pattern}|\d\s?%|evaluation (?:\w+ )?(?:highlight|show|reveal|demonstrat|confirm)",
    re.IGNORECASE,
)
_EVALUATION = _pattern(
    r"outperform|surpass|exceed|(?:results?|experiments?) (?:\w+ )?(?:show|demonstrat)|"
    r"benchmarks?\b|evaluat|baselines?|compare|available|we (?:build|built|collect|construct|"
    r"creat|develop)\w* [^.]{0,60}dataset"
)
_OTHERS = _pattern(
    r"we (?:\w+ )?(?:use|employ|fine-?tune)\b|"
    r"outperform|surpass|(?:do|does|did) not|(?:current|existing|previous|prior) (?:\w+ )?(?:work|"
    r"benchmark|dataset|corp)"
)
_PLANS = _pattern(
    r"future (?:work|research|stud)|planned\b|we (?:plan|hope|leave)|in this paper,? we"
)
_PROPOSALS = _pattern(
    r"future (?:work|research)|we (?:\w+ )?(?:plan|hope|propose|introduce|present|design|develop|"
    r"incorporate)\b|this (?:paper|work|article) (?:\w+ )?(?:describ|present|introduc|propos|"
    r"discuss)|can (?:\w+ )?be\b|may be\b|might\b|we (?:\w+ )?(?:chose|choose|set)\b"
)
_USES = _pattern(
    r"(?:in the future|expect|if|when|option|readily available|already)\b|"
    r"(?:current|existing|previous|prior|without)\b|"
    r"we (?:\w+ )?(?:use|employ|fine-?tune|train|evaluate|compare|adopt|test|start)\b"
)
_PROCEDURE = _pattern(
    r"future (?:work|research)|we (?:\w+ )?(?:use|evaluate|sample|set|limit|exclude|select|"
    r"leave|report)"
)
_FIGURE = re.compile(
    r"\d[\d.,]*\s?(?:%|percent|points?\b|times\b|x\b|\u00d7|[- ]fold)|"
    r"(?<![\d.,])\d[\d,]*\.\d+(?!\d*\.\d)"  # a decimal, not the version of a program
)
_LATE = frozenset({"limitations", "discussion", "conclusion", "future"})
_NOT_LATE = {"limitations": -1.0, "future": -1.0, "ethics": -1.0, "experiment": -0.5}

PROFILES: dict[str, Profile] = {
    "purpose": Profile(
        "problem challenge goal aim address task question",
        (
            _pattern(
                r"(?:we|this (?:paper|work|study|article|report)) (?:\w+ )?(?:address|tackl|"
                r"stud(?:y|ies)\b|investigat|aims?\b|explor|examin|ask|seek|consider|revisit)|"
                r"(?:our|the|main|primary) (?:\w+ )?(?:aim|goal|objective|purpose)s?\b|"
                r"(?:aims?|in order) to|(?:research|central|key|main) questions?|"
                r"to (?:address|tackle|bridge|fill|overcome|close|solve|mitigate|alleviate)"
            ),
            _pattern(
                r"challeng|problem|gap\b|lacks?\b|little is known|bottleneck|unclear|unknown|"
                r"(?:poorly|not well|not yet) understood|suffers?|struggles?|fails? to|difficult|"
                r"time-consuming|costly|expensive|under-?explored|limited|remains? |rarely|hard to|"
                r"often (?:fail|miss|fall)|fall short|no (?:systematic|public|open|such)|"
                r"cannot|prone to|inefficient|insufficient|hinder|"
                r"question (?:of|whether|how)|open question|(?:current|existing|previous|most) "
                r"[^.]{0,80}\b(?:not|only|rarely|ignore|focus)"
            ),
            re.compile(
                r"\b(?:however|despite|nevertheless)\b|, (?:but|yet|although|whereas)\b|"
                r"^(?:while|although)\b",
                re.IGNORECASE,
            ),
        ),
        (
            _pattern(
                r"(?:we|this (?:paper|work|study|article|report)) (?:\w+ )?(?:propos|introduc|"
                r"present|develop|describe|evaluat|analy[sz])"
            ),
            _pattern(_OWN_WORK),
        ),
        against=_RESULTS_OR_FIGURE,
        sections={"abstract": 1.2, "introduction": 0.6, "conclusion": 0.1},
        home=frozenset({"abstract"}),
        named=0.3,
        only=frozenset({"abstract", "introduction", "conclusion"}),
        abstract_first=True,
        early=0.8,
        least=1.8,
    ),
    "novelty": Profile(
        "previous prior existing work unlike contrast first novel differ",
        (
            _pattern(
                r"(?<!not )unlike|in contrast to|contrary to|as opposed to|instead of|rather than|"
                r"differs? from|(?<!no )different from|goes? beyond|"
                r"(?:compared (?:to|with)|while|whereas|although) (?:\w+ )?(?:previous|prior|"
                r"existing|earlier|other|most|traditional)"
            ),
            _pattern(
                r"(?:previous|prior|existing|earlier|traditional|conventional|recent) "
                r"(?:\w+ )?(?:works?|stud|methods?|approach|research|benchmarks?|datasets?|models?|"
                r"systems?|literature|results?|analys)"
            ),
            _pattern(
                r"(?:the|a) first (?!problem|step|task|case|part|issue|option|choice|one)"
                r"(?:[\w-]+ ){0,3}?(?:to|of (?:its|this) kind|study|work|"
                r"attempt|time)\b|first (?:large|open|public|comprehensive|systematic|study|work|"
                r"time|to)|to (?:the best of )?our knowledge|"
                r"novel\b|contributions?|has not (?:yet )?been|have not (?:yet )?been|(?:a|an) new "
            ),
        ),
        (_pattern(r"we |our "), _pattern("however|but|only|not ")),
        sections={
            "introduction": 0.8,
            "related": 0.7,
            "abstract": 0.8,
            "conclusion": 0.3,
            "method": -0.6,
            "theory": -0.6,
            "other": -0.5,
            "data": -0.5,
            **_NOT_LATE,
        },
        abstract_first=True,
        named=0.3,
        least=2.4,
    ),
    "method": Profile(
        "method approach framework model architecture component train step consists",
        (
            _pattern(
                r"we (?:\w+ )?(?:propos|introduc|present|design|develop|train|formulat|optimi[sz]|"
                r"construct|combin|build|replac|augment|fine-?tun)"
            ),
            _pattern(
                r"consists? of|compris|composed of|(?:is|are) (?:\w+ )?(?:trained|based on|built|"
                r"designed|optimi[sz]ed|computed|generated|used to)|two-stage|pipeline|"
                r"(?:key|main|core) (?:idea|component|insight)|components?|modules?|works? by|"
                r"operates?"
            ),
            _pattern(
                r"(?:our|the proposed) (?:\w+ )?(?:method|approach|model|framework|system|agent|"
                r"architecture|algorithm|technique)|"
                r"(?:by|via|through|using) (?:\w+ )?\w+ing\b|first,? .{5,80} then"
            ),
        ),
        (_pattern(r"which|each|then|given"),),
        against=_EVALUATION,
        home=frozenset({"abstract"}),
        named=0.5,
        early=-0.4,
        least=2.3,
        sections={"abstract": 1.4, "method": 0.7, "introduction": 0.5, "conclusion": 0.2},
        abstract_first=True,
    ),
    "resource": Profile(
        "dataset benchmark release contains examples corpus models annotated collection",
        (
            _pattern(r"releas|open-?sourc|publicly|(?:made|make|is|are) (?:\w+ )?available"),
            _pattern(
                r"(?:dataset|benchmark|corpus|suite|collection|library|toolkit|model|data set)s? "
                r".{0,60}(?:contain|consist|compris|includ|cover|span|with \d|of \d)|"
                r"(?:contain|consist|compris|includ|cover|span)\w* .{0,60}\d|"
                r"we (?:\w+ )?(?:introduc|present|construct|collect|build|built|creat|"
                r"curat|develop)"
            ),
            _pattern(
                r"(?:is|as|of|,) an? [^.,]{0,60}?(?:package|library|toolkit|toolbox|software|suite|"
                r"benchmark|dataset|corpus)\b|(?:package|library|toolkit|toolbox|software|"
                r"implementation) (?:\w+ )?(?:provid|offer|implement|includ|contain|support)"
            ),
            _pattern(
                r"\d[\d,.]*\s?[KMB]?\+? (?:\w+[- ]){0,3}(?:questions?|examples?|instances?|"
                r"samples?|papers?|quer|tasks?|images?|documents?|tokens?|hours?|languages?|sentences?|"
                r"models?|pairs?|conversations?|videos?|problems?|parameters?|annotations?)"
            ),
        ),
        (_pattern("dataset|benchmark|corpus|collection"), _pattern("annotat|collect|sourced")),
        against=_OTHERS,
        sections={
            "abstract": 1.0,
            "data": 0.8,
            "introduction": 0.5,
            "conclusion": 0.2,
            "related": -1.0,
            "method": -0.3,
            "results": -0.3,
            "other": -0.6,
        },
        named=0.6,
        abstract_first=True,
        least=2.4,
    ),
    "setup": Profile(
        "evaluate baselines compare metric dataset benchmark accuracy experiments",
        (
            _pattern(
                r"baselines?\b|compar(?:e|ing|ison) (?:\w+ ){1,4}?(?:with|to|against|between)|"
                r"(?:we|is|are|was|were) (?:\w+ )?compared (?:with|to|against)|"
                r"(?:the )?following (?:methods|models|systems)"
            ),
            _pattern(
                r"(?:we|is|are|was|were) (?:\w+ )?(?:evaluat|test|measur|report|experiment|assess)|"
                r"evaluat\w+ (?:on|using|with|our|is|are)|experiments? (?:on|with)"
            ),
            _pattern(
                r"datasets?\b|benchmarks?\b|test sets?|corpora|corpus|\d[\d,]* (?:\w+ )?"
                r"(?:participants|questions|queries|tasks|samples|examples|models)"
            ),
            _pattern(r"metrics?\b|accuracy|F1|BLEU|ROUGE|perplexity|recall|precision|error rate"),
        ),
        (_pattern(r"we "),),
        sections={
            "experiment": 0.9,
            "abstract": 0.3,
            "results": 0.4,
            "data": 0.4,
            "method": 0.1,
            "related": -1.0,
        },
    ),
    "findings": Profile(
        "results outperform improve achieve show percent accuracy better",
        (
            _pattern(
                r"outperform|surpass|exceed|state-of-the-art|(?:better|worse|higher|lower|fewer|"
                r"faster|slower|less|more \w+) than|on par|comparable (?:to|with)|"
                r"(?:improv|reduc|increas|decreas|drop|gain|lower|rais)\w* (?:\S+ ){0,6}?"
                r"(?:by|over|from \S*\d)|"
                r"perform(?:s|ed)? (?:\w+ )?(?:better|worse|well|poorly|similarly|best)|"
                r"achiev(?:es|ed) (?:\S+ ){0,4}?(?:\S*\d|state|better|comparable|strong|high|best)|"
                r"reach(?:es|ed)? \S*\d|solve[sd]? (?:\w+ ){0,3}?\d|fails? (?:to|on|in)\b|"
                r"prefer(?:s|red)?\b"
            ),
            _pattern(
                r"(?:results?|experiments?|evaluations?|findings|analys[ie]s|study) (?:\w+ ){0,4}?"
                r"(?:show|demonstrat|indicat|suggest|reveal|confirm)|"
                r"we (?:\w+ )?(?:find|found|show|observ|demonstrat)"
            ),
            _FIGURE,
        ),
        (
            _pattern("significant|substantial|overall|notably|consistently"),
            _pattern(
                "achiev|improve|reduc|increas|higher|lower|gains?\\b|drops?\\b|decreas|worse|fail|"
                "compared (?:to|with)|versus|solves?\\b"
            ),
        ),
        against=_PROPOSALS,
        sections={
            "abstract": 1.2,
            "results": 0.8,
            "conclusion": 0.6,
            "introduction": 0.4,
            "experiment": 0.3,
            "method": -0.6,
            "theory": -0.6,
            "related": -1.0,
        },
        abstract_first=True,
    ),
    "why": Profile(
        "because reason explain attribute due hypothesize suggests cause",
        (
            _pattern(
                r"because|due to|owing to|thanks to|attribut(?:e|ed|able)\b|stems? from|caused by|"
                r"arises? from|(?:the|one|possible|likely) (?:\w+ )?(?:reason|explanation|cause)|"
                r"explain(?:s|ed)?\b|driven by|result of"
            ),
            _pattern(
                r"we (?:\w+ )?(?:hypothesi[sz]e|believe|conjecture|speculate|suspect|attribute)|"
                r"suggest(?:s|ing)? that|indicat(?:es|ing) that|impl(?:ies|ying) that|likely"
            ),
        ),
        (_pattern("results?|performance|improv|gain|drop|better|worse|effect|higher|lower"),),
        against=_PROCEDURE,
        sections={
            "results": 1.0,
            "discussion": 1.0,
            "experiment": 0.2,
            "conclusion": 0.3,
            "abstract": 0.3,
            "introduction": -0.4,
            "method": -0.5,
            "related": -1.0,
        },
    ),
    "practical": Profile(
        "application practice useful real-world deploy users enable",
        (
            _pattern(
                r"can (?:also )?be (?:\w+ )?(?:used|applied|deployed|integrated|adapted)|"
                r"applications?\b|use cases?|useful|in practice|practical|practitioners?|"
                r"real-world|deploy"
            ),
            _pattern(r"enabl|allow|help(?:s|ing|ful)?\b|support|benefit|facilitat|assist"),
        ),
        (_pattern("users?|industr|clinic|researchers|developers|engineers|we |our "),),
        sections={"discussion": 0.8, "conclusion": 0.8, "abstract": 0.6, "introduction": 0.5},
    ),
    "theory": Profile(
        "theorem prove bound convergence guarantee proof optimal",
        (
            _pattern(r"theorem|lemma|corollary|prov(?:e|es|ed|ing|ably)\b|proofs?\b"),
            _pattern(
                r"(?:upper|lower|error|regret|generali[sz]ation|tight\w*|sharp) bounds?|bounded|"
                r"converg|guarantee|sufficient|necessary|if and only if|asymptotic|optimal|"
                r"complexity|consistency|existence|uniqueness|rate"
            ),
            _pattern(r"we (?:\w+ )?(?:show|establish|derive|obtain|prove|characteri[sz]e|give)"),
        ),
        (),
        sections={
            "abstract": 1.2,
            "introduction": 0.7,
            "conclusion": 0.6,
            "results": 0.3,
            "theory": 0.3,
        },
    ),
    "compute": Profile(
        "GPU hours training cost compute memory latency TPU",
        (
            _pattern(r"GPUs?\b|TPUs?\b|[AHV]100s?\b|RTX|CPUs?\b|accelerators?|FLOPs?|\$ ?\d"),
            _pattern(
                r"\d[\d.,]*\s?(?:\w+[- ])?(?:hours?|days?|minutes?|seconds?|ms|GB|TB)\b|"
                r"(?:training|inference|running|wall-clock) (?:time|cost)|latency|throughput|"
                r"comput\w+ (?:cost|resource|budget)|memory (?:usage|footprint|consumption)"
            ),
        ),
        (_pattern("train|fine-?tun|inference|experiments"), _pattern(r"batch|parameters|\d+B\b")),
        sections={"experiment": 0.8, "appendix": 0.5, "method": 0.4, "results": 0.4},
    ),
    "limits": Profile(
        "limitation however only cannot restricted future caveat",
        (
            _pattern(r"limitations?\b|limited|drawbacks?|shortcomings?|weakness|caveats?|threats?"),
            _pattern(
                r"(?:do|does|did|is|are|was|were|has|have|may|might|can|could|will|would) not\b|"
                r"cannot|unable|fail(?:s|ed)? to|lacks?\b|restricted|only\b|excludes?"
            ),
        ),
        (
            _pattern("however|although|while|despite|but"),
            _pattern("we |our "),
            _pattern("may|might"),
        ),
        against=_PLANS,
        sections={"limitations": 1.6, "discussion": 0.2, "conclusion": 0.2},
        least=2.3,
        home=frozenset({"limitations"}),
        only=_LATE,
    ),
    "future": Profile(
        "future work plan extend further research open question",
        (
            _pattern(
                r"future (?:\w+ )?(?:works?|research|stud|directions?|versions?|efforts?|extension|"
                r"investigation|development|exploration|improvement|avenue)|(?:in|for) the future|"
                r"we (?:\w+ )?(?:plan|leave|hope to|intend|aim|will)\b|next steps?"
            ),
            _pattern(
                r"further (?:research|work|stud|investigat|explor|improv|develop)|left (?:for|to)|"
                r"(?:remains?|is) (?:\w+ )?(?:to be|an? open|open)|"
                r"open (?:question|problem|challenge)|promising|worth|avenues?|"
                r"could (?:be )?(?:extend|explor|improv|investigat)|"
                r"(?:more|additional) (?:research|work|stud|investigation)"
            ),
        ),
        (_pattern("extend|explor|investigat|improv|incorporat|scal"),),
        sections={"future": 1.2, "limitations": 0.5, "discussion": 0.6, "conclusion": 0.8},
        only=_LATE,
    ),
    "access": Profile(
        "code data available release github open-source license",
        (
            _pattern(
                r"(?:code|data|datasets?|models?|weights|benchmark|corpus|software|implementation|"
                r"checkpoints?|materials?|scripts|demo)\b.{0,80}(?:available|releas|open-?sourc|"
                r"found (?:at|on|in)|hosted|accessible|licen[cs])|"
                r"(?:releas|open-?sourc)\w* .{0,60}(?:code|data|model|weights|benchmark|corpus)"
            ),
            _pattern(
                r"(?:is|are|be|make|made)\b.{0,60}(?:available|releas|open-?sourc)|"
                r"we (?:\w+ )?(?:releas|open-?sourc|publish|provide|share)"
            ),
            re.compile(
                r"https?://|\bgithub\b|hugging ?face|zenodo|figshare|\bosf\b|\bCRAN\b|\bPyPI\b|"
                r"licen[cs]e\b",
                re.IGNORECASE,
            ),
        ),
        (_pattern("we |our "), _pattern("publicly|freely|licen[cs]e")),
        against=_USES,
        least=2.4,
        sections={
            "abstract": 0.8,
            "access": 1.0,
            "introduction": 0.5,
            "conclusion": 0.5,
            "method": -0.4,
            "other": -0.4,
        },
    ),
    "risk": Profile(
        "safety ethical harm misuse privacy bias risk fairness",
        (
            _pattern(
                r"safety|ethic|harm|misus|(?<!differential )privacy|fairness|toxic|malicious|"
                r"dual-use|consent|societal|stereotyp|discriminat|abuse|"
                r"personal(?:ly)? (?:data|identif|information)|misinformation|disinformation"
            ),
            _pattern(r"risks?\b|concerns?\b|bias(?:es|ed)?\b|vulnerab|adverse|negative|dangerous"),
        ),
        (_pattern("we |our "), _pattern("may|might|could|can|should|must")),
        against=_PLANS,
        sections={
            "ethics": 1.4,
            "limitations": 0.6,
            "discussion": 0.6,
            "conclusion": 0.3,
            "abstract": 0.3,
        },
        home=frozenset({"ethics"}),
        least=2.2,
    ),
    "survey_scope": Profile(
        "survey review cover taxonomy categorize literature papers dimensions",
        (
            _pattern(
                r"(?:this|our|present|comprehensive|systematic|extensive) (?:\w+ )?(?:survey|"
                r"review|overview|paper|article)|we (?:\w+ )?(?:review|survey|cover|summari[sz]|"
                r"organi[sz]|discuss|divide|present|introduc|provide|stud)"
            ),
            _pattern(
                r"taxonom|categori[sz]|classif(?:y|ied)|dimensions?|aspects?|perspectives?|"
                r"organi[sz]ed|grouped|focus(?:es|ing)? on|structured"
            ),
            _pattern(r"literature|\d[\d,]* (?:\w+ )?(?:papers|studies|articles|works)|up-to-date"),
        ),
        (_pattern(r"from|including|namely|such as"),),
        against=_RESULTS,
        early=0.6,
        sections={"abstract": 1.3, "introduction": 0.7, "conclusion": 0.2},
        abstract_first=True,
    ),
    "survey_takeaway": Profile(
        "conclude trend finding challenge field open problem overall",
        (
            _pattern(
                r"we (?:\w+ )?(?:find|found|conclud|observ|identif|highlight|argue|show)|"
                r"(?:review|survey|analysis|findings?|results?|literature) (?:\w+ ){0,3}?(?:show|"
                r"reveal|suggest|indicat|highlight)|in (?:summary|conclusion)|overall"
            ),
            _pattern(
                r"trends?\b|challenges?\b|open (?:problem|question|issue)|remain|most (?:\w+ )?"
                r"(?:studies|works?|papers|approaches|methods|models)|progress|lack|emerg|promising"
            ),
        ),
        (_pattern("field|research|community|literature"), _pattern("however|although|despite")),
        early=-0.3,
        least=2.3,
        sections={"conclusion": 1.0, "discussion": 0.8, "abstract": 0.8, "introduction": 0.1},
    ),
}
