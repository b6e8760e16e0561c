"""What the conversation is about, so that 要多少钱 after 换身份证 means that matter."""

from dataclasses import dataclass, replace

from chatbot.engine import lexicon
from chatbot.engine.reading import Language
from chatbot.engine.text import plain

KEPT = 6  # turns for which a matter is remembered when nobody comes back to it
_OWN = 2  # characters of its own from which a question names its subject
# Words that point back or say only that something is to be done.
_EMPTY = ("办理", "办", "需要", "要", "呢", "那", "还", "去", "能", "可以", "行", "怎么", "多", "什么", "啥", "了")


@dataclass(frozen=True, slots=True)
class Memory:
    """Handed in with each question, and back with each answer.

    Attributes:
        matter_code: what is being talked about; "" for nothing.
        subject: how the citizen called it.
        left: turns until it is forgotten.
        misses: questions in a row to which nothing was found.
    """

    matter_code: str = ""
    subject: str = ""
    left: int = 0
    misses: int = 0


FRESH = Memory()


def is_about_nothing(text: str, language: Language) -> bool:
    """Whether a question asks something (费用, 在哪里) without saying of what."""
    canonical = lexicon.canonical(plain(text), language.lexicon)
    if not canonical or not lexicon.asked(canonical, language.lexicon):
        return False
    rest = lexicon.subject(canonical, language.lexicon)
    for word in _EMPTY:
        rest = rest.replace(word, "")
    return len(rest) < _OWN


def completed(text: str, memory: Memory, language: Language) -> str | None:
    """The question with the subject it lacks; None when it lacks none, or none is remembered."""
    if not memory.left or not memory.subject or not is_about_nothing(text, language):
        return None
    return memory.subject + text


def found(memory: Memory, *, matter_code: str, subject: str) -> Memory:
    """After an answer or choices about a matter."""
    if not matter_code:
        return replace(aged(memory), misses=0)
    return Memory(matter_code, subject, KEPT, 0)


def aged(memory: Memory) -> Memory:
    """After any other turn."""
    left = max(0, memory.left - 1)
    return replace(memory, left=left) if left else Memory(misses=memory.misses)


def missed(memory: Memory) -> Memory:
    return replace(aged(memory), misses=memory.misses + 1)
