"""What pages can reach, and that no look at somebody's data goes unwritten."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tortoise import connections
from tortoise.models import Model

from admin.face import face
from app import clock
from app.booking.models import Restriction
from app.http.session import Session
from app.matters.models import MatterImport
from app.queue.check_in import check_in
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role
from tests.admin.console import Browser
from tests.admin.test_bookings import make_named
from tests.pickup.shelf import make_ready, make_visit
from tests.queue.day import CLERK
from tests.staff.people import make_staff

SAMPLES = Path(__file__).parent.parent / "samples"
SECRET = ("sealed", "_index", "hash", "nonce", "person")


def rows_in(value: Any) -> Iterator[Model]:
    """Every row of the database that a template could reach from a value."""
    if isinstance(value, Model):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from rows_in(part)
    elif isinstance(value, list | tuple | set):
        for part in value:
            yield from rows_in(part)
    elif is_dataclass(value):
        for part in fields(value):
            yield from rows_in(getattr(value, part.name))


def secret_columns(row: Model) -> list[str]:
    names = [name for name in row._meta.fields_map if any(part in name for part in SECRET)]
    return [f"{type(row).__name__}.{name}" for name in names]


async def test_no_template_can_reach_a_sealed_or_hashed_column(clerk: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    await Staff.filter(username="hu.min").update(roles=[role.value for role in Role])
    booking = await make_named()
    await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now())
    pickup = await make_ready(now=clock.now())
    until = clock.now() + timedelta(days=9)
    await Restriction.create(
        code="R1", person="m12", from_at=clock.now(), until=until, appeal_state="asked", appealed_at=clock.now()
    )
    seen: dict[str, dict[str, Any]] = {}
    render = face.render

    def note(request: Any, template: str, **view: Any) -> Any:
        seen[template] = view
        return render(request, template, **view)

    monkeypatch.setattr(face, "render", note)
    await clerk.post("/admin/today/next")
    paths = ("today", "bookings", f"bookings/{booking.number}", "pickups", f"pickups/{pickup.code}", "conduct")
    for path in (*paths, "accounts", "audit", "hours", "matters", "deliveries", "calendar"):
        assert (await clerk.get(f"/admin/{path}")).status == 200
    reached = {t: sorted({c for row in rows_in(view) for c in secret_columns(row)}) for t, view in seen.items()}
    assert {template: columns for template, columns in reached.items() if columns} == {}
    assert len(seen) == 12
    assert [row.name for row in seen["accounts.html"]["accounts"]] == ["胡敏"]
    assert seen["conduct.html"]["appeals"][0].name == "未留姓名"


@pytest.fixture
async def full(db: str) -> AsyncIterator[Any]:
    """Lets the audit log take no more rows, until the test is over."""
    execute = connections.get("default").execute_script

    async def fill() -> None:
        stop = "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        await execute(f"CREATE TRIGGER audit_is_full BEFORE INSERT ON staff_audit_row {stop}")

    yield fill
    await execute("DROP TRIGGER IF EXISTS audit_is_full")


async def test_without_its_audit_row_nothing_is_shown(clerk: Browser, full: Any) -> None:
    booking, visit, pickup = await make_named(), await make_visit(), await make_ready(now=clock.now())
    await full()
    gets = ("bookings", f"bookings/{booking.number}", "pickups", f"pickups/{pickup.code}")
    answers = [await clerk.get(f"/admin/{path}") for path in gets]
    answers += [
        await clerk.post(f"/admin/bookings/{booking.number}/reveal", why="电话核对"),
        await clerk.post(f"/admin/bookings/{booking.number}/reveal", why=" "),
        await clerk.post(f"/admin/bookings/{visit.number}/cancel", why="群众来电"),
        await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", counted="3"),
    ]
    assert [page.status for page in answers] == [503] * 8
    assert [page.path for page in answers if "138" in page.text or "欧阳" in page.text or "A-03" in page.text] == []


async def test_a_refused_act_that_shows_somebody_is_a_look_too(clerk: Browser) -> None:
    booking, pickup = await make_named(), await make_ready(now=clock.now())
    await clerk.post(f"/admin/bookings/{booking.number}/reveal", why=" ")
    await clerk.post(f"/admin/pickups/{pickup.code}/hand-over", counted="3")
    looks = await AuditRow.filter(action__endswith=".view").order_by("id").values_list("action", "subject")
    assert looks == [("booking.view", f"booking:{booking.number}"), ("pickup.view", f"pickup:{pickup.code}")]


async def test_nobody_is_signed_in_unwritten(browser: Browser, full: Any) -> None:
    await make_staff()
    await full()
    assert (await browser.sign_in()).status == 503
    assert (await browser.get("/admin/password")).path == "/admin/sign-in"
    assert await Session.filter(kind="staff").count() == 0


async def test_a_preview_is_not_kept_unwritten(browser: Browser, full: Any) -> None:
    await make_staff(roles=(Role.EDITOR,))
    await browser.sign_in()
    await browser.get("/admin/matters")
    await full()
    form = aiohttp.FormData({"csrf": browser.csrf})
    form.add_field("file", (SAMPLES / "import_clean.xlsx").read_bytes(), filename="clean.xlsx")
    assert (await browser.post("/admin/matters/imports", form)).status == 503
    assert await MatterImport.all().count() == 0
