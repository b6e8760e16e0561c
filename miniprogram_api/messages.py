"""The inbox, and what the citizen allows WeChat to bring."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from sanic import Blueprint

from app import clock
from app.errors import InvalidInput, NotFound
from app.http.context import AppRequest
from app.http.endpoint import endpoint
from app.http.messages import Message
from app.http.session import Caller
from notify import actions, queries
from notify.models import Notice
from notify.templates import MOMENTS

messages = Blueprint("messages", url_prefix="/messages")
subscriptions = Blueprint("subscriptions", url_prefix="/subscriptions")


class InboxIn(Message):
    page: Annotated[int, Field(ge=1, le=500)] = 1
    page_size: Annotated[int, Field(ge=1, le=50)] = 20


class MessageOut(Message):
    code: str
    kind: str
    title: str
    body: str
    page: str
    created_at: datetime
    is_read: bool

    @classmethod
    def of(cls, row: Notice) -> "MessageOut":
        return cls(
            code=row.code,
            kind=row.kind,
            title=row.title,
            body=row.body,
            page=row.page,
            created_at=row.created_at,
            is_read=row.read_at is not None,
        )


class InboxOut(Message):
    items: list[MessageOut]
    total: int
    unread: int
    page: int
    page_size: int


class UnreadOut(Message):
    unread: int


class AsksIn(Message):
    moment: Annotated[
        Literal["booking", "arrival", "leaving", "waiting_list", "consulting"],
        Field(
            description="when the sheet is shown: at 预约 or 改期, with a number, on going out, on joining 候补, "
            "or on waiting for a person's answer"
        ),
    ] = "booking"


class AskOut(Message):
    kind: str
    template_id: str
    title: str

    @classmethod
    def of(cls, ask: queries.Ask) -> "AskOut":
        return cls(kind=ask.kind, template_id=ask.template_id, title=ask.title)


class AsksOut(Message):
    items: list[AskOut]
    total: int


Answer = Literal["accept", "acceptWithAudio", "acceptWithAlert", "reject", "ban", "filter"]


class AnswersIn(Message):
    """WeChat's own words, by template id."""

    answers: Annotated[dict[str, Answer], Field(min_length=1, max_length=5)]


@messages.get("")
@endpoint(query=InboxIn, returns=InboxOut, caller="citizen")
async def inbox(request: AppRequest, *, query: InboxIn, caller: Caller) -> InboxOut:
    """我的消息，最新在前"""
    rows, total = await queries.inbox(caller.id, page=query.page, page_size=query.page_size)
    return InboxOut(
        items=[MessageOut.of(row) for row in rows],
        total=total,
        unread=await queries.unread_count(caller.id),
        page=query.page,
        page_size=query.page_size,
    )


@messages.post("/read-all")
@endpoint(returns=UnreadOut, caller="citizen")
async def read_all(request: AppRequest, *, caller: Caller) -> UnreadOut:
    """全部标为已读"""
    await actions.mark_all_read(citizen_id=caller.id, now=clock.now())
    return UnreadOut(unread=0)


@messages.post("/<code:str>/read")
@endpoint(returns=UnreadOut, caller="citizen", refuses=(NotFound,))
async def read(request: AppRequest, *, code: str, caller: Caller) -> UnreadOut:
    """标为已读"""
    if not await actions.mark_read(citizen_id=caller.id, code=code, now=clock.now()):
        raise NotFound()
    return UnreadOut(unread=await queries.unread_count(caller.id))


@subscriptions.get("")
@endpoint(query=AsksIn, returns=AsksOut, caller="citizen")
async def to_ask(request: AppRequest, *, query: AsksIn, caller: Caller) -> AsksOut:
    """订阅框此刻应询问的模板，至多三个"""
    asks = queries.asked_at(query.moment, request.app.ctx.settings.wechat.templates)
    return AsksOut(items=[AskOut.of(ask) for ask in asks], total=len(asks))


@subscriptions.post("")
@endpoint(body=AnswersIn, returns=AsksOut, status=201, caller="citizen", idempotent=True)
async def answer(request: AppRequest, *, body: AnswersIn, caller: Caller) -> AsksOut:
    """记录群众在订阅框中的选择"""
    templates = request.app.ctx.settings.wechat.templates
    # Several moments ask for one template.
    asks = {ask.template_id: ask for moment in MOMENTS for ask in queries.asked_at(moment, templates)}
    if unknown := set(body.answers) - set(asks):
        raise InvalidInput({f"answers.{name[:40]}": "不是本服务的消息模板" for name in sorted(unknown)})
    await actions.note_answers(
        citizen_id=caller.id, answers={asks[template].kind: said for template, said in body.answers.items()}
    )
    answered = [AskOut.of(ask) for template, ask in asks.items() if template in body.answers]
    return AsksOut(items=answered, total=len(answered))
