"""One question, one reply: rules, then retrieval, then near questions to choose from, then a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.engine import memory as remembering
from chatbot.engine.acceptance import ANSWERED, OFFERED, Weights, confidence, evidence
from chatbot.engine.index import Index
from chatbot.engine.memory import FRESH, Memory
from chatbot.engine.ranking import Hit, Ranking, Reranker, rank
from chatbot.engine.replies import (
    ANSWER,
    BOOK,
    CHOICES,
    GUIDE,
    HUMAN_BUTTON,
    NOTHING,
    OPEN,
    PERSON,
    RULE,
    Button,
    Choice,
    Reply,
    Step,
    buttons_of,
)
from chatbot.engine.rules import ALWAYS, ASKS_BACK, FIRM, Matched, Rule, first
from chatbot.engine.text import plain

OFFER = 3  # near questions shown
MISSES = 2  # questions in a row without an answer, after which a person is called
_HAND_OVER = "transfer_human"
_FALLBACK = "fallback"
_BOOKING = "page:appointment"
_CHOOSE = "没有找到完全对应的答案。您想问的是下面哪一个？都不是的话，请换个说法，或转人工。"
_OF_WHAT = "请问您想办的是哪件事？请连同事项一起问，例如“身份证补办要多少钱”。"
_NOTHING = "抱歉，这个问题我还答不上来。请换个说法，说出要办的事，例如“身份证丢了怎么办”；也可以转人工。"
_PERSON = "连续两次没能答上您的问题，正在为您转接人工客服，请稍候。非工作时间可留言，也可拨打 12345。"


@dataclass(frozen=True, slots=True)
class Brain:
    """All that an answer comes from. `matters`: codes to names. `reranker`: see `ranking.Reranker`."""

    index: Index
    weights: Weights
    rules: Sequence[Rule]
    matters: Mapping[str, str]
    reranker: Reranker | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What retrieval found, and how far it is to be trusted."""

    ranking: Ranking
    confidence: float
    step: Step
    text: str

    @property
    def is_sure(self) -> bool:
        return self.confidence >= ANSWERED

    @property
    def is_near(self) -> bool:
        return self.confidence >= OFFERED


def answer(text: str, brain: Brain, memory: Memory = FRESH, channel: str | None = None) -> Reply:
    """Never invents: a text is one that staff wrote, or a question back."""
    rule = first(text, brain.rules, channel)
    trace = [_rule_step(rule)]
    if rule is not None and (rule.rule.priority >= ALWAYS or rule.rule.match == "exact"):
        return _by_rule(rule, text, brain, memory, trace)
    full = remembering.completed(text, memory, brain.index.language)
    if full is not None:
        trace.append(Step("上文", f"接着问“{memory.subject}”，补全为“{full}”", {"matter_code": memory.matter_code}))
    elif rule is not None and rule.rule.priority > ASKS_BACK and _is_all(rule, text, brain):
        return _by_rule(rule, text, brain, memory, trace)
    sought = seek(full or text, brain, memory.matter_code if full is not None else "")
    trace.append(sought.step)
    return _decided(text, sought, rule, brain, memory, trace)


def _decided(text: str, sought: Sought, rule: Matched | None, brain: Brain, memory: Memory, trace: list[Step]) -> Reply:
    speaks = rule if rule is not None and rule.rule.priority > ASKS_BACK else None
    if sought.is_sure:
        return _answered(sought, memory, trace)
    if speaks is not None and (speaks.rule.priority >= FIRM or not sought.is_near):
        return _by_rule(speaks, text, brain, memory, trace)
    if sought.text == text and remembering.is_about_nothing(text, brain.index.language):
        return _asked_back(rule, memory, trace)
    if sought.is_near:
        return _offered(sought, memory, trace)
    return _missed(rule, brain, memory, trace)


def _asked_back(rule: Matched | None, memory: Memory, trace: list[Step]) -> Reply:
    has_words = rule is not None and rule.rule.action != _FALLBACK
    text = rule.rule.reply if rule is not None and has_words else _OF_WHAT
    return _close(Reply(kind=CHOICES, text=text, buttons=(HUMAN_BUTTON,)), trace, remembering.aged(memory))


def seek(text: str, brain: Brain, matter_code: str = "") -> Sought:
    """Asks the index. With a matter given, its documents come before all others."""
    ranking = rank(text, brain.index, brain.weights.clues, brain.reranker)
    if matter_code:
        ranking = _of_matter(ranking, matter_code)
    if not ranking.hits:
        return Sought(ranking, 0.0, Step("检索", "没有找到相近的问题"), text)
    found = evidence(ranking, brain.index)
    sure = confidence(found, brain.weights)
    zone = "直接作答" if sure >= ANSWERED else "给出选项" if sure >= OFFERED else "不作答"
    first_hit = ranking.hits[0]
    outcome = f"最相近：{first_hit.document.faq.question}；可信度 {sure:.2f}，{zone}"
    figures = {
        "confidence": sure,
        "thresholds": {"answer": ANSWERED, "offer": OFFERED},
        "hits": [(hit.document.faq.id, hit.score) for hit in ranking.hits[:OFFER]],
        "clues": {name: round(value, 3) for name, value in first_hit.clues._asdict().items()},
        "evidence": {name: round(value, 3) for name, value in found.items()},
    }
    return Sought(ranking, sure, Step("检索", outcome, figures), text)


