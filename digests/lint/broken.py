"""Words broken by blind replacement: part of a compound, or of a Latin word, that was replaced as
if it stood alone (仕事 → 仕こと, HTML → HT機械学習, 注意深い → アテンション深い).

A compound stands here only if no correct sentence can have its letters in a row: 短時間 may well
be met as 短とき間, while とき代わりに is あのとき代わりに.
"""

import re
from collections.abc import Iterator

from digests.lint import opened
from digests.lint.text import KANJI, Field, words_of
from digests.lint.types import Finding

# ── a kanji of a compound in kana ───────────────────────────────────────────────────────────────
_THING = (  # 事 → こと, 物 → もの
    r"こと(?:前|実|例|業|象|項|後(?!悔)|故|態|情(?!報)|件|務|柄|典|由|績)",
    rf"(?<![私今儀毎])[{KANJI}]こと(?![ばわさごにこ細足欠])",
    r"[動植産]もの|(?:化合|生成|障害|建造|構造|廃棄|微生|副産|堆積|農作)もの"
    r"|(?:混合|対象|工作|著作|創作)もの(?=[のをがはにでやと、。])",
    r"建もの|(?<![0-9０-９何数十百千万])人もの(?=[をがは検認])|(?:果|荷|鉱|貨|書|食|現)もの(?=[のをがはにでやと、。])",
    r"もの(?:体(?![系験積制裁格力現感])|理(?=[的学法現シモ量])|質(?=[をがはのに的])(?<!そのもの質)|流(?=[をがはの網])|語(?=[をがはの、]))",
)
_TIME = (  # 時 → とき, 間 → あいだ, 後 → あと, 前 → まえ, 今 → いま
    r"とき間(?=[をがはのもで、。]|的|帯|軸)|同時とき|当とき(?=[のは])",
    r"(?<![0-9０-９一二三四五六七八九十数半])[随即適定平]とき(?=[のにで、。])|[長短]とき間|一とき的"
    r"|とき代(?=[のにをが、。])(?<![たるいの]とき代)|とき期(?=[のにをがは、。])(?<![たるいの]とき期)",
    r"(?:学習|推論|使用|実行|訓練|評価|生成|入力|出力|検索|起動|終了|開始|測定|処理|更新|変更|テスト|デプロイ)とき"
    r"(?=[のでには、])",
    r"(?:時|期|空|区|世|瞬|週|民|仲|昼|夜)あいだ|あいだ(?:隔|接的)",
    r"[以午背]あと|最あと(?=[のにで])|あと(?:者(?=[はがのを])|述の)|[今以最]のち|いま(?:後(?=[のはも、])|回(?=[のは]))",
    r"[事以直従]まえ|(?<![のるた])まえ(?:提|処理|述|半|節|者(?=[はがのを]))",
)
_PLACE = (  # 所 → ところ, 上 → うえ, 中 → なか, 内 → うち, 外 → そと, 方 → ほう
    r"(?<![なたる])近ところ|(?:研究|停留|発電|観測|役)ところ",
    r"ところ(?:要時間|定の|在地)|(?<![のたる])ところ(?:有(?=する|し|者|権|物)|得(?=[をがの税層]))|(?<![のなたるい])ところ属|ところ属(?=す|し|の|機)",
    r"うえ昇|[向以]うえ(?!る)|[史地海水路線紙机最頂席陸屋身計]うえ(?=[のにをでが、。])|(?<![のた])うえ(?:限(?=[はをがにの、値])|流|級|司|述の|記の|書き)",
    r"以した(?=[のにで、。])|低した(?=[しす])|した(?:限(?=[をがはの値])|記の|位(?=[のに互]))",
    r"途なか|集なか(?!っ)|なか央|[最熱命]なか|(?<!の)なか(?:間(?=[層表の])|心(?=[にとのは](?!し)))",
    r"うち容(?!易)|[案以社]うち(?=[にでのをがはし])|(?<!の)うち部(?![屋分品隊])|[以例海意]そと|そと部(?=[のにでへと])",
    r"(?<!の)(?:ほう|かた)法(?!的)|(?:ほう|かた)[針策](?=[をがはのでに])|ほう(?:向|式|程式|面)(?=[をがはのでにと性])(?<![のいたる]ほう[向式面])"
    r"|ほう法(?=[をがはで])|地ほう|両かた|味かた(?=[のにがはをで])",
)
_OTHERS = (
    # 等 → など, 訳 → わけ, 通り → とおり, 為 → ため
    r"(?<![混協共合異賛])同など(?=[のにでな、以性])|(?<!平)均など(?=[のにでな、性])|(?<![水公和])平など(?=な|性)|(?:初|高)など(?=教育|学校|専門)|劣など感|など(?:しい|しく|間隔|価(?=[なに性交])|分(?=[しすさ])|式(?=[をがのは変]))",
    r"[翻通英和邦全意]わけ(?=[しすをがはのでさ])|[共普疎融貫]とおり|[交流]とおり(?=[のがをはす網])|とおり(?:常|貨|訳)",
    r"行ため(?=[をがは])|人ため的|作ため的|ため替",
    r"かず(?:値|学|式|理)",
    # 見る, 持つ, 行う, 使う, 考える, 作る, 示す, 表す
    r"[意発]みる|意み(?=[をがのはに])|みる(?:解(?=[をがはの])|込み)",
    r"[維支]もつ|[維支]もち(?=[しすさ])|[動製操]つくる|つくる(?:業|成|品)"
    r"|[提指]しめ(?=[しすさ])|しめす唆|あらわす現|駆つかう",
    # 注意 → アテンション, 学習 → ラーニング, 生成 → 世代 … inside a longer word
    r"注意機構(?:深|点|書き|事項|喚起|散漫)|アテンション(?:深[いくさ]|点|書き|事項|喚起|散漫|すべき|を払)|[不要ご]アテンション",
    r"ラーニング[者率済則曲](?!層)|(?:事前|深層|機械|自己|追加|継続|表現|過|再|未)ラーニング",
)
# ── grammar that no one writes ──────────────────────────────────────────────────────────────────
_PREFIXES = "top|best|non|log|tf|word|byte|semi|max|min|mean"
_GRAMMAR = (
    r"に対する(?:[を。]|が(?!ん)|の(?![とも])|は(?=[、\u4e00-\u9fff])|する|して|した|され)",
    r"(?:における|に関する|のための)(?:[を。]|が(?!ん)|は(?=[、\u4e00-\u9fff]))|によるを",
    r"(?:に対する|における|による|について|に関する|のための){2,}|という(?:という)+",
    r"に(?:に対|につい|におい|に関)",
    r"をを|がを|をが(?=[、\u30a1-\u30fa\u4e00-\u9fff])"
    r"|(?:がが|(?<!も)のの|にに)(?=[\u30a1-\u30fa\u4e00-\u9fff])",
    r"(?!ますます|ですます|するする)(?:ます|です|する|される|できる|している|ました){2,}",
    r"(?<=[\u3400-\u9fff])するする|すること(?:する|した|しま)|ことこと(?=[がをはも])",
    r"(?P<word>[ァ-ヶー]{3,12})(?<!ー)(?P=word)(?![ァ-ヶー])",
    rf"(?![一各日年月人段個時次前大少部場要局随瞬])(?P<kanji>[{KANJI}]{{2,8}})(?P=kanji)",
    rf"(?<![A-Za-z0-9])(?P<gloss>[{KANJI}ァ-ヶー]{{3,15}})[（(](?P=gloss)[)）]",
    rf"(?<![A-Za-z\-])(?!(?:{_PREFIXES})-)[a-z]{{2,}}-[ァ-ヶ一-龥]{{2,}}",
    r"(?<=[ァ-ヶー\u4e00-\u9fff]{2})(?:ing|ed|tion|ly|er|ers|izer|izers|ization|set|sets|ity|ness)(?![A-Za-z])",
)
_SAHEN = (  # a noun of two kanji where a verb's one kanji stood: 用いて → 使用いて
    r"(?:[使利活応]用い(?!た[だし])|獲得[るら]|思考え|作成[るっら]|選択(?:[ぶびん]|ば(?!か))|比較べ|測定[るっら]|調査べ|削減[らるりっ]"
    r"|増加[えや]|変化わ(?!ず)|変更[えわ]|高速[いくめ]|最新し[いく]|実施[うわいっ]|実行[うわっ]|観察[るらた]|学習[ぶびん]"
    r"|読解[むみん]|記述[くい]|質問[うわっ]|回答え|解決[くい])[ぁ-ん、]",
    r"(?:使用|作成|学習|思考|読解|回答|質問|記述|実行|表現)(?:方(?=[をがはのに])|込[むまん]|換え|かけ[るてた])|使用(?:分け|やす|にく)",
    rf"(?<![{KANJI}])[対関有属接反適](?:行[うわいっ]|実施[すしさ])",  # する → 行う in 対する
    rf"を[{KANJI}]{{2}}(?:こと(?![さごば])|ため(?![込らすな])|とき(?!ど)|ように)|[ぁ-ん]可能(?:こと|もの(?!の)|とき|ために)",
)
# A noun for a verb's stem, and です・ます within a sentence. Two letters of a run do: with a
# repeat (`{2,}`) a text of katakana alone would cost its square.
_ENDINGS = (
    rf"(?:[ァ-ヶー]{{2}}|[{KANJI}]{{2}}(?<![見出得来居着似煮寝経看視診観射]))(?:ます(?!ま[すせ])|ました|ません)",
    r"[ァ-ヶー]{2}(?:られ[るたてまな]|れ[るた]|やす[いくさ]|って(?:い[るまた]|おり))|にバイアス、",
    r"[ァ-ヶー]{2}(?<!ダブ)(?<!サボ)(?<!バズ)(?<!ググ)(?<!ミス)(?<!トラブ)[みりびぎ](?=[をがはのにで、。])",
    rf"[いきしちにみりえけせてねべめれげ]ます(?:だけ|とき|べき|ほど|うち|まま|はず|ばかり|こと|もの(?!の)|[{KANJI}])",
    rf"ません(?=[{KANJI}ァ-ヶ])|[ぁ-ん](?<!ます)(?:ます|です)(?=[ァ-ヶ]{{2}})|的な(?:な|には)",
    r"(?<!ま)する(?:て(?!がかり|だて|いねい)|た(?=[ァ-ヶ\u4e00-\u9fff]))|さされ[るたてま]",
    rf"です(?:だけ|とき|べき|こと|もの(?!の)|[{KANJI}])",
    r"少ありません|[せれべ]ありません|足りありません|(?<!も)のでの(?=[ァ-ヶ\u4e00-\u9fff])|(?<!も)のでに(?=、)",
    # 行う → 実施する in 行われ, さ → する in 想定され: what a form kept of its own ending
    r"する(?:れ[てるたばま]|わ(?:れ|ない|ず(?!か)|せ)|った|え(?:る|ば|ま)|ませ|まし|られ|させ|され|せ[るず])"
    r"|できる(?:れ|ませ|まし|ます|ない)|るま(?:せん|した|す(?!ま))|られ(?:する|できる)",
    rf"[{KANJI}](?:う|ぶ|む|る)(?:する(?!る)|した(?=[{KANJI}、。])|して|します|しました|され[るたて])",
)
_TWICE = (  # パラメーターー, 方法法, データセットセット
    r"[ァ-ヶ]ー{2,}(?![ァ-ヶ])",
    rf"(?<![{KANJI}])(?![前次翌昨先佐一二三]|高高度|超超)(?P<first>[{KANJI}])(?!々)(?P=first)(?=[{KANJI}])",
    rf"(?<=[{KANJI}])(?<!人)(?P<last>[{KANJI}])(?!々)(?P=last)(?=[をがはのにでと、。])",
    r"インターネットワーク|データセット(?:ベース|セン[タス]|サイエン)",
    r"(?<![A-Za-z0-9\-\x20])(?:multi|pre|hyper|un|re|over|under|inter|intra|semi|self|non)"
    r"[ァ-ヶ\u4e00-\u9fff]{2}",
)
# ── an acronym replaced inside a Latin word ─────────────────────────────────────────────────────
_ACRONYMS = {
    "LM": "言語モデル",
    "ML": "機械学習",
    "RL": "強化学習",
    "AI": "人工知能",
    "DL": "深層学習",
    "NN": "ニューラルネットワーク",
    "NLP": "自然言語処理",
    "QA": "質問応答",
    "IR": "情報検索",
    "CV": "コンピュータビジョン",
    "MT": "機械翻訳",
    "IT": "情報技術",
    "GAN": "敵対的生成ネットワーク",
    "LLM": "大規模言語モデル",
    "RAG": "検索拡張生成",
    "VLM": "視覚言語モデル",
    "DB": "データベース",
    "DP": "差分プライバシー",
    "FL": "連合学習",
    "RS": "推薦システム",
    "SE": "標準誤差",
    "SD": "標準偏差",
    "MC": "モンテカルロ",
    "LR": "学習率",
    "CF": "協調フィルタリング",
    "OS": "オペレーティングシステム",
}
_EXPANDED = "|".join(sorted(_ACRONYMS.values(), key=len, reverse=True))
_TERMS = rf"(?P<term>{_EXPANDED})"
# Latin words that hold one of the acronyms: only they can have been broken at a capital letter.
_HOLDERS = words_of(
    "HTML XHTML XML YAML UML TOML SGML KML CURL URL URLS RLHF RLAIF RLVR LLM LLMS VLM MLLM SLM "
    "PLM VLLM MLM CLM ALM MLP MLPS MLOPS OPENAI XAI AIME AIGC GENAI CNN RNN GNN DNN KNN BNN SNN "
    "QAT VQA IRT CVPR CVAE EMAIL GITHUB DPO GDPR UDP FLOPS FLAN FLUX RSA SSD SDK SDXL MSE RMSE "
    "MCP MCMC MCTS MACOS CENTOS CMOS DRAGON FRAGMENT PARAGRAPH MIMIC"
)
_PASTED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<left>[A-Za-z]{{0,6}}-?[A-Za-z]{{0,6}}){_TERMS}(?P<right>[A-Za-z]{{0,6}})(?![A-Za-z0-9])"
)
_SIGNS = (*_GRAMMAR, *_SAHEN, *_ENDINGS, *_TWICE)
_HALVES = (*_THING, *_TIME, *_PLACE, *_OTHERS, *opened.patterns())
_BROKEN = re.compile("|".join((*_SIGNS, *_HALVES)))


def broken(field: Field) -> Iterator[Finding]:
    """A word with another pasted into it: 対すること前学習."""
    yield from field.all("rendering", _BROKEN, field.unquoted)
    for found in _PASTED.finditer(field.unquoted):
        if _is_pasted(found["left"], found["term"], found["right"]):
            yield field.found("rendering", *found.span(), found[0])


def _is_pasted(left: str, term: str, right: str) -> bool:
    """Whether the Latin letters beside a term are the rest of one word: U強化学習, 人工知能l."""
    if not left and not right:
        return False
    acronym = next(short for short, words in _ACRONYMS.items() if words == term)
    whole = f"{left}{acronym}{right}".replace("-", "").upper()
    is_rest = bool(right) and right.islower() and len(right) < 4
    is_lone_capital = len(left) == 1 and left.isupper() and not right
    is_inside = (left + right).isupper() and bool(left and right)
    return whole in _HOLDERS or is_rest or is_lone_capital or is_inside


RULES = (broken,)
