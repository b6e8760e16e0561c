"""预约规则 (features.md C1, C3, C4): a hall's figures, what each group of counters offers, additional hours, breaks."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, StringConstraints
from sanic import Blueprint, HTTPResponse, redirect

from admin import figures
from admin.asked import Day, LocalTime, OptionalDay, OptionalNumber
from admin.caller import hall_chosen, my_halls, render, said, staff_page
from admin.hours_views import WEEK_NAMES, change_views, preview_view
from app import clock
from app.booking import desk, foreseeing, hours, tuning
from app.booking.change import WEEKDAYS, Change
from app.booking.errors import BadHours
from app.booking.figures import FIGURES
from app.booking.opening import Pattern
from app.booking.policy import POLICIES
from app.booking.tuning import Offer
from app.errors import AppError, InvalidInput
from app.halls import queries as halls
from app.halls.figures import changes
from app.halls.models import Hall
from app.http.context import AppRequest
from app.http.fields import Text
from app.http.messages import Form
from app.http.pages import read_form, typed
from app.staff.queries import Member

pages = Blueprint("admin_booking_rules")

HOME = "/admin/booking-rules"
LABELS = figures.labels(FIGURES) | {
    "slot_minutes": "时段长度", "total": "放号窗口", "public": "群众可约", "reason": "原因", "starts": "从几点",
    "ends": "到几点", "weekdays": "星期几", "every_weeks": "每几周", "weeks_of_month": "每月第几周",
    "valid_from": "从哪天起", "valid_until": "到哪天止", "kind": "做什么", "rhythm": "多久一次",
}  # fmt: skip


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Numbers = Annotated[tuple[int, ...], BeforeValidator(_as_list)]


class OfferForm(Form):
    hall: str
    group: str
    slot_minutes: int
    total: OptionalNumber = None
    public: OptionalNumber = None

    def offer(self) -> Offer:
        return Offer(
            hall_code=self.hall, group_code=self.group, slot_minutes=self.slot_minutes, total=self.total,
            public=self.public,
        )  # fmt: skip


class PatternForm(Form):
    """Additional hours or a break, on some weekdays: every week, every n weeks, or in some weeks of the month."""

    hall: str
    group: str = ""
    kind: Literal["extra", "break"]
    weekdays: Numbers = ()
    starts: LocalTime
    ends: LocalTime
    rhythm: Literal["weekly", "every", "month"]
    every_weeks: OptionalNumber = None
    weeks_of_month: Numbers = ()
    on_holidays: Literal["", "on"] = ""
    valid_from: Day
    valid_until: OptionalDay = None
    reason: Annotated[Text, StringConstraints(min_length=2, max_length=120)]

    def change(self) -> Change:
        """Raises InvalidInput for a rhythm that says nothing."""
        if self.rhythm == "month" and not self.weeks_of_month:
            raise InvalidInput({"weeks_of_month": "请至少选一周"})
        return Change(
            hall_code=self.hall,
            reason=self.reason,
            group_codes=(self.group,) if self.group else (),
            pattern=self._pattern(),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )

    def _pattern(self) -> Pattern:
        return Pattern(
            group_code="",
            kind=self.kind,
            layer=0,
            weekdays=frozenset(self.weekdays),
            span=(self.starts, self.ends),
            every_weeks=(self.every_weeks or 0) if self.rhythm == "every" else 1,
            weeks_of_month=frozenset(self.weeks_of_month if self.rhythm == "month" else ()),
            on_holidays=bool(self.on_holidays),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


@pages.get("/booking-rules")
@staff_page()
async def overview(request: AppRequest, member: Member) -> HTTPResponse:
    return await _show(request, member)


async def _show(
    request: AppRequest, member: Member, *, refusal: AppError | None = None, form: Mapping[str, Any] | None = None
) -> HTTPResponse:
    given = dict(form or {})
    hall = await hall_chosen(request, member.by, given.get("hall") or request.args.get("hall"))
    told = said(refusal)
    return render(
        request, "booking_rules.html", **told, hall=hall, halls=await my_halls(member.by),
        labels=LABELS, form=given, weekdays=WEEKDAYS, weeks=WEEK_NAMES, done=request.args.get("done") or "",
        back=request.args.get("back") or "0", moved=request.args.get("moved") or "0",
        cancelled=request.args.get("cancelled") or "0",
        **(await _of_hall(hall, given, told["faults"]) if hall else {}),
    )  # fmt: skip


async def _of_hall(hall: Hall, given: Mapping[str, Any], faults: Mapping[str, str]) -> dict[str, Any]:
    policy = await POLICIES.read(hall.code)
    changed = await desk.patterns(hall.code)
    return {
        "sections": figures.tables(FIGURES, now=policy, defaults=POLICIES.defaults, typed=given, faults=faults),
        "offers": await desk.offers(hall.code),
        "groups": await halls.groups(hall.code),
        "patterns": await change_views(changed, hall.code),
    }


@pages.post("/booking-rules/figures")
@staff_page()
async def preview_figures(request: AppRequest, member: Member) -> HTTPResponse:
    """What would be different, and what it means for what is booked. Nothing is written."""
    form = typed(request)
    try:
        hall = await _hall(request, member)
        numbers = figures.read_figures(FIGURES, form)
        effect = await tuning.preview_figures(hall_code=hall.code, figures=numbers, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=refusal, form=form)
    changed = changes(FIGURES, before=await POLICIES.read(hall.code), after=numbers)
    return render(
        request, "rules_preview.html", hall=hall, form=form, action=f"{HOME}/figures/apply", changed=changed,
        figures_effect=effect, offer_effect=None, offer=None,
    )  # fmt: skip


@pages.post("/booking-rules/figures/apply")
@staff_page()
async def apply_figures(request: AppRequest, member: Member) -> HTTPResponse:
    form = typed(request)
    try:
        hall = await _hall(request, member)
        numbers = figures.read_figures(FIGURES, form)
        await tuning.set_figures(by=member.by, hall_code=hall.code, figures=numbers, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=refusal, form=form)
    return redirect(f"{HOME}?hall={hall.code}&done=figures", status=303)


async def _hall(request: AppRequest, member: Member) -> Hall:
    """The hall a form is about. Raises InvalidInput, HallNotYours, NotFound."""
    code = str(typed(request).get("hall", ""))
    if not code:
        raise InvalidInput({"hall": "请选择大厅"})
    member.by.ensure_sees(code)
    return await halls.hall(code)


@pages.post("/booking-rules/counters")
@staff_page()
async def preview_counters(request: AppRequest, member: Member) -> HTTPResponse:
    """How many places slots would have, and where more is booked already. Nothing is written."""
    try:
        hall, offer = await _hall(request, member), read_form(request, OfferForm).offer()
        effect = await tuning.preview_offer(offer=offer, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=refusal, form=typed(request))
    return render(
        request, "rules_preview.html", hall=hall, form=typed(request), action=f"{HOME}/counters/apply", changed=[],
        figures_effect=None, offer_effect=effect, offer=offer,
    )  # fmt: skip


@pages.post("/booking-rules/counters/apply")
@staff_page()
async def apply_counters(request: AppRequest, member: Member) -> HTTPResponse:
    try:
        offer = read_form(request, OfferForm).offer()
        await tuning.set_offer(by=member.by, offer=offer, now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=refusal, form=typed(request))
    return redirect(f"{HOME}?hall={offer.hall_code}&done=counters", status=303)


@pages.post("/booking-rules/patterns")
@staff_page()
async def preview_pattern(request: AppRequest, member: Member) -> HTTPResponse:
    """Which days and slots would result, and which bookings are in conflict. Nothing is written."""
    try:
        hall, form = await _hall(request, member), read_form(request, PatternForm)
        seen = await foreseeing.preview_hours_change(change=form.change(), now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=_named(refusal), form=typed(request))
    return render(
        request, "hours_preview.html", seen=await preview_view(hall, seen), form=typed(request), is_pattern=True,
        undoes="", action=f"{HOME}/patterns/apply", back=f"{HOME}?hall={hall.code}",
    )  # fmt: skip


@pages.post("/booking-rules/patterns/apply")
@staff_page()
async def apply_pattern(request: AppRequest, member: Member) -> HTTPResponse:
    """The pattern, and in the same transaction everybody in its way moved or cancelled, and told."""
    try:
        form = read_form(request, PatternForm)
        done = await hours.apply_hours_change(by=member.by, change=form.change(), now=clock.now())
    except AppError as refusal:
        return await _show(request, member, refusal=_named(refusal), form=typed(request))
    counts = f"moved={len(done.moved)}&cancelled={len(done.cancelled)}"
    return redirect(f"{HOME}?hall={form.hall}&done=pattern&{counts}", status=303)


def _named(refusal: AppError) -> AppError:
    """A refusal that says which field of the form is wrong: those of a pattern are called the same."""
    return InvalidInput(refusal.data["fields"]) if isinstance(refusal, BadHours) else refusal
