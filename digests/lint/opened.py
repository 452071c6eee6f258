"""Words of which one half was replaced as if it stood alone: ひと間 for 人間, 観ポイント for 観点.

A row names what was put there, and the letters that stand before and after the replaced one in
words of their own. Only letters stand here beside which a correct sentence cannot have the new
half: ひと工夫 is a word, and 代 does not follow とき for それぞれのとき代わりに is correct.
"""

from collections.abc import Iterator

from digests.lint.text import KANJI

# A kanji in kana, as an editor opens 事 to こと: kana, letters before, letters after.
_OPENED = (
    ("ひと", "個他本成老商詩軍犯隣", "間類工物材員種権格称件体"),  # 人
    ("とき", "同瞬臨常即随適", "間系列刻空差限速給"),  # 時
    ("ところ", "箇場短長住", "属得在定要"),  # 所
    ("あいだ", "時期空区世瞬週民仲", "隔接"),  # 間
    ("あと", "今以午背最直", "者述"),  # 後
    ("のち", "以午背最直今", "者述"),
    ("まえ", "以午直事従", "提処述半者"),  # 前
    ("うえ", "以向史地海紙屋", "限位級昇司"),  # 上
    ("した", "以低廊却", ""),  # 下
    ("なか", "途集命熱", "央間核古断止継級"),  # 中
    ("うち", "案以社国体屋境", "訳閣臓在蔵"),  # 内
    ("そと", "以海意例郊屋除", "部観科界因"),  # 外
    ("ほか", "利排", "者言律"),  # 他
    ("ほう", "両双一他片", "向式針程策"),  # 方
    ("よう", "多仕同模異", "式相態"),  # 様
    ("など", "初高劣", "級分式価号"),  # 等
    ("くらい", "単順首優", "相"),  # 位
    ("ほど", "過工課旅", "度"),  # 程
    ("たび", "程精速頻密深強感温尺角難", "合"),  # 度
    ("わけ", "翻通邦", "者註"),  # 訳
    ("とおり", "共普交貫疎", "貨知"),  # 通
    ("かず", "関変係件複", ""),  # 数
    ("かたち", "変図整", "式状態成容"),  # 形
    ("ちから", "能入出努協圧", ""),  # 力
    ("たち", "発到伝調", ""),  # 達
    ("さい", "実国", ""),  # 際
    ("たとえ", "事比条凡", "題"),  # 例
    ("つぎ", "目逐", "元"),  # 次
    ("はじめ", "開原創最", ""),  # 始, 初
    ("おなじ", "共合混", ""),  # 同
    ("おおく", "", "様数層"),  # 多
    ("すべて", "安完", ""),  # 全
    ("こころ", "中関安核熱", "理配臓"),  # 心
    ("かんがえ", "参思", "慮察"),  # 考
    ("もち", "利使応適採", ""),  # 用
)
# A kanji, or a whole word, by a term.
_TERMS = (
    ("ポイント", "観焦欠視利論弱拠頂盲時", "検"),
    ("スコア", "観焦欠視利論弱拠頂盲", ""),
    ("レイヤー", "階", ""),
    ("タイプ", "典模", ""),
    ("バリュー", "価数", "段"),
    ("テーブル", "発代", "現"),
    ("テキスト", "論", "脈献"),
    ("文章", "論", "脈献"),
    ("センテンス", "論", "脈献"),
    ("ペーパー", "論", ""),
    ("ワード", "言単", "彙"),
    ("イメージ", "画映", "素"),
    ("タスク", "仕課", "務"),
    ("メソッド", "方手", ""),
    ("方法", "手", ""),
    ("手法", "方", ""),
    ("エラー", "", "差字植"),
    ("ミス", "", "差訳植"),
    ("グラフ", "意地", ""),
    ("ランク", "単順", ""),
    ("ドメイン", "", "家職書誌"),
    ("トレーニング", "", "者率則"),
    ("ラーニング", "", "者率則"),
    ("訓練", "", "率則"),
    ("クエリ", "", "者"),
    ("ユーザ", "著", ""),
    ("ユーザー", "著", ""),
    ("能力", "可機性知", ""),
    ("ナレッジ", "", "人識"),
    ("マシン", "", "的"),
    ("プラン", "", "算"),
    ("アイデア", "", "慮察"),
    ("フィーチャー", "", "的量"),
    ("インプット", "", "力"),
    ("アウトプット", "", "力"),
    ("リスト", "配行", "挙"),
    ("パワー", "能努協", ""),
    ("ナンバー", "関変係", "値学"),
)
# Letters that stand in words of two only: before, or at the end after, katakana they are what a
# term left of such a word (専ゲート, センテンス脈).
_NEVER_FIRST = (
    "観焦欠価典模階言専資具意項並構映想規範習練訓究験査評析認識択判処御築施策述議討録到獲維"
    "訂抑禁承概継徴響"
)
_NEVER_LAST = "脈献彙務慮察挙現識験究習練念想象徴響択握縮張換続維護御憶析推述覧査断認療診患"
# …するとき間に合わない, そのなか心配: after these a noun in kana may well stand before a kanji.
_NATURAL = "うくぐすつぬぶむるただいなのんかもどびしりきみえ"
# ひと間違い, ひと工夫, ひと種類; and a kanji that begins a word with kana of its own (とき速く).
_NO_WORD = "[いきくけしすせっりるれわえびぎめ]|[違夫]|(?<=種)類|(?<=体)[系験積]"


def patterns() -> Iterator[str]:
    """A regular expression for each broken half: 個ひとの, ひと間, 観ポイント, ドメイン家."""
    for kana, before, after in _OPENED:
        if before:
            yield rf"[{before}]{kana}(?=[をがはのにでとやへな、。的性化])"
        if after:
            yield rf"(?<![{_NATURAL}]){kana}[{after}](?!{_NO_WORD})"
    yield rf"(?<![0-9{KANJI}])[{_NEVER_FIRST}][ァ-ヶー]{{3,}}"
    yield rf"[ァ-ヶー]{{3,}}[{_NEVER_LAST}](?=[をがはのにでともや、。])"
    for term, before, after in _TERMS:
        if before:
            yield rf"(?<![{KANJI}])[{before}]{term}(?![ァ-ヶー{KANJI}])"
        if after:
            yield rf"(?<![ァ-ヶー]){term}[{after}](?!{_NO_WORD})"
