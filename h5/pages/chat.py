"""Asking: the bot answers, a person when one is wanted. A page of forms; what a person says appears by itself."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import Field
from sanic import Blueprint, HTTPResponse, redirect
from sanic.request import File

from app import clock, pictures
from app.booking import pressure
from app.booking.pressure import Signal
from app.errors import AppError, InvalidInput, NotFound, SignInNeeded
from app.http.context import AppRequest, network_of
from app.http.feeds import Show, Source
from app.http.handing_out import handed_out
from app.http.messages import Form, checked
from app.http.pages import read_form, typed
from app.http.session import caller_of, ensure_our_origin
from app.http.sockets import Line, Said, socket
from app.http.streams import stream
from app.ids import hashed, new_code
from app.matters import queries as matters
from app.ratings.rules import GRADES
from chatbot import conversations, keeper, peers, queries
from chatbot.attachments import keep_picture
from chatbot.errors import NetworkBusy, Repeated
from chatbot.models import Conversation
from chatbot.peers import Peer
from chatbot.writing import topic_of
from h5 import guests
from h5.chatting import ChatView, chat_view
from h5.face import draw, face, render
from h5.stuck import about_of

pages = Blueprint("h5_chat")

CHANNEL, HERE = "h5", "/h5/chat"
NEWEST = f"{HERE}#new"  # the last question: its answer is read from the beginning
LOOKS_EVERY_S = 3.0  # without a ring: the place in the line
WINDOW_S = 600
KEPT_S = 30 * 24 * 3600  # a guest who asked on Friday evening is answered on Monday
MAX_UPLOAD = pictures.MAX_BYTES + 64 * 1024  # a picture, and what surrounds it
ABOUT_A_MATTER = ("需要什么材料", "要多少钱", "多久能办好", "在哪里办")


class SayForm(Form):
    text: str = ""
    once: Annotated[str, Field(max_length=32)] = ""
    matter: Annotated[str, Field(max_length=64)] = ""


class StuckForm(Form):
    matter: Annotated[str, Field(max_length=64)] = ""
    hall: Annotated[str, Field(max_length=32)] = ""
    booking: Annotated[str, Field(max_length=32)] = ""


class RateForm(Form):
    code: Annotated[str, Field(max_length=16)]
    grade: Annotated[int, Field(ge=1, le=5)]


def known_peer(request: AppRequest) -> Peer | None:
    """Whoever is signed in, else the browser's guest."""
    if request.ctx.caller is not None:
        return peers.citizen(request.ctx.caller.id)
    secret = guests.known_secret(request)
    return peers.guest(hashed(secret)) if secret else None


def peer_of(request: AppRequest) -> Peer:
    """For a form of a conversation that is there. Raises NotFound for somebody we know nothing of."""
    peer = known_peer(request)
    if peer is None:
        raise NotFound()
    return peer


@pages.get("/chat")
@face.page()
async def chat(request: AppRequest) -> HTTPResponse:
    """What was said, or what is often asked. Whoever asked before signing in goes on with it."""
    secret, caller = guests.known_secret(request), request.ctx.caller
    if secret and caller is not None:
        before, peer = peers.guest(hashed(secret)), peers.citizen(caller.id)
        await conversations.take_over(before=before, peer=peer, now=clock.now())
    return await _show(request)


@pages.post("/chat")
@face.page()
async def say(request: AppRequest) -> HTTPResponse:
    """A message. A second tap on the same button of the same page is no second message."""
    now, secret = clock.now(), guests.secret_of(request)
    try:
        form, peer = read_form(request, SayForm), known_peer(request) or peers.guest(hashed(secret))
        await _say(request, peer, form, now)
    except AppError as refusal:
        return await _show(request, refusal)
    return _on(request, secret)


async def _say(request: AppRequest, peer: Peer, form: SayForm, now: datetime) -> None:
    await _count_guest(request, now)
    with suppress(Repeated):
        await conversations.say(
            peer=peer, text=form.text, channel=CHANNEL, service=await _service(request), now=now,
            matter_code=form.matter, outside_id=_once(peer, form),
        )  # fmt: skip


@pages.post("/chat/picture")
@face.page(max_body=MAX_UPLOAD)
async def picture(request: AppRequest) -> HTTPResponse:
    """A picture, for whoever answers."""
    now, secret = clock.now(), guests.secret_of(request)
    sent: File | None = request.files.get("picture") if request.files else None
    try:
        await _count_guest(request, now)
        if sent is None or not sent.body:
            raise InvalidInput({"picture": "请先选择一张图片，再发送"})
        folder = request.app.ctx.settings.files_folder
        await conversations.say(
            peer=known_peer(request) or peers.guest(hashed(secret)), text="［图片］", channel=CHANNEL,
            service=await _service(request), now=now, file=await keep_picture(folder, sent.body, now=now),
        )  # fmt: skip
    except AppError as refusal:
        return await _show(request, refusal)
    return _on(request, secret)


@pages.get("/chat/files/<code:str>")
@face.page()
async def file(request: AppRequest, code: str) -> HTTPResponse:
    """A picture of the conversation, for whose it is."""
    return handed_out(*await queries.own_file(request.app.ctx.settings.files_folder, peer_of(request), code))


@pages.post("/chat/person")
@face.page()
async def person(request: AppRequest) -> HTTPResponse:
    """转人工"""
    now, secret = clock.now(), guests.secret_of(request)
    await _count_guest(request, now)
    peer = known_peer(request) or peers.guest(hashed(secret))
    await conversations.ask_person(peer=peer, channel=CHANNEL, service=await _service(request), now=now)
    return _on(request, secret)


