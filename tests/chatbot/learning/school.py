"""FAQs, an editor and what citizens ask, for the tests of the learning loop."""

from datetime import timedelta

from app.directory.models import Department
from app.staff.by import By
from app.staff.rules import Role
from chatbot import conversations, keeper, peers
from chatbot.engine.answering import Brain, answer
from chatbot.engine.replies import Reply
from chatbot.learning import actions
from chatbot.learning.models import Faq
from chatbot.learning.rules import Content
from chatbot.learning.writing import content_from
from chatbot.models import Conversation
from tests.chatbot.desk import HOURS, WEEKLY
from tests.factories import NOW

CITY = "huainan"
LI = By(staff_id=21, name="李静", roles=frozenset({Role.EDITOR}), hall_codes=frozenset())
WU = By(staff_id=22, name="吴涛", roles=frozenset({Role.EDITOR}), hall_codes=frozenset())
LOST, MARRIED, FUND = "FAQ-LOST", "FAQ-MARRIED", "FAQ-FUND"
TEXTS = {
    LOST: ("身份证丢了怎么补办？", "带户口簿到派出所补领，工本费40元。", ("身份证遗失补领",)),
    MARRIED: ("结婚登记要带什么材料？", "双方带身份证、户口簿和照片。", ("领结婚证需要什么",)),
    FUND: ("住房公积金怎么提取？", "在公积金中心窗口或网上申请。", ("公积金提取条件",)),
    "FAQ-SCHOOL": ("外来务工子女怎么上小学？", "向居住地教育局申请，带居住证。", ("外地孩子入学",)),
    "FAQ-SHOP": ("开小餐馆要办什么证？", "办营业执照和食品经营许可证。", ("餐饮店办证",)),
}


def make_content(question: str, answer: str, similar: tuple[str, ...] = (), **more) -> Content:
    plain = {"dept_code": "HN-GA", "dated": "2026-11-01"}
    return Content(question=question, answer=answer, similar=similar, **{**plain, **more})


async def make_faqs() -> None:
    """Five published ones, of 淮南市公安局."""
    await Department.get_or_create(
        code="HN-GA", defaults={"name": "淮南市公安局", "short_name": "公安局", "kind": "x", "region_code": "340400"}
    )
    for code, (question, text, similar) in TEXTS.items():
        await actions.add(code=code, content=make_content(question, text, similar), by=LI, now=NOW)


async def content(code: str) -> Content:
    return content_from(await Faq.get(code=code))


async def bot() -> Brain:
    return (await keeper.refresh(CITY)).brain


async def reply(text: str) -> Reply:
    """What a citizen would read now."""
    return answer(text, await bot())


async def ask(text: str, *, citizen: int = 1, after_s: int = 0) -> Conversation:
    """A citizen asks the bot that is published now."""
    service = keeper.Service(await bot(), HOURS, WEEKLY)
    moment = NOW + timedelta(seconds=after_s)
    peer = peers.citizen(citizen)
    return (await conversations.say(peer=peer, text=text, channel="h5", service=service, now=moment)).conversation
