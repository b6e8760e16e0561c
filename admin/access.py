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
    "GET /admin/today": CLERKS,
    "GET /admin/today/live": CLERKS,
    "POST /admin/today/next": CLERKS,
    "POST /admin/today/recall": CLERKS,
    "POST /admin/today/serve": CLERKS,
    "POST /admin/today/no-show": CLERKS,
    "POST /admin/today/finish": CLERKS,
    "POST /admin/today/requeue": CLERKS,
    "GET /admin/scan": CLERKS,
    "POST /admin/scan": CLERKS,
    "GET /admin/pickups": CLERKS,
    "GET /admin/pickups/ready": CLERKS,
    "POST /admin/pickups/ready": CLERKS,
    "GET /admin/pickups/<code:str>": CLERKS,
    "POST /admin/pickups/<code:str>/hand-over": CLERKS,
    "GET /admin/bookings": CLERKS,
    "GET /admin/waiting": CLERKS,
    "GET /admin/bookings/new": CLERKS,
    "POST /admin/bookings/new": CLERKS,
    "GET /admin/bookings/<number:str>": CLERKS,
    "POST /admin/bookings/<number:str>/reveal": CLERKS,
    "POST /admin/bookings/<number:str>/check-in": CLERKS,
    "POST /admin/bookings/<number:str>/cancel": CLERKS,
    "GET /admin/bookings/<number:str>/enter": CLERKS,
    "POST /admin/bookings/<number:str>/call": CLERKS,
    "POST /admin/bookings/<number:str>/finish": CLERKS,
    "GET /admin/hours": MANAGERS,
    "POST /admin/hours": MANAGERS,
    "POST /admin/hours/apply": MANAGERS,
    "GET /admin/hours/<code:str>/undo": MANAGERS,
    "POST /admin/hours/<code:str>/undo": MANAGERS,
    "GET /admin/booking-rules": MANAGERS,
    "POST /admin/booking-rules/figures": MANAGERS,
    "POST /admin/booking-rules/figures/apply": MANAGERS,
    "POST /admin/booking-rules/counters": MANAGERS,
    "POST /admin/booking-rules/counters/apply": MANAGERS,
    "POST /admin/booking-rules/patterns": MANAGERS,
    "POST /admin/booking-rules/patterns/apply": MANAGERS,
    "GET /admin/conduct": MANAGERS,
    "POST /admin/conduct/<code:str>": MANAGERS,
    "GET /admin/matters": EDITORS,
    "POST /admin/matters/imports": EDITORS,
    "GET /admin/matters/imports/<code:str>": EDITORS,
    "POST /admin/matters/imports/<code:str>/apply": EDITORS,
    "POST /admin/matters/imports/<code:str>/undo": EDITORS,
    "GET /admin/matters/searches": EDITORS,
    "GET /admin/matters/stale": EDITORS,
    "GET /admin/calendar": MANAGERS | ADMINS,
    "POST /admin/calendar": ADMINS,
    "POST /admin/calendar/apply": ADMINS,
    "POST /admin/calendar/imports": ADMINS,
    "POST /admin/calendar/imports/apply": ADMINS,
    "GET /admin/calendar/changes/<code:str>/undo": ADMINS,
    "POST /admin/calendar/changes/<code:str>/undo": ADMINS,
    "GET /admin/deliveries": ADMINS,
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


PLACES = (
    Place("/admin/today", "今日工作", "call"),
    Place("/admin/pickups", "取件登记", "package"),
    Place("/admin/bookings", "预约管理", "list"),
    Place("/admin/hours", "开放时间", "clock"),
    Place("/admin/booking-rules", "预约规则", "sliders"),
    Place("/admin/conduct", "爽约与申诉", "absent"),
    Place("/admin/matters", "事项导入", "import"),
    Place("/admin/matters/searches", "无结果搜索", "search"),
    Place("/admin/matters/stale", "待核指南", "alert"),
    Place("/admin/calendar", "工作日历", "calendar"),
    Place("/admin/deliveries", "失败任务", "bell"),
    Place("/admin/accounts", "账号权限", "users"),
    Place("/admin/audit", "审计日志", "shield"),
)


def ensure_may(key: str, roles: Set[Role]) -> None:
    """Raises `NotAllowed`; `KeyError` for a route nobody has thought about."""
    allowed = ACCESS[key]
    if allowed is not None:
        ensure_role(roles, allowed)


def places_of(roles: Set[Role]) -> list[Place]:
    """The menu of somebody with these roles."""
    return [place for place in PLACES if roles & (ACCESS[f"GET {place.path}"] or frozenset())]
