"""One matter: what citizens see, its windows, law and last check; confirming, suspending and correcting it."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import doing
from admin.asked import OptionalNumber
from admin.caller import render, said, staff_page
from app import clock
from app.booking.queries import coming_of_matter
from app.clock import CHINA
from app.errors import AppError, InvalidInput
from app.halls import queries as halls
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.matters import queries
from app.matters.correcting import Texts, texts_of
from app.matters.guide import Guide
from app.matters.importing.rendering import differences
from app.matters.models import CANCELLED, PUBLISHED, SUSPENDED, Matter, Revision
from app.matters.rules import is_stale
from app.staff import queries as staff
from app.staff.models import AuditRow
from app.staff.queries import Member

pages = Blueprint("admin_matter")

STATES = {PUBLISHED: "正常办理", SUSPENDED: "暂停办理", CANCELLED: "已停用"}
DONE = {
    "checked": "已记录核对", SUSPENDED: "已暂停办理，群众不能再预约", PUBLISHED: "已恢复办理",
    "texts": "已更正，群众一分钟内看到新内容", "same": "没有改动",
}  # fmt: skip
LABELS = {
    "on": "核对日期", "source": "核对依据", "why": "原因", "short_name": "简称", "aliases": "别名", "notes": "备注",
    "phones": "咨询电话", "minutes": "办理分钟数", "materials": "材料名称",
}  # fmt: skip
TEXTS = ("short_name", "aliases", "notes", "phones", "minutes")
_BREAKS = re.compile(r"[、,，;；\r\n]+")

Why = Annotated[Text, StringConstraints(min_length=2, max_length=200)]


class CheckedForm(Form):
    """`back`: stale, when it was confirmed in the list of unchecked guides."""

    version: int
    on: date
    source: Why
    back: Literal["", "stale"] = ""


class StatusForm(Form):
    status: Literal["published", "suspended"]
    why: Why


class TextsForm(Form):
    version: int
    short_name: Annotated[Text, StringConstraints(max_length=100)] = ""
    aliases: Annotated[str, StringConstraints(max_length=3000)] = ""
    notes: Annotated[Text, StringConstraints(max_length=2000)] = ""
    phones: Annotated[str, StringConstraints(max_length=500)] = ""
    minutes: OptionalNumber = None
    materials: tuple[Text, ...] = ()

    def texts(self) -> Texts:
        return Texts(
            short_name=self.short_name, aliases=_listed(self.aliases), notes=self.notes, phones=_listed(self.phones),
            minutes=self.minutes, materials=list(self.materials),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened to a matter. `version`: which one came of it, None when none did."""

    at: datetime
    by: str
    words: str
    why: str
    version: int | None
    import_code: str | None
    differences: list[dict[str, str]]