@pages.post("/chat/stuck")
@face.page()
async def stuck(request: AppRequest) -> HTTPResponse:
    """办不成事: a person at once, who is told which matter, hall and booking it is about."""
    now, secret, form = clock.now(), guests.secret_of(request), read_form(request, StuckForm)
    peer = known_peer(request) or peers.guest(hashed(secret))
    about = await about_of(peer, form.matter, form.hall, form.booking)
    try:
        await _count_guest(request, now)
        await conversations.stuck(
            peer=peer, channel=CHANNEL, service=await _service(request), about=about.codes, text=about.text, now=now
        )
    except AppError as refusal:
        return await _show(request, refusal)
    return _on(request, secret)


@pages.post("/chat/give-up")
@face.page()
async def give_up(request: AppRequest) -> HTTPResponse:
    """Wait no more."""
    with suppress(AppError):  # taken, ended or given up meanwhile: the page shows which
        await conversations.give_up(peer=peer_of(request), now=clock.now())
    return redirect(NEWEST, status=303)


@pages.post("/chat/close")
@face.page()
async def close(request: AppRequest) -> HTTPResponse:
    with suppress(NotFound):  # ended meanwhile
        await conversations.close(peer=peer_of(request), now=clock.now())
    return redirect(NEWEST, status=303)


@pages.post("/chat/rate")
@face.page()
async def rate(request: AppRequest) -> HTTPResponse:
    form = read_form(request, RateForm)
    await conversations.rate(peer=peer_of(request), code=form.code, grade=form.grade, now=clock.now())
    return redirect(NEWEST, status=303)


@pages.get("/chat/now")
@face.page()
async def now(request: AppRequest) -> HTTPResponse:
    """The part that changes, for a browser without streams."""
    return render(request, "chat_now.html", chat=await _view(peer_of(request)), grades=GRADES)


@pages.get("/chat/stream")
@stream()
async def live(request: AppRequest) -> Show[ChatView]:
    """The part that changes, sent when it does."""
    ensure_our_origin(request)
    with suppress(SignInNeeded):
        await caller_of(request, kind="citizen", now=clock.now(), by_cookie=True)
    return _show_of(await _newest(request))


@pages.get("/chat/socket")
@socket
async def line(request: AppRequest) -> Line:
    """The same, and what the page says on it: messages, that somebody is typing, that it was looked at."""
    with suppress(SignInNeeded):
        await caller_of(request, kind="citizen", now=clock.now(), by_cookie=True)
    found = await _newest(request)
    return Line(_show_of(found), partial(_take, request, found.id))


async def _take(request: AppRequest, conversation_id: int, said: Said) -> None:
    now, peer = clock.now(), peer_of(request)
    if said.get("typing"):
        await conversations.typing(peer=peer, now=now)
    elif said.get("seen"):
        await conversations.seen(peer=peer, conversation_id=conversation_id)
    else:
        form = checked(SayForm.model_validate, {name: said.get(name, "") for name in ("text", "once", "matter")})
        await _say(request, peer, form, now)


async def _newest(request: AppRequest) -> Conversation:
    found = await queries.latest(peer_of(request), now=clock.now())
    if found is None:
        raise NotFound()
    return found


def _show_of(found: Conversation) -> Show[ChatView]:
    source = Source(f"chat:{found.code}", topic_of(found.code), partial(chat_view, found.id), LOOKS_EVERY_S)
    return Show(source, "", lambda view: draw("chat_now.html", chat=view, grades=GRADES))


async def _show(request: AppRequest, refusal: AppError | None = None) -> HTTPResponse:
    sent = {"text": "", "matter": request.args.get("matter") or "", **typed(request)}
    code = str(sent["matter"])[:64]
    matter = (await matters.listed([code])).get(code, "") if code else ""
    peer, city = known_peer(request), request.app.ctx.city
    view = await _view(peer) if peer else None
    return render(
        request,
        "chat.html",
        status=refusal.status if refusal else 200,
        fault=_fault(refusal),
        fault_at="picture" if request.path.endswith("/picture") else "text",
        chat=view,
        matter=matter,
        matter_code=code if matter else "",
        questions=ABOUT_A_MATTER if matter else city.chat.questions,
        grades=GRADES,
        text=sent["text"] if refusal else "",
        once=new_code(),
    )


def _fault(refusal: AppError | None) -> str:
    if refusal is None:
        return ""
    return next(iter(refusal.data.get("fields", {}).values()), refusal.text)


async def _view(peer: Peer) -> ChatView | None:
    moment = clock.now()
    found = await queries.latest(peer, now=moment)
    if found is None:
        return None
    if found.unread_since is not None:
        await conversations.seen(peer=peer, conversation_id=found.id)
    return await chat_view(found.id, moment)


async def _service(request: AppRequest) -> keeper.Service:
    return await keeper.service(request.app.ctx.settings.city)


def _once(peer: Peer, form: SayForm) -> str | None:
    return f"h5:{hashed(f'{peer.key} {form.once} {form.text}')[:48]}" if form.once else None


async def _count_guest(request: AppRequest, now: datetime) -> None:
    """A phone without an account is a new person whenever it says so. Raises `NetworkBusy`."""
    if request.ctx.caller is not None:
        return
    signal = Signal("chat", pressure.source(network_of(request)), _limit(request), WINDOW_S)
    if await pressure.note([signal], settings=request.app.ctx.settings.pressure, now=now):
        raise NetworkBusy()


def _limit(request: AppRequest) -> int:
    return request.app.ctx.settings.chat.guest_messages


def _on(request: AppRequest, secret: str) -> HTTPResponse:
    response = redirect(NEWEST, status=303)
    if request.ctx.caller is None:
        guests.keep(request, response, secret, for_s=KEPT_S)
    return response
