"""One question, one reply: rules, then retrieval, then near questions to choose from, then a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.engine import memory as remembering
from chatbot.engine.acceptance import USUAL, Thresholds, Weights, confidence, evidence
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
from chatbot.engine.rules import ALWAYS, ASKS_BACK, EXACT, FIRM, Matched, Rule, first
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
_RESULTS = {
    RULE: "按规则回复",
    ANSWER: "直接作答",
    CHOICES: "请市民选择",
    PERSON: "转人工",
    NOTHING: "答不上来，请换个说法",
}


@dataclass(frozen=True, slots=True)
class Brain:
    """All that an answer comes from. `matters`: codes to names. `reranker`: see `ranking.Reranker`."""

    index: Index
    weights: Weights
    rules: Sequence[Rule]
    matters: Mapping[str, str]
    reranker: Reranker | None = None
    thresholds: Thresholds = USUAL


@dataclass(frozen=True, slots=True)
class Sought:
    """What retrieval found, and how far it is to be trusted."""

    ranking: Ranking
    confidence: float
    step: Step
    text: str
    thresholds: Thresholds = USUAL

    @property
    def is_sure(self) -> bool:
        return self.confidence >= self.thresholds.answer

    @property
    def is_near(self) -> bool:
        return self.confidence >= self.thresholds.offer


@dataclass(frozen=True, slots=True)
class Turn:
    """One question on its way to its reply. `matched`: the rule that was hit. `trace` grows with each step."""

    text: str
    brain: Brain
    memory: Memory
    matched: Matched | None
    trace: list[Step]

    @property
    def answering(self) -> Matched | None:
        """The rule, if it has something to say and does not only ask back."""
        return self.matched if self.matched is not None and self.matched.rule.priority > ASKS_BACK else None

    def closed(self, reply: Reply, memory: Memory) -> Reply:
        """The reply with its trace, and what is remembered after it."""
        return replace(reply, trace=(*self.trace, Step("结果", _RESULTS[reply.kind])), memory=memory)


def answer(text: str, brain: Brain, memory: Memory = FRESH, channel: str | None = None) -> Reply:
    """Never invents: a text is one that staff wrote, or a question back."""
    matched = first(text, brain.rules, channel)
    turn = Turn(text, brain, memory, matched, [_rule_step(matched)])
    if matched is not None and (matched.rule.priority >= ALWAYS or matched.rule.match == EXACT):
        return _by_rule(matched, turn)
    full = remembering.completed(text, memory, brain.index.language)
    if full is not None:
        going_on = f"接着问“{memory.subject}”，补全为“{full}”"
        turn.trace.append(Step("上文", going_on, {"matter_code": memory.matter_code}))
        return _decided(seek(full, brain, memory.matter_code), turn)
    if turn.answering is not None and _is_all(turn.answering, turn):
        return _by_rule(turn.answering, turn)
    return _decided(seek(text, brain), turn)


def _decided(sought: Sought, turn: Turn) -> Reply:
    turn.trace.append(sought.step)
    rule = turn.answering
    if sought.is_sure:
        return _answered(sought, turn)
    if rule is not None and (rule.rule.priority >= FIRM or not sought.is_near):
        return _by_rule(rule, turn)
    if sought.text == turn.text and remembering.is_about_nothing(turn.text, turn.brain.index.language):
        return _asked_back(turn)
    if sought.is_near:
        return _offered(sought, turn)
    return _missed(turn)


def seek(text: str, brain: Brain, matter_code: str = "") -> Sought:
    """Asks the index. With a matter given, only its documents count, when any of them was found."""
    ranking = rank(text, brain.index, brain.weights.clues, brain.reranker)
    if matter_code:
        ranking = _of_matter(ranking, matter_code)
    if not ranking.hits:
        return Sought(ranking, 0.0, Step("检索", "没有找到相近的问题"), text)
    found = evidence(ranking, brain.index)
    sure, least = confidence(found, brain.weights), brain.thresholds
    zone = "直接作答" if sure >= least.answer else "给出选项" if sure >= least.offer else "不作答"
    first_hit = ranking.hits[0]
    outcome = f"最相近：{first_hit.document.faq.question}；可信度 {sure:.2f}，{zone}"
    figures = {
        "confidence": sure,
        "thresholds": {"answer": least.answer, "offer": least.offer},
        "hits": [(hit.document.faq.id, hit.score) for hit in ranking.hits[:OFFER]],
        "clues": {name: round(value, 3) for name, value in first_hit.clues._asdict().items()},
        "evidence": {name: round(value, 3) for name, value in found.items()},
    }
    return Sought(ranking, sure, Step("检索", outcome, figures), text, least)


def _of_matter(ranking: Ranking, matter_code: str) -> Ranking:
    own = [hit for hit in ranking.hits if hit.document.faq.matter_code == matter_code]
    return replace(ranking, hits=own) if own else ranking


def _answered(sought: Sought, turn: Turn) -> Reply:
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
    return turn.closed(reply, _kept(sought, turn.memory))


def _offered(sought: Sought, turn: Turn) -> Reply:
    reply = Reply(
        kind=CHOICES,
        text=_CHOOSE,
        confidence=sought.confidence,
        choices=tuple(map(_choice, sought.ranking.hits[:OFFER])),
        buttons=(HUMAN_BUTTON,),
    )
    return turn.closed(reply, _kept(sought, turn.memory))


def _choice(hit: Hit) -> Choice:
    faq = hit.document.faq
    return Choice(faq.id, faq.question, faq.matter_code)


def _kept(sought: Sought, memory: Memory) -> Memory:
    """A question that was completed goes on about the old subject, under its old name."""
    matter_code = sought.ranking.hits[0].document.faq.matter_code
    is_going_on = bool(memory.subject) and sought.text.startswith(memory.subject)
    subject = memory.subject if is_going_on else sought.text
    return remembering.found(memory, matter_code=matter_code, subject=subject)


def _asked_back(turn: Turn) -> Reply:
    """In the rule's words, unless they are those of one that knows nothing either."""
    rule = turn.matched.rule if turn.matched is not None else None
    text = rule.reply if rule is not None and rule.action != _FALLBACK else _OF_WHAT
    return turn.closed(Reply(kind=CHOICES, text=text, buttons=(HUMAN_BUTTON,)), remembering.aged(turn.memory))


