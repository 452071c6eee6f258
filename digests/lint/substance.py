"""What a text says, as words that can be compared whatever their form and order.

減らない and 減少, 飛行の実験 and 飛行実験 are the same here. There is no dictionary: scripts, kana
endings and lists of words that carry nothing of their own.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from digests.lint.text import KANJI, words_of

_RUNS = re.compile(
    rf"(?P<latin>[A-Za-z][A-Za-z0-9]*(?:[-.+][A-Za-z0-9]+)*)|(?P<digits>\d[\d,.]*\d|\d)"
    rf"|(?P<katakana>[\u30a1-\u30fa\u30fc]{{2,}})|(?P<kanji>[{KANJI}]+)(?P<tail>が[らりるれろっ]|[\u3041-\u3096]?)"
    rf"|(?P<kana>[\u3041-\u3096]+)"
)
# Without content in an answer, whatever was asked.
EMPTY = words_of(
    "論文 本論文 著者 著者等 本研究 研究 研究者 今回 手法 方法 提案 提案手法 重要 非常 可能 可能性 "
    "場合 大 大変 様々 多様 影響 与 役割 果 役立 有効 効果 効果的 適切 必要 必要性 不可欠 特 特定 "
    "具体 具体的 実際 一般 一般的 述 示 説明 記載 紹介 言及 考 思 行 使 用 持 得 言 呼 点 事 物 者 "
    "的 等 際 時 中 上 下 間 為 他 本 各 何 誰 極 極端 大切 問題 課題 存在 実現 提供 貢献 寄与 "
    "意味 意義 関 対 通 基 於 以下 次 自体 面 形 在 有 無 見 期待 利用 活用 使用 実施 実行 "
    "理由 原因 結果 仕組 違 特徴 特性 目的 内容 種類 一 つ 観点 概要 詳細 答 要素 概念 重大 大事 "
    "場所 環境 部分 用意 準備 変 別 別々 両者 双方 難 困難 適 優 良 悪 従 応 合 挙 含 成 起 生 "
    "達成 関係 関連 状況 状態 側面 範囲 対象 当該 該当 十分 大幅 著 異 同様 同 様 個 工夫 作業 "
    "程度 判断 日数 数日 人数 個数 回数 件数 "
    "要因 担当 人 人々 人間 "
    # what stands around an answer: 扱った…, 決められた手順, 適した…
    "扱 出 付 加 置 進 続 決 求 知 取 受 当 至 伴 果た 満 働 表 及 語 選 分 組 設 整 備 向 生じ "
    "値 数値 数 差 相違 差異 性質 性格 能力 機能 動作 処理 操作 過程 手順 手段 手続 技術 技法 "
    "枠組 構造 構成 形式 形態 方式 方針 方向 方向性 設計 設定 基準 根拠 事項 事柄 事情 背景 事実 "
    "現象 成果 分野 領域 全体 全般 各 各種 複数 様式 条件 前提 目標 役 存 制約 限界 利点 対応 対処 "
    "対策 解決 解決策 解明 検討 考慮 検証 分析 報告 議論 評価 比較 区別 選択 決定 "
    "変化 変動 変更 独自 新 新規 新規性 革新的 画期的 先進的 最先端 高度 強力 優秀 標準 標準的 "
    "包括的 総合的 網羅的 徹底的 慎重 丁寧 綿密 正確 最適 最良 最大限 本質 本質的 根本的 基本 "
    "基本的 主要 主 固有 独特 個別 個々 相応 大規模 広範 広範囲 幅広 多岐 多面的 多角的 今後 将来 "
    "現在 現実 実世界 実用 実用的 性 化 型 側 段階 他者 関心 注目 焦点 中心 "
    "モデル システム アプローチ フレームワーク メカニズム プロセス ケース パターン タイプ メリット "
    "デメリット ポイント カギ ニーズ テーマ トピック ユニーク データセット 場面 "
    "指標 効率 効率的 引 従来 動 作 働 比"
)
# The same for two questions: far fewer, for 学習の目的 and 学習の特徴 are two things to ask.
FRAME = words_of(
    "論文 本論文 著者 著者等 本研究 研究者 今回 場合 際 時 具体 具体的 実際 行 使 用 言 呼 点 等 "
    "何 誰 以外 他 考 見 有 存在 必要 主 主要 特 機能 方法 場所 理由 程度 起 対 関 種類 述 挙 "
    "教 説明"
)
_GRAMMAR = re.compile(
    r"(?:という|といった|いった|とは|によって|により|による|について|つい|において|おいて|おける|に対して|"
    r"として|ための|ために|ため|こと|もの|できる|でき|される|されて|された|され|しています|している|しました|"
    r"します|しまい|しまう|する|して|した|います|いる|いない|あります|ある|ありません|なります|なりまし|なる|なって|"
    r"です|でした|ます|ました|ません|でしょう|また|さらに|なお|つまり|とても|よりも|より|から|まで|など|ような|"
    r"ように|よう|さまざま|いろいろ|それぞれ|いくつか|いくつ|いくら|どのよう|どのくらい|どれくらい|どれほど|どれ|どんな|"
    r"どちら|どこ|どうして|どうやって|どう|どの|なぜ|いつ|だれ|なに|なん|その|この|それ|これ|そこ|ここ|れて|られる|られ|"
    r"せて|させ|のは|のが|ので|のを|だけ|しか|ほど|くらい|ぐらい|ほか|ほう|とき|ところ|うえ|なか|うち|いえ|いう|"
    r"かどうか|つなが[らりるっれ]?|もたら[さしすせ]?|あげ|よっ|おもに|きわめて|もっとも|やはり|そもそも|はい|いいえ|まず|"
    r"ください|くださ|てい|であっ|であり|である|あっ|らい|とっ|わけ|まま|やすい|やすく|にくい|"
    r"[はがをにのでともへやかねよしたてなくいりるうきえみさけめせれらげつわすばだずまべ])+"
)


# 上がる is 向上, 落ちる is 低下: words that share no letter with their verbs.
_KIN = {
    **{"向上": "上高伸増", "上昇": "上高", "低下": "下落低減", "改善": "良上", "悪化": "悪下"},
    **{
        "保護": "守",
        "維持": "保",
        "生成": "作",
        "構築": "作",
        "修正": "直",
        "支援": "助",
        "理解": "分",
    },
    **{"短縮": "短", "削減": "減", "高速": "速", "困難": "難", "容易": "易"},
}


_SUFFIXES = "者的性化"


@dataclass(frozen=True)
class Words:
    """The words of a text: of kanji, of other scripts, and kanji that stand before kana (減ら)."""

    kanji: tuple[str, ...]
    others: frozenset[str]
    stems: frozenset[str]

    @cached_property
    def letters(self) -> frozenset[str]:
        return frozenset("".join(self.kanji))

    @cached_property
    def joined(self) -> str:
        return "".join(self.kanji)

    @cached_property
    def units(self) -> frozenset[str]:
        """All of it in pieces: kanji in pairs, other words whole."""
        pairs = (run[at : at + 2] for run in self.kanji for at in range(max(len(run) - 1, 1)))
        return self.others | frozenset(pairs)

    def covers(self, word: str) -> bool:
        """Whether a word of kanji stands here too, in this or another form."""
        if len(word) == 1:
            return word in self.letters
        if len(word) > 2 and word[-1] in _SUFFIXES and self.covers(word[:-1]):
            return True  # 評価者 where 評価 stands
        if any(letter in self.stems for letter in word + _KIN.get(word, "")):
            return True
        pairs = [word[at : at + 2] for at in range(len(word) - 1)]
        known = sum(pair in self.joined for pair in pairs)
        return known == len(pairs) or (set(word) <= self.letters and 2 * known >= len(pairs))

    def has(self, word: str) -> bool:
        """Whether a word of another script stands here too; パラメーター is パラメータ."""
        return word in self.others

    def beyond(self, other: "Words", empty: frozenset[str]) -> list[str]:
        """The words of this text that the other one does not have and that are not empty."""
        kanji = [
            part for run in self.kanji for part in _parts(run, empty) if not other.covers(part)
        ]
        # 上がる and 向上: a word of kanji that holds a stem of the other text is no news.
        kanji = [
            part
            for part in dict.fromkeys(kanji)
            if not (len(part) == 1 and part in self.stems and part in other.letters)
        ]
        return kanji + sorted(
            word for word in self.others if word not in empty and not other.has(word)
        )


NOTHING = Words((), frozenset(), frozenset())


def words_in(text: str) -> Words:
    """The words of a text that can carry content."""
    kanji: list[str] = []
    others: set[str] = set()
    stems: set[str] = set()
    for found in _RUNS.finditer(unicodedata.normalize("NFKC", text)):
        if found["kanji"]:
            kanji.append(found["kanji"])
            if (
                found["tail"]
                and found["tail"] not in "はがをにのでともへや"
                and len(found["kanji"]) == 1
            ):
                stems.add(found["kanji"])
        elif found["kana"]:
            left = _GRAMMAR.sub(" ", found[0]).split()
            others |= {word for word in left if len(word) > 1}
        elif found["latin"]:
            word = found[0].lower()
            others.add(word.removesuffix("s") if len(word) > 3 else word)
        else:
            others.add(found[0].rstrip("ー") or found[0])
    return Words(tuple(kanji), frozenset(others), frozenset(stems))


def _parts(run: str, empty: frozenset[str]) -> Iterable[str]:
    """A run of kanji without its empty words: 提案手法以外 has none left."""
    longest = max(map(len, empty))
    part, at = "", 0
    while at < len(run):
        size = next(
            (n for n in range(min(longest, len(run) - at), 1, -1) if run[at : at + n] in empty), 0
        )
        if size:
            yield from (part,) * bool(part)
            part, at = "", at + size
        else:
            part += run[at]
            at += 1
    if part and part not in empty:
        yield part