@pages.get("/matters/<code:str>")
@staff_page()
async def show(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The matter as it stands, or as it stood at the `version` named in the address."""
    version = request.args.get("version", "")
    if version.isascii() and version.isdecimal() and len(version) < 6:
        return await _show_version(request, code, int(version))
    return await _show(request, code)


async def _show_version(request: AppRequest, code: str, version: int) -> HTTPResponse:
    matter, raw = await queries.matter(code), await queries.guide_at(code, version)
    guide = Guide.model_validate(raw)
    return render(
        request, "matter_version.html", matter=matter, guide=guide, version=version, windows=await _windows(guide)
    )


async def _show(request: AppRequest, code: str, *, refusal: AppError | None = None) -> HTTPResponse:
    now = clock.now()
    today = now.astimezone(CHINA).date()
    matter = await queries.matter(code)
    guide = Guide.model_validate(matter.guide)
    return render(
        request, "matter.html", **said(refusal), matter=matter, guide=guide, state=STATES[matter.status],
        stale=is_stale(matter.checked_on, today=today), windows=await _windows(guide),
        form=_form(request, matter, refusal), is_correcting=refusal is not None and _is_correction(request),
        coming=await _coming(code, now), history=await _history(code), labels=LABELS,
        done=DONE.get(request.args.get("done", ""), ""),
    )  # fmt: skip


@pages.post("/matters/<code:str>/checked")
@staff_page()
async def check(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """The department has confirmed the guide as it stands."""
    now = clock.now()
    try:
        form = read_form(request, CheckedForm)
        if form.on > now.astimezone(CHINA).date():
            raise InvalidInput({"on": "核对日期不能晚于今天"})
        await doing.confirm_matter(
            code=code, seen_version=form.version, on=form.on, why=form.source, by=member.by, now=now
        )
    except AppError as refusal:
        return await _show(request, code, refusal=refusal)
    target = f"/admin/matters/stale?done={code}" if form.back else f"/admin/matters/{code}?done=checked"
    return redirect(target, status=303)


@pages.post("/matters/<code:str>/status")
@staff_page()
async def set_status(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Suspended: still to be found and read, but nobody can book it. Bookings that were made stay."""
    try:
        form = read_form(request, StatusForm)
        await doing.set_matter_status(code=code, status=form.status, why=form.why, by=member.by, now=clock.now())
    except AppError as refusal:
        return await _show(request, code, refusal=refusal)
    return redirect(f"/admin/matters/{code}?done={form.status}", status=303)


@pages.post("/matters/<code:str>/texts")
@staff_page()
async def correct(request: AppRequest, member: Member, code: str) -> HTTPResponse:
    """Correct the texts people read most; the rest of a guide is changed by import."""
    try:
        form = read_form(request, TextsForm)
        is_new = await doing.correct_matter(
            code=code, texts=form.texts(), seen_version=form.version, by=member.by, now=clock.now()
        )
    except AppError as refusal:
        return await _show(request, code, refusal=refusal)
    return redirect(f"/admin/matters/{code}?done={'texts' if is_new else 'same'}", status=303)


def _listed(text: str) -> list[str]:
    return [part for piece in _BREAKS.split(text) if (part := piece.strip())]


def _form(request: AppRequest, matter: Matter, refusal: AppError | None) -> dict[str, Any]:
    """What the fields of the page hold: what was typed before a refusal, else what the guide says."""
    texts = texts_of(matter.guide)
    known = {
        "short_name": texts.short_name, "aliases": "、".join(texts.aliases), "notes": texts.notes,
        "phones": "、".join(texts.phones), "minutes": texts.minutes or "",
        "materials": list(texts.materials), "source": "", "why": "",
        "on": clock.now().astimezone(CHINA).date(),
    }  # fmt: skip
    if refusal is None:
        return known
    sent = typed(request)
    emptied = dict.fromkeys(TEXTS, "") if _is_correction(request) else {}  # a browser's empty field does not arrive
    names = sent.get("materials")
    materials = names if isinstance(names, list) and len(names) == len(texts.materials) else known["materials"]
    return known | emptied | {name: str(sent[name]) for name in known.keys() & sent.keys()} | {"materials": materials}


def _is_correction(request: AppRequest) -> bool:
    return request.path.endswith("/texts")


async def _windows(guide: Guide) -> list[tuple[str, str]]:
    """Hall and counters where the matter is handled."""
    names = {hall.code: hall.name for hall in await halls.halls(codes={w.hall_code for w in guide.windows})}
    groups = await halls.group_names([f"{w.hall_code}.{w.group}" for w in guide.windows]) if guide.windows else {}
    return [
        (names.get(w.hall_code, w.hall_code), groups.get(f"{w.hall_code}.{w.group}", w.group)) for w in guide.windows
    ]


async def _coming(code: str, now: datetime) -> dict[str, int]:
    """How many have booked it, by the name of the hall."""
    coming = await coming_of_matter(code, now=now)
    names = {hall.code: hall.name for hall in await halls.halls(codes=coming)} if coming else {}
    return {names.get(hall_code, hall_code): count for hall_code, count in coming.items()}


async def _history(code: str) -> list[Past]:
    """Versions and checks, newest first. Why a version was made stands in the row of the audit log written with it."""
    rows, acts = await queries.revisions(code), await staff.acts_on(f"matter:{code}")
    reasons = {act.at: act.why for act in acts}
    before = [*rows[1:], None]
    versions = [_version(row, old, reasons.get(row.at, "")) for row, old in zip(rows, before, strict=True)]
    checks = [_check(act) for act in acts if act.action == "matters.confirm"]
    return sorted([*versions, *checks], key=lambda past: past.at, reverse=True)


def _check(act: AuditRow) -> Past:
    return Past(act.at, act.staff_name, "核对无误", act.why, None, None, [])


def _version(row: Revision, old: Revision | None, why: str) -> Past:
    changed = differences(old.guide, row.guide) if old else []
    return Past(row.at, row.by, _what(row, old), why, row.version, row.import_code, changed)


def _what(row: Revision, old: Revision | None) -> str:
    if row.version == 1:
        return "新增"
    if old is not None and old.status != row.status:
        return STATES[row.status]
    return "导入" if row.import_code else "更正"