def _of_matter(ranking: Ranking, matter_code: str) -> Ranking:
    own = [hit for hit in ranking.hits if hit.document.faq.matter_code == matter_code]
    return replace(ranking, hits=own) if own else ranking


def _answered(sought: Sought, memory: Memory, trace: list[Step]) -> Reply:
    faq = sought.ranking.hits[0].document.faq
    reply = Reply(
        kind=ANSWER,
        text=faq.answer,
        answer_id=faq.id,
        matter_code=faq.matter_code,
        source=faq.source,
        date=faq.date,
        confidence=sought.confidence,
        buttons=buttons_of(faq.matter_code),
    )
    return _close(reply, trace, _kept(sought, memory))


def _offered(sought: Sought, memory: Memory, trace: list[Step]) -> Reply:
    reply = Reply(
        kind=CHOICES,
        text=_CHOOSE,
        confidence=sought.confidence,
        choices=tuple(map(_choice, sought.ranking.hits[:OFFER])),
        buttons=(HUMAN_BUTTON,),
    )
    return _close(reply, trace, _kept(sought, memory))


def _choice(hit: Hit) -> Choice:
    faq = hit.document.faq
    return Choice(faq.id, faq.question, faq.matter_code)


def _kept(sought: Sought, memory: Memory) -> Memory:
    """A question that was completed goes on about the old subject, under its old name."""
    matter_code = sought.ranking.hits[0].document.faq.matter_code
    is_going_on = bool(memory.subject) and sought.text.startswith(memory.subject)
    subject = memory.subject if is_going_on else sought.text
    return remembering.found(memory, matter_code=matter_code, subject=subject)


def _missed(rule: Matched | None, brain: Brain, memory: Memory, trace: list[Step]) -> Reply:
    after = remembering.missed(memory)
    if after.misses >= MISSES:
        trace.append(Step("转人工", f"连续 {after.misses} 次没有答上"))
        return _close(Reply(kind=PERSON, text=_PERSON), trace, replace(after, misses=0))
    if rule is not None and rule.rule.action == _FALLBACK:
        text, buttons = rule.rule.reply or _NOTHING, _menu(rule.rule, brain.matters)
        reply = Reply(kind=NOTHING, text=text, answer_id=rule.rule.id, buttons=buttons)
        return _close(reply, trace, after)
    return _close(Reply(kind=NOTHING, text=_NOTHING, buttons=(HUMAN_BUTTON,)), trace, after)


def _by_rule(matched: Matched, text: str, brain: Brain, memory: Memory, trace: list[Step]) -> Reply:
    rule = matched.rule
    matter_code = _matter_named(matched, text, brain, trace) if rule.target == _BOOKING else ""
    is_person = rule.action == _HAND_OVER
    buttons = () if is_person else _menu(rule, brain.matters)
    if matter_code:
        buttons = (Button(BOOK, "预约办理", matter_code), *buttons)
    reply = Reply(
        kind=PERSON if is_person else RULE,
        text=rule.reply,
        answer_id=rule.id,
        matter_code=matter_code,
        target=rule.target,
        dynamic=rule.dynamic,
        confidence=1.0,
        buttons=buttons,
    )
    after = remembering.aged(replace(memory, misses=0))
    return _close(reply, trace, remembering.found(after, matter_code=matter_code, subject=_rest(matched, text)))


def _matter_named(matched: Matched, text: str, brain: Brain, trace: list[Step]) -> str:
    """预约身份证 opens the booking with the matter set, when what is left after 预约 names one."""
    rest = _rest(matched, text)
    if not rest:
        return ""
    sought = seek(rest, brain)
    if not sought.is_near:
        return ""
    trace.append(replace(sought.step, name="事项"))
    return sought.ranking.hits[0].document.faq.matter_code


def _rest(matched: Matched, text: str) -> str:
    return plain(text).replace(plain(matched.by), "")


def _is_all(matched: Matched, text: str, brain: Brain) -> bool:
    """Whether the rule's word is the whole question, so that nothing is left to look for."""
    rest = _rest(matched, text)
    return not rest or len(rest) < 2 or remembering.is_about_nothing(rest, brain.index.language)


def _menu(rule: Rule, matters: Mapping[str, str]) -> tuple[Button, ...]:
    """The rule's page, its menu with matters by their names, and a person, always."""
    page = [Button(OPEN, rule.name, target=rule.target)] if rule.target else []
    shown = [Button(GUIDE, matters[item], item) if item in matters else Button(OPEN, item) for item in rule.menu]
    return (*page, *(button for button in shown if button.label != HUMAN_BUTTON.label), HUMAN_BUTTON)


def _rule_step(matched: Matched | None) -> Step:
    if matched is None:
        return Step("关键词规则", "没有命中")
    rule = matched.rule
    outcome = f"命中“{rule.name}”（{rule.match}：{matched.by}，优先级 {rule.priority}）"
    return Step("关键词规则", outcome, {"rule": rule.id, "pattern": matched.by, "priority": rule.priority})


def _close(reply: Reply, trace: list[Step], memory: Memory) -> Reply:
    said = {
        RULE: "按规则回复",
        ANSWER: "直接作答",
        CHOICES: "请市民选择",
        PERSON: "转人工",
        NOTHING: "答不上来，请换个说法",
    }
    return replace(reply, trace=(*trace, Step("结果", said[reply.kind])), memory=memory)
