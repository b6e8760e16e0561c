"""What people type, brought into one form: widths, cases, punctuation, and the words that say nothing."""

import re
import unicodedata

MAX_QUERY = 60  # characters looked at; a guide's name is shorter, and a longer text only costs time

_KEPT = re.compile(r"[0-9a-z一-鿿㐀-䶿]")
_TONES = re.compile("[\u0300-\u036f]")
_RUN = re.compile(r"[a-z]+|[0-9一-鿿㐀-䶿]+")
# Politeness, question words and what every matter has: true of all matters, so they tell none apart.
_FILLER = re.compile(
    r"怎么办理|怎么办|咋办|请问一下|请问|我想要|我想|我要|我得|想要|帮我|麻烦|你好|您好|怎么样|怎么弄|怎么|如何|怎样|咋|"
    r"去哪里|去哪儿|去哪|在哪里|在哪儿|在哪|哪里|哪儿|什么地方|什么时候|需要什么材料|要什么材料|需要哪些材料|"
    r"需要什么|要带什么|带什么|什么材料|哪些材料|要多少钱|多少钱|要多久|多长时间|几天|什么手续|手续|流程|"
    r"网上办|线上办|可以|能不能|能否|能|一下|一个|需要|应该|办理|办事|申请办|吗|呢|啊|呀|吧|的|了|么"
)
# Words for one mishap that the guides' writers and citizens choose differently.
_SAME = {"掉了": "丢了", "弄丢": "丢失", "不见了": "丢了", "找不到了": "丢了", "坏了": "损坏", "满了": "到期"}
_LEADING = re.compile(r"^(?:我|去|来|想|要|办|申请|申领)(?=..)")


def normalise(text: str) -> str:
    """Half width, lower case, letters, digits and Chinese characters only."""
    return "".join(_KEPT.findall(_folded(text)))


def _folded(text: str) -> str:
    """Compatible forms, small letters, pinyin without tones; ü is typed v."""
    return _TONES.sub("", unicodedata.normalize("NFKD", text.replace("ü", "v")).lower())


def positions(text: str) -> list[int]:
    """For each character of `normalise(text)` its place in `text`."""
    found: list[int] = []
    for place, character in enumerate(text):
        found += [place] * len(normalise(character))
    return found


def cleaned(text: str) -> list[str]:
    """The parts of a query between blanks and punctuation, each normalised, at most `MAX_QUERY` characters in all."""
    plain = _folded(text[:MAX_QUERY])
    return [part for piece in re.split(r"[^0-9a-z一-鿿㐀-䶿'’]+", plain) if (part := normalise(piece))]


def core(text: str) -> str:
    """The query without its filler words; the query itself when nothing else is left."""
    rest = text
    for word, usual in _SAME.items():
        rest = rest.replace(word, usual)
    rest = _FILLER.sub("", rest)
    rest = _LEADING.sub("", rest)
    return rest or text


def runs(text: str) -> list[str]:
    """Latin and Chinese stretches of a normalised text."""
    return _RUN.findall(text)


def bigrams(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]
