"""用词提醒: the words that staff are asked about before they send them."""

from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import render, said, staff_page
from app import clock
from app.errors import AppError
from app.http.context import AppRequest
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member
from chatbot import words

pages = Blueprint("admin_chat_words", url_prefix="/chats/words")

HERE = "/admin/chats/words"


class WordForm(Form):
    word: str = ""
    advice: str = ""


@pages.get("/")
@staff_page()
async def show(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request)


@pages.post("/")
@staff_page()
async def add(request: AppRequest, member: Member) -> HTTPResponse:
    form = read_form(request, WordForm)
    try:
        await words.add(word=form.word, advice=form.advice, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, refusal)
    return redirect(HERE, status=303)


@pages.post("/<code:str>/remove")
@staff_page()
async def remove(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    await words.remove(code=code, by=member.by, now=clock.now())
    return redirect(HERE, status=303)


async def _show(request: AppRequest, refusal: AppError | None = None) -> HTTPResponse:
    sent = {"word": "", "advice": "", **(typed(request) if refusal else {})}
    return render(request, "chat_words.html", **said(refusal), rows=await words.words(), sent=sent)
