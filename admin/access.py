"""Who may do what: one row for every route of the console (security.md B05). A route without a row answers nobody."""

from collections.abc import Set
from dataclasses import dataclass

from app.staff.rules import Role, ensure_role

CLERKS = frozenset({Role.CLERK, Role.MANAGER})
MANAGERS = frozenset({Role.MANAGER})
EDITORS = frozenset({Role.EDITOR})
AUDITORS = frozenset({Role.AUDITOR})
ADMINS = frozenset({Role.ADMIN})
ANY_ROLE = frozenset(Role)
NOBODY_YET = None  # before signing in

ACCESS: dict[str, frozenset[Role] | None] = {
    "GET /admin/static/<name:path>": NOBODY_YET,
    "GET /admin/sign-in": NOBODY_YET,
    "POST /admin/sign-in": NOBODY_YET,
    "POST /admin/sign-out": ANY_ROLE,
    "GET /admin/password": ANY_ROLE,
    "POST /admin/password": ANY_ROLE,
    "GET /admin": ANY_ROLE,
    "GET /admin/desk": CLERKS,
    "POST /admin/desk": CLERKS,
    "POST /admin/desk/pause": CLERKS,
    "POST /admin/desk/go-on": CLERKS,
    "POST /admin/desk/close": CLERKS,
    "GET /admin/today": CLERKS,
    "GET /admin/today/live": CLERKS,
    "POST /admin/today/next": CLERKS,
    "POST /admin/today/recall": CLERKS,
    "POST /admin/today/serve": CLERKS,
    "POST /admin/today/no-show": CLERKS,
    "POST /admin/today/skip": CLERKS,
    "POST /admin/today/hold": CLERKS,
    "POST /admin/today/park": CLERKS,
    "POST /admin/today/resume": CLERKS,
    "POST /admin/today/transfer": CLERKS,
    "POST /admin/today/finish": CLERKS,
    "POST /admin/today/undo": CLERKS,
    "POST /admin/today/requeue": CLERKS,
    "GET /admin/following": CLERKS,
    "GET /admin/chats": CLERKS,
    "GET /admin/chats/live": CLERKS,
    "POST /admin/chats/duty": CLERKS,
    "POST /admin/chats/pause": CLERKS,
    "POST /admin/chats/<code:str>/labels": CLERKS,
    "POST /admin/chats/<code:str>/delay": CLERKS,
    "GET /admin/chats/<code:str>": CLERKS,
    "GET /admin/chats/<code:str>/now": CLERKS,
    "GET /admin/chats/<code:str>/files/<file:str>": CLERKS,
    "POST /admin/chats/<code:str>/typing": CLERKS,
    "POST /admin/chats/<code:str>/claim": CLERKS,
    "POST /admin/chats/<code:str>/reply": CLERKS,
    "POST /admin/chats/<code:str>/note": CLERKS,
    "POST /admin/chats/<code:str>/transfer": CLERKS,
    "POST /admin/chats/<code:str>/close": CLERKS,
    "GET /admin/chats/queues": MANAGERS,
    "POST /admin/chats/queues": MANAGERS,
    "POST /admin/chats/queues/most": MANAGERS,
    "POST /admin/chats/queues/<code:str>/remove": MANAGERS,
    "GET /admin/chats/phrases": CLERKS,
    "POST /admin/chats/phrases": CLERKS,
    "POST /admin/chats/phrases/<code:str>/remove": CLERKS,
    "POST /admin/chats/phrases/labels": MANAGERS,
    "POST /admin/chats/phrases/labels/<code:str>/remove": MANAGERS,
    "GET /admin/chats/words": MANAGERS,
    "POST /admin/chats/words": MANAGERS,
    "POST /admin/chats/words/<code:str>/remove": MANAGERS,
    "GET /admin/chats/history": CLERKS,
    "GET /admin/chats/history/export": MANAGERS,
    "GET /admin/chats/figures": MANAGERS,
    "GET /admin/chats/figures/export": MANAGERS,
    "GET /admin/chats/consults": MANAGERS,
    "GET /admin/chats/consults/export": MANAGERS,
    "GET /admin/alarms": CLERKS,
    "GET /admin/alarms/open": CLERKS,
    "POST /admin/alarms": CLERKS,
    "POST /admin/alarms/<code:str>/take": CLERKS,
    "POST /admin/alarms/<code:str>/end": CLERKS,
    "GET /admin/scan": CLERKS,
    "POST /admin/scan": CLERKS,
    "GET /admin/offline": CLERKS,
    "GET /admin/offline/worker.js": NOBODY_YET,
    "GET /admin/offline/clock": CLERKS,
    "POST /admin/offline/check-ins": CLERKS,
    "POST /admin/offline/pickups": CLERKS,
    "GET /admin/pickups": CLERKS,
    "GET /admin/pickups/ready": CLERKS,
    "POST /admin/pickups/ready": CLERKS,
    "GET /admin/pickups/<code:str>": CLERKS,
    "GET /admin/pickups/export": CLERKS,
    "POST /admin/pickups/<code:str>/hand-over": CLERKS,
    "POST /admin/pickups/<code:str>/undo": CLERKS,
    "GET /admin/pickups/<code:str>/proof/<kind:str>": CLERKS,
    "POST /admin/pickups/<code:str>/store": CLERKS,
    "POST /admin/pickups/<code:str>/take-out": CLERKS,
    "POST /admin/pickups/<code:str>/bring-back": CLERKS,
    "POST /admin/pickups/<code:str>/slip": CLERKS,
    "POST /admin/pickups/<code:str>/address": CLERKS,
    "POST /admin/pickups/<code:str>/sent": CLERKS,
    "GET /admin/machines": MANAGERS,
    "POST /admin/machines": MANAGERS,
    "POST /admin/machines/<code:str>/revoke": MANAGERS,
    "GET /admin/bookings": CLERKS,
    "GET /admin/waiting": CLERKS,
    "GET /admin/bookings/new": CLERKS,
    "POST /admin/bookings/new": CLERKS,
    "GET /admin/bookings/<number:str>": CLERKS,
    "POST /admin/bookings/<number:str>/reveal": CLERKS,
    "POST /admin/bookings/<number:str>/check-in": CLERKS,
    "POST /admin/bookings/<number:str>/cancel": CLERKS,
    "GET /admin/bookings/<number:str>/move": CLERKS,
    "POST /admin/bookings/<number:str>/move": CLERKS,
    "GET /admin/bookings/<number:str>/enter": CLERKS,
    "POST /admin/bookings/<number:str>/call": CLERKS,
    "POST /admin/bookings/<number:str>/finish": CLERKS,
    "GET /admin/digest": CLERKS | ADMINS,
    "GET /admin/statistics": MANAGERS,
    "GET /admin/statistics/export": MANAGERS,
    "GET /admin/queue-rules": MANAGERS,
    "POST /admin/queue-rules": MANAGERS,
    "GET /admin/hours": MANAGERS,
    "POST /admin/hours": MANAGERS,
    "POST /admin/hours/apply": MANAGERS,
    "GET /admin/hours/<code:str>/undo": MANAGERS,
    "POST /admin/hours/<code:str>/undo": MANAGERS,
    "GET /admin/devices": MANAGERS,
    "POST /admin/devices": MANAGERS,
    "POST /admin/devices/<code:str>/link": MANAGERS,
    "POST /admin/devices/<code:str>/revoke": MANAGERS,
    "POST /admin/place": MANAGERS,
    "POST /admin/place/undo": MANAGERS,
    "GET /admin/posters": MANAGERS,
    "GET /admin/posters/file": MANAGERS,
    "POST /admin/priority": CLERKS,
    "GET /admin/walk-in": CLERKS,
    "POST /admin/walk-in": CLERKS,
    "GET /admin/booking-rules": MANAGERS,
    "POST /admin/booking-rules/figures": MANAGERS,
    "POST /admin/booking-rules/figures/apply": MANAGERS,
    "POST /admin/booking-rules/counters": MANAGERS,
    "POST /admin/booking-rules/counters/apply": MANAGERS,
    "POST /admin/booking-rules/patterns": MANAGERS,
    "POST /admin/booking-rules/patterns/apply": MANAGERS,
    "GET /admin/conduct": MANAGERS,
    "POST /admin/conduct/<code:str>": MANAGERS,
    "GET /admin/ratings": MANAGERS,
    "GET /admin/scans": MANAGERS,
    "GET /admin/matters": EDITORS,
    "GET /admin/matters/imports": EDITORS,
    "POST /admin/matters/imports": EDITORS,
    "GET /admin/matters/imports/<code:str>": EDITORS,
    "POST /admin/matters/imports/<code:str>/apply": EDITORS,
    "POST /admin/matters/imports/<code:str>/undo": EDITORS,
    "GET /admin/matters/export": EDITORS,
    "GET /admin/matters/<code:str>": EDITORS,
    "POST /admin/matters/<code:str>/checked": EDITORS,
    "POST /admin/matters/<code:str>/status": EDITORS,
    "POST /admin/matters/<code:str>/texts": EDITORS,
    "GET /admin/matters/searches": EDITORS,
    "GET /admin/matters/stale": EDITORS,
    "GET /admin/faqs": EDITORS,
    "GET /admin/faqs/new": EDITORS,
    "POST /admin/faqs/preview": EDITORS,
    "POST /admin/faqs/publish": EDITORS,
    "GET /admin/faqs/figures": EDITORS,
    "POST /admin/faqs/figures": EDITORS,
    "GET /admin/faqs/export": EDITORS,
    "GET /admin/faqs/imports": EDITORS,
    "POST /admin/faqs/imports": EDITORS,
    "GET /admin/faqs/imports/<code:str>": EDITORS,
    "POST /admin/faqs/imports/<code:str>/apply": EDITORS,
    "POST /admin/faqs/imports/<code:str>/undo": EDITORS,
    "GET /admin/faqs/<code:str>": EDITORS,
    "POST /admin/faqs/<code:str>/confirm": EDITORS,
    "POST /admin/faqs/<code:str>/retire": EDITORS,
    "POST /admin/faqs/<code:str>/resume": EDITORS,
    "POST /admin/faqs/<code:str>/restore": EDITORS,
    "POST /admin/faqs/<code:str>/merge": EDITORS,
    "POST /admin/faqs/<code:str>/split": EDITORS,
    "GET /admin/bot-rules": EDITORS,
    "GET /admin/bot-rules/<code:str>": EDITORS,
    "POST /admin/bot-rules/preview": EDITORS,
    "POST /admin/bot-rules/publish": EDITORS,
    "POST /admin/bot-rules/<code:str>/switch": EDITORS,
    "POST /admin/bot-rules/<code:str>/restore": EDITORS,
    "GET /admin/unmatched": EDITORS,
    "GET /admin/unmatched/preview": EDITORS,
    "POST /admin/unmatched/settle": EDITORS,
    "POST /admin/unmatched/dismiss": EDITORS,
    "POST /admin/unmatched/reopen": EDITORS,
    "GET /admin/calendar": MANAGERS | ADMINS,
    "POST /admin/calendar": ADMINS,
    "POST /admin/calendar/apply": ADMINS,
    "POST /admin/calendar/imports": ADMINS,
    "POST /admin/calendar/imports/apply": ADMINS,
    "GET /admin/calendar/changes/<code:str>/undo": ADMINS,
    "POST /admin/calendar/changes/<code:str>/undo": ADMINS,
    "GET /admin/deliveries": MANAGERS | ADMINS,
    "POST /admin/deliveries/<code:str>/retry": ADMINS,
    "GET /admin/accounts": ADMINS,
    "POST /admin/accounts": ADMINS,
    "POST /admin/accounts/<username:str>/access": ADMINS,
    "POST /admin/accounts/<username:str>/password": ADMINS,
    "GET /admin/audit": AUDITORS,
}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the menu."""

    path: str
    name: str
    icon: str


# The menu, in groups: what the counter needs, what the hall's office needs, the guides, the system.
MENU: dict[str, tuple[Place, ...]] = {
    "窗口": (
        Place("/admin/today", "今日工作", "call"),
        Place("/admin/digest", "待办汇总", "todo"),
        Place("/admin/alarms", "告警", "siren"),
        Place("/admin/chats", "在线咨询", "chat"),
        Place("/admin/walk-in", "现场取号", "plus"),
        Place("/admin/pickups", "取件登记", "package"),
        Place("/admin/bookings", "预约管理", "list"),
        Place("/admin/offline", "离线登记", "offline"),
    ),
    "大厅": (
        Place("/admin/statistics", "统计", "chart"),
        Place("/admin/ratings", "群众评价", "star"),
        Place("/admin/scans", "扫码记录", "scan"),
        Place("/admin/queue-rules", "排队规则", "rules"),
        Place("/admin/hours", "开放时间", "clock"),
        Place("/admin/booking-rules", "预约规则", "sliders"),
        Place("/admin/conduct", "爽约与申诉", "absent"),
        Place("/admin/devices", "大厅设备", "tablet"),
        Place("/admin/machines", "自助柜", "locker"),
        Place("/admin/posters", "二维码海报", "print"),
    ),
    "事项": (
        Place("/admin/matters", "事项指南", "list"),
        Place("/admin/matters/searches", "无结果搜索", "search"),
        Place("/admin/matters/stale", "待核指南", "alert"),
    ),
    "问答": (
        Place("/admin/faqs", "智能问答", "chat"),
        Place("/admin/unmatched", "答不上的问题", "alert"),
        Place("/admin/bot-rules", "关键词规则", "rules"),
        Place("/admin/faqs/figures", "命中率", "chart"),
        Place("/admin/faqs/imports", "问答导入导出", "import"),
    ),
    "系统": (
        Place("/admin/calendar", "工作日历", "calendar"),
        Place("/admin/deliveries", "失败与未送达", "bell"),
        Place("/admin/accounts", "账号权限", "users"),
        Place("/admin/audit", "审计日志", "shield"),
    ),
}
PLACES = tuple(place for group in MENU.values() for place in group)


def ensure_may(key: str, roles: Set[Role]) -> None:
    """Raises `NotAllowed`; `KeyError` for a route nobody has thought about."""
    allowed = ACCESS[key]
    if allowed is not None:
        ensure_role(roles, allowed)


def menu_of(roles: Set[Role]) -> dict[str, list[Place]]:
    """The menu of somebody with these roles, by group; groups without an entry left out."""
    mine = {name: [place for place in group if _may_open(place, roles)] for name, group in MENU.items()}
    return {name: group for name, group in mine.items() if group}


def places_of(roles: Set[Role]) -> list[Place]:
    """The same, as one list."""
    return [place for place in PLACES if _may_open(place, roles)]


def _may_open(place: Place, roles: Set[Role]) -> bool:
    return bool(roles & (ACCESS[f"GET {place.path}"] or frozenset()))