def _missed(turn: Turn) -> Reply:
    after = remembering.missed(turn.memory)
    if after.misses >= MISSES:
        turn.trace.append(Step("转人工", f"连续 {after.misses} 次没有答上"))
        return turn.closed(Reply(kind=PERSON, text=_PERSON), replace(after, misses=0))
    rule = turn.matched.rule if turn.matched is not None else None
    if rule is None or rule.action != _FALLBACK:
        return turn.closed(Reply(kind=NOTHING, text=_NOTHING, buttons=(HUMAN_BUTTON,)), after)
    buttons = _menu(rule, turn.brain.matters)
    return turn.closed(Reply(kind=NOTHING, text=rule.reply or _NOTHING, answer_id=rule.id, buttons=buttons), after)


def _by_rule(matched: Matched, turn: Turn) -> Reply:
    rule = matched.rule
    matter_code = _matter_named(matched, turn) if rule.target == _BOOKING else ""
    is_person = rule.action == _HAND_OVER
    buttons = () if is_person else _menu(rule, turn.brain.matters)
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
    after = remembering.aged(replace(turn.memory, misses=0))
    return turn.closed(reply, remembering.found(after, matter_code=matter_code, subject=_rest(matched, turn.text)))


def _matter_named(matched: Matched, turn: Turn) -> str:
    """预约身份证 opens the booking with the matter set, when what is left after 预约 names one."""
    rest = _rest(matched, turn.text)
    if not rest:
        return ""
    sought = seek(rest, turn.brain)
    if not sought.is_near:
        return ""
    turn.trace.append(replace(sought.step, name="事项"))
    return sought.ranking.hits[0].document.faq.matter_code


def _rest(matched: Matched, text: str) -> str:
    return plain(text).replace(plain(matched.by), "")


def _is_all(matched: Matched, turn: Turn) -> bool:
    """Whether the rule's word is the whole question, so that nothing is left to look for."""
    rest = _rest(matched, turn.text)
    return len(rest) < 2 or remembering.is_about_nothing(rest, turn.brain.index.language)


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
