"""What citizens are answered, and why."""

from dataclasses import replace

import pytest

from chatbot.engine import memory
from chatbot.engine.answering import Brain, answer
from chatbot.engine.memory import FRESH, KEPT, Memory
from chatbot.engine.ranking import Hit
from chatbot.engine.replies import ANSWER, BOOK, CHOICES, GUIDE, HUMAN, NOTHING, PERSON, PROGRESS, RULE, Reply
from chatbot.showing import shown


def talk(brain: Brain, *questions: str) -> list[Reply]:
    replies: list[Reply] = []
    for question in questions:
        replies.append(answer(question, brain, replies[-1].memory if replies else FRESH))
    return replies


def steps(reply: Reply) -> list[str]:
    return [step.name for step in reply.trace]


def test_an_answer_is_staffs_text_with_its_source_its_date_and_what_can_be_done_next(brain: Brain) -> None:
    reply = answer("身份证丢了怎么办", brain)
    faq = next(d.faq for d in brain.index.documents if d.faq.id == reply.answer_id)
    assert (reply.kind, reply.text) == (ANSWER, faq.answer)
    assert "补领工本费40元" in reply.text
    assert (reply.source, reply.date) == ("淮南市公安局", "2026-12-01")
    assert [(b.kind, b.matter_code) for b in reply.buttons] == [
        (GUIDE, "HN-GA-003"),
        (BOOK, "HN-GA-003"),
        (PROGRESS, "HN-GA-003"),
        (HUMAN, ""),
    ]


def test_what_no_department_has_checked_says_so(brain: Brain) -> None:
    unchecked = next(d.faq for d in brain.index.documents if d.faq.is_guide)
    assert answer(unchecked.question, brain).source.endswith("（内容待主管部门核对）")


@pytest.mark.parametrize("said", ["身份证丢了咋弄", "俺身份证掉了咋整", "身份正丢失补办", "身份证，遗失！补领？"])
def test_dialect_typing_errors_and_punctuation_lead_to_the_same_matter(brain: Brain, said: str) -> None:
    reply = answer(said, brain)
    assert reply.kind in {ANSWER, CHOICES}
    assert (reply.matter_code or reply.choices[0].matter_code) == "HN-GA-003"


def test_the_trace_tells_each_step_in_its_order_with_figures(brain: Brain) -> None:
    reply = answer("身份证丢了怎么办", brain)
    assert steps(reply) == ["关键词规则", "检索", "结果"]
    figures = reply.trace[1].figures
    assert figures["confidence"] == reply.confidence >= figures["thresholds"]["answer"]
    assert figures["hits"][0][0] == reply.answer_id
    assert set(figures["clues"]) == set(brain.weights.clues)
    assert "为什么这样回答" in shown("身份证丢了怎么办", reply)


def test_a_follow_up_keeps_the_matter(brain: Brain) -> None:
    first, price = talk(brain, "换身份证", "要多少钱")
    assert first.memory.matter_code == "HN-GA-002"
    assert (price.kind, price.matter_code) == (ANSWER, "HN-GA-002")
    assert "工本费20元" in price.text
    assert "换身份证要多少钱" in price.trace[1].outcome


def test_a_second_follow_up_is_still_about_the_first_subject(brain: Brain) -> None:
    *_, place = talk(brain, "换身份证", "要多少钱", "要带什么")
    assert place.matter_code == "HN-GA-002"
    assert place.memory.subject == "换身份证"


def test_a_question_with_a_subject_of_its_own_is_about_that(brain: Brain) -> None:
    _, other = talk(brain, "换身份证", "护照要多少钱")
    assert "护照" in (other.text if other.kind == ANSWER else other.choices[0].question)
    assert "上文" not in steps(other)


def test_without_a_matter_the_bot_asks_back_and_names_no_price(brain: Brain) -> None:
    reply = answer("要多少钱", brain)
    assert reply.kind == CHOICES
    assert reply.text.startswith("请告诉我要办的事项名称")
    assert not any(character.isdigit() for character in reply.text)


def test_a_matter_is_forgotten_when_nobody_comes_back_to_it(brain: Brain) -> None:
    *_, late = talk(brain, "换身份证", *["谢谢"] * KEPT, "要多少钱")
    assert late.memory.matter_code == ""
    assert late.kind == CHOICES


