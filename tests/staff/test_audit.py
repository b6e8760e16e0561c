"""The audit log says who, what, whose, when and why, and is only ever added to."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tortoise import connections
from tortoise.exceptions import BaseORMException

from app.db import transactional
from app.errors import NotAllowed
from app.schema import only_add
from app.staff import queries
from app.staff.auditing import audit
from app.staff.errors import HallNotYours, UsernameTaken
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role, ensure_role
from tests.factories import NOW
from tests.marks import on_both
from tests.staff.people import by_of, make_staff


async def test_a_row_says_who_what_whose_when_why_and_in_which_request(db: str) -> None:
    by = by_of(await make_staff())
    await audit(by=by, action="booking.reveal", subject="booking:7KQ2", citizen_id=9, why="电话核对", now=NOW)
    row = await AuditRow.get(action="booking.reveal")
    assert (row.staff_id, row.staff_name, row.subject, row.citizen_id, row.why, row.at, row.request_id, row.source) == (
        by.staff_id, "胡敏", "booking:7KQ2", 9, "电话核对", NOW, "r-1", "10.0.0.7",
    )  # fmt: skip


async def test_rows_are_never_changed_or_deleted(db: str) -> None:
    await make_staff()
    row = await AuditRow.get(action="staff.add")
    row.why = "改写"
    with pytest.raises(RuntimeError):
        await row.save()
    with pytest.raises(RuntimeError):
        await row.delete()
    assert (await AuditRow.get(id=row.id)).why == ""


@pytest.fixture
async def guarded(db: str) -> AsyncIterator[None]:
    """With the triggers that `migrate` makes; gone again before the tables are emptied."""
    await only_add()
    await only_add()  # a second migration finds them there
    yield
    for act in ("update", "delete", "replace") if db.startswith("sqlite") else ("update", "delete"):
        await connections.get("default").execute_script(f"DROP TRIGGER staff_audit_row_{act}")


@on_both
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE staff_audit_row SET staff_name = '别人'",
        "DELETE FROM staff_audit_row",
        "REPLACE INTO staff_audit_row (id, at, staff_name, action, subject, hall_code, why, request_id, source) "
        "SELECT id, at, '别人', action, subject, hall_code, why, request_id, source FROM staff_audit_row",
    ],
)
async def test_the_database_itself_refuses_to_change_a_row(db: str, guarded: None, statement: str) -> None:
    await make_staff()
    before = await AuditRow.all().values()
    with pytest.raises(BaseORMException, match="only added to"):
        await connections.get("default").execute_query(statement)
    assert await AuditRow.all().values() == before != []


@on_both
async def test_neither_do_bulk_queries_of_our_own_and_rows_are_still_added(db: str, guarded: None) -> None:
    by = by_of(await make_staff())
    with pytest.raises(BaseORMException, match="only added to"):
        await AuditRow.all().update(why="改写")
    with pytest.raises(BaseORMException, match="only added to"):
        await AuditRow.all().delete()
    await audit(by=by, action="queue.recall", now=NOW)
    assert await AuditRow.all().order_by("id").values_list("action", "why") == [("staff.add", ""), ("queue.recall", "")]


async def test_a_refused_action_leaves_no_row(db: str) -> None:
    await make_staff()
    with pytest.raises(UsernameTaken):
        await make_staff("HU.MIN")
    assert await AuditRow.filter(action="staff.add").count() == 1
    assert await Staff.all().count() == 1


async def test_the_row_goes_with_the_transaction(db: str) -> None:
    by = by_of(await make_staff())

    @transactional
    async def act_and_fail() -> None:
        await audit(by=by, action="queue.call_next", now=NOW)
        raise NotAllowed()

    with pytest.raises(NotAllowed):
        await act_and_fail()
    assert await AuditRow.filter(action="queue.call_next").count() == 0


async def test_the_log_is_searched_by_time_action_person_and_subject(db: str) -> None:
    by = by_of(await make_staff())
    for minutes in range(3):
        await audit(by=by, action="queue.recall", subject=f"ticket:{minutes}", now=NOW + timedelta(minutes=minutes))
    rows, total = await queries.audit_rows(
        since=NOW + timedelta(minutes=1), until=NOW + timedelta(minutes=9), action="queue.", page_size=1
    )
    assert ([row.subject for row in rows], total) == (["ticket:2"], 2)


async def test_a_clerk_of_one_hall_does_not_see_another(db: str) -> None:
    by = by_of(await make_staff())
    by.ensure_sees("HALL-SZ")
    with pytest.raises(HallNotYours):
        by.ensure_sees("HALL-TJA")


def test_a_role_that_is_not_listed_is_refused() -> None:
    ensure_role({Role.CLERK}, {Role.CLERK, Role.MANAGER})
    with pytest.raises(NotAllowed):
        ensure_role({Role.EDITOR, Role.AUDITOR}, {Role.CLERK})
