"""关键词规则: words, whole sentences and patterns that the bot answers at once; previewed before they are published."""

import re
from typing import Annotated, Any

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin.caller import render, said, staff_page
from admin.pages.faqs import brain_of
from app import clock
from app.errors import AppError, InvalidInput
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member
from chatbot.engine.rules import ALWAYS, ASKS_BACK, FIRM
from chatbot.learning import keywords, previewing

pages = Blueprint("admin_bot_rules", url_prefix="/bot-rules")

LIST = "/admin/bot-rules"
LABELS = {
    "name": "名称",
    "match": "匹配方式",
    "patterns": "词或正则",
    "priority": "优先级",
    "action": "动作",
    "reply": "回复",
}
DONE = {"saved": "已发布，几秒钟内生效", "switched": "已更改", "restored": "已恢复到所选版本"}
EMPTY = {"name": "", "match": "contains", "patterns": "", "priority": "50", "action": "reply", "reply": "", "menu": "",
         "target": "", "code": "", "version": "0"}  # fmt: skip
CHANNELS = ["web", "h5", "miniprogram", "kiosk"]  # of a rule written here, beside those that other rules have
_LINES = re.compile(r"[\r\n]+")


class RuleForm(Form):
    """`code`, `version`: empty and 0 for a new rule. One pattern, one entry of the menu a line."""

    code: Annotated[str, StringConstraints(max_length=32)] = ""
    version: int = 0
    name: Annotated[Text, StringConstraints(max_length=60)] = ""
    match: Annotated[str, StringConstraints(pattern="^(exact|contains|regex)$")] = "contains"
    patterns: Annotated[str, StringConstraints(max_length=25_000)] = ""
    priority: int = 50
    action: Annotated[str, StringConstraints(max_length=20)] = "reply"
    reply: Annotated[str, StringConstraints(max_length=2000)] = ""
    menu: Annotated[str, StringConstraints(max_length=1000)] = ""
    target: Annotated[Text, StringConstraints(max_length=60)] = ""


class SwitchForm(Form):
    version: int
    on: bool


class RestoreForm(Form):
    version: int
    to: int


@pages.get("/")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    """All rules, the highest priority first."""
    rows = sorted(await keywords.items(), key=lambda item: -item["priority"])
    return render(request, "bot_rules.html", rows=rows, matches=keywords.MATCHES, actions=keywords.ACTIONS)


@pages.get("/<code:str>")
@staff_page()
async def show(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """One rule with its history; `new` is an empty form."""
    return await _form(request, EMPTY if code == "new" else _fields(await keywords.rule(code)))


@pages.post("/preview")
@staff_page()
async def preview(request: AppRequest, member: Member) -> HTTPResponse:
    """Which recorded questions would be answered otherwise. Changes nothing."""
    try:
        form = read_form(request, RuleForm)
        content = await _content(form)
    except AppError as refusal:
        return await _form(request, {**EMPTY, **typed(request)}, refusal)
    code = form.code or "new"
    items = {item["id"]: item for item in await keywords.items()} | {code: {"id": code, **content}}
    brain = await brain_of(request)
    asked, changed = await previewing.preview_rules(list(items.values()), brain)
    questions = {document.faq.id: document.faq.question for document in brain.index.documents}
    return render(
        request, "bot_rule_preview.html", form={**EMPTY, **typed(request)}, content=content, recorded=asked,
        changes=changed, questions=questions | {item["id"]: f"规则：{item['name']}" for item in items.values()},
    )  # fmt: skip


@pages.post("/publish")
@staff_page()
async def publish(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        form = read_form(request, RuleForm)
        content = await _content(form)
        code = await keywords.save(
            code=form.code, content=content, seen_version=form.version, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _form(request, {**EMPTY, **typed(request)}, refusal)
    return redirect(f"{LIST}/{code}?done=saved", status=303)


@pages.post("/<code:str>/switch")
@staff_page()
async def switch(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    row = await keywords.rule(code)
    try:
        form = read_form(request, SwitchForm)
        await keywords.switch(code=code, enabled=form.on, seen_version=form.version, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _form(request, _fields(row), refusal)
    return redirect(f"{LIST}/{code}?done=switched", status=303)


@pages.post("/<code:str>/restore")
@staff_page()
async def restore(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    row = await keywords.rule(code)
    try:
        form = read_form(request, RestoreForm)
        await keywords.restore(code=code, version=form.to, seen_version=form.version, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _form(request, _fields(row), refusal)
    return redirect(f"{LIST}/{code}?done=restored", status=303)


async def _form(request: AppRequest, form: dict[str, Any], refusal: AppError | None = None) -> HTTPResponse:
    code = str(form["code"])
    history = await keywords.history(code) if code else []
    return render(
        request, "bot_rule.html", **said(refusal), form=form, labels=LABELS, matches=keywords.MATCHES,
        actions=keywords.ACTIONS, history=history, enabled=bool(history and history[0].content["enabled"]),
        zones={"always": ALWAYS, "firm": FIRM, "asks_back": ASKS_BACK}, done=DONE.get(request.args.get("done", ""), ""),
    )  # fmt: skip


async def _content(form: RuleForm) -> dict[str, Any]:
    """What the form says, the rest as it was. Raises InvalidInput."""
    start = {"dynamic": None, "enabled": True, "channel": await _channels()}
    if form.code:
        start = (await keywords.rule(form.code)).content
    content = {
        **start, "name": form.name, "match": form.match, "patterns": _lines(form.patterns), "priority": form.priority,
        "action": form.action, "reply": form.reply.replace("\r\n", "\n").strip(), "menu": _lines(form.menu),
        "target": form.target or None,
    }  # fmt: skip
    faults = keywords.faults_of(content)
    if form.action not in keywords.ACTIONS:
        faults["action"] = "请从列表中选择"
    if faults:
        raise InvalidInput(faults)
    return content


async def _channels() -> list[str]:
    return sorted({*CHANNELS, *(name for item in await keywords.items() for name in item["channel"])})


def _fields(row: Any) -> dict[str, Any]:
    shown = {name: row.content[name] or "" for name in ("name", "match", "action", "reply", "target")}
    lines = {name: "\n".join(row.content[name]) for name in ("patterns", "menu")}
    return {**shown, **lines, "priority": row.content["priority"], "code": row.code, "version": row.version}


def _lines(text: str) -> list[str]:
    return [part for piece in _LINES.split(text) if (part := piece.strip())]