def test_booking_with_a_matter_opens_the_booking_of_that_matter(brain: Brain) -> None:
    reply = answer("预约结婚登记", brain)
    assert (reply.kind, reply.answer_id, reply.target) == (RULE, "KR-012", "page:appointment")
    assert reply.matter_code.startswith("HN-MZ")
    assert (reply.buttons[0].kind, reply.buttons[0].matter_code) == (BOOK, reply.matter_code)


def test_a_person_is_called_at_once_and_emergencies_come_before_all(brain: Brain) -> None:
    asked, danger = answer("我要转人工", brain), answer("有人抢劫，我要转人工", brain)
    assert (asked.kind, asked.target) == (PERSON, "queue:default")
    assert "110" in danger.text


def test_a_rule_for_one_word_gives_way_to_the_matter_it_is_asked_about(brain: Brain) -> None:
    assert answer("在哪里", brain).answer_id == "KR-010"
    reply = answer("身份证在哪里办", brain)
    assert reply.kind == CHOICES
    assert any("身份证" in choice.question for choice in reply.choices)


def test_a_menu_names_its_matters(brain: Brain) -> None:
    labels = [button.label for button in answer("公积金", brain).buttons]
    assert "公积金贷款" in labels
    assert labels.count("转人工") == 1


@pytest.mark.parametrize("said", ["今天天气怎么样", "讲个笑话", "asdfgh", "。。。", "", "🙂🙂"])
def test_what_is_no_business_of_the_city_gets_no_answer(brain: Brain, said: str) -> None:
    reply = answer(said, brain)
    assert (reply.kind, reply.choices, reply.source) == (NOTHING, (), "")


def test_after_two_misses_a_person_is_called(brain: Brain) -> None:
    once, twice, again = talk(brain, "讲个笑话", "再讲一个笑话嘛", "今天天气怎么样")
    assert [once.kind, twice.kind, again.kind] == [NOTHING, PERSON, NOTHING]


def test_an_answer_between_two_misses_begins_the_count_anew(brain: Brain) -> None:
    *_, last = talk(brain, "讲个笑话", "身份证丢了怎么办", "讲个笑话")
    assert last.kind == NOTHING


def test_below_the_threshold_there_are_choices_never_a_text(brain: Brain) -> None:
    reply = answer("我想给娃办个护照", brain)
    texts = {document.faq.answer for document in brain.index.documents}
    assert reply.kind == CHOICES
    assert reply.text not in texts
    assert 1 <= len(reply.choices) <= 3


def test_every_question_of_the_city_is_found_when_it_is_asked_word_for_word(brain: Brain) -> None:
    """Two FAQs may ask the same of one matter; either is right."""
    missed = []
    for document in brain.index.documents:
        reply = answer(document.faq.question, replace(brain, rules=[]))
        offered = {reply.answer_id, *(choice.faq_id for choice in reply.choices)}
        if document.faq.id not in offered and reply.matter_code != document.faq.matter_code:
            missed.append(document.faq.question)
    assert missed == []


def test_choosing_a_near_question_answers_it(brain: Brain) -> None:
    offered = answer("我想给娃办个护照", brain)
    chosen = answer(offered.choices[0].question, brain, offered.memory)
    assert (chosen.kind, chosen.answer_id) == (ANSWER, offered.choices[0].faq_id)


def test_a_model_of_the_citys_own_may_reorder_but_neither_add_nor_pass_the_threshold(brain: Brain) -> None:
    stranger = replace(brain.index.documents[0], answer="编造的")

    def reversed_with_a_stranger(text: str, hits: list[Hit]) -> list[Hit]:
        return [replace(hits[0], document=stranger), *reversed(hits)]

    reply = answer("护照多久能拿到", replace(brain, reranker=reversed_with_a_stranger))
    plain = answer("护照多久能拿到", brain)
    assert plain.kind == ANSWER
    assert reply.kind != ANSWER
    assert stranger.faq.id not in {choice.faq_id for choice in reply.choices}


def test_the_same_question_is_answered_the_same_way(brain: Brain) -> None:
    assert answer("老人公交卡怎么办", brain) == answer("老人公交卡怎么办", brain)


def test_memory_completes_only_what_lacks_a_subject(brain: Brain) -> None:
    kept = Memory("HN-GA-002", "换身份证", 3)
    say = brain.index.language
    assert memory.completed("那要带什么呢", kept, say) == "换身份证那要带什么呢"
    assert memory.completed("护照要带什么", kept, say) is None
    assert memory.completed("要带什么", FRESH, say) is None
