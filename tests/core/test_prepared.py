"""Statements whose text is made once: they say what the ORM's own would, on both databases, each time."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from tortoise import connections
from tortoise.exceptions import IntegrityError, OperationalError

from app.prepared import Insert, Prepared, Rows
from chatbot.models import Conversation
from tests.factories import NOW
from tests.marks import on_both, on_mariadb

CONVERSATIONS, NEW = Rows(Conversation), Insert(Conversation)
GIVEN = {
    "code": "c1", "open_key": "k1", "peer": "p1", "channel": "h5", "state": "bot", "opened_at": NOW, "last_at": NOW
}  # fmt: skip


@dataclass
class Text:
    text: str

    def sql(self) -> str:
        return self.text


@on_both
async def test_an_inserted_row_has_the_models_defaults_and_reads_as_the_orm_reads_it(db: str) -> None:
    made = await NEW.made(**GIVEN, about={"matter": "HN-GA-001"})
    row = await Conversation.get(code="c1")
    assert (row.id, row.version, row.memory, row.about) == (made.id, 0, {}, {"matter": "HN-GA-001"})
    assert (row.opened_at, row.asked_at, row.is_urgent) == (NOW, None, False)
    for _ in range(3):
        assert dict(await CONVERSATIONS.one(code="c1") or {}) == dict(row)
    with pytest.raises(IntegrityError):
        await NEW.one(**{**GIVEN, "code": "c2"})


@on_both
async def test_a_change_takes_null_on_both_sides_and_a_column_that_grows(db: str) -> None:
    await NEW.one(**GIVEN)
    later = NOW + timedelta(minutes=1)
    assert await CONVERSATIONS.change({"code": "c1", "asked_at": None}, {"asked_at": later}, grows="version") == 1
    assert await CONVERSATIONS.change({"code": "c1", "asked_at": None}, {"asked_at": later}, grows="version") == 0
    assert await CONVERSATIONS.change({"code": "c1"}, {"asked_at": None, "memory": {"left": 2}}) == 1
    row = await Conversation.get(code="c1")
    assert (row.version, row.asked_at, row.memory) == (1, None, {"left": 2})


@on_mariadb
async def test_columns_that_have_changed_are_never_read_as_the_old_ones(db: str) -> None:
    connection = connections.get("default")
    await connection.execute_script("CREATE TABLE zb_try (a INT, b VARCHAR(9)); INSERT INTO zb_try VALUES (1, 'x')")
    try:
        everything = Prepared(lambda _: Text("SELECT * FROM zb_try"))
        assert [await everything.rows([]) for _ in range(3)] == [((1, "x"),)] * 3
        await connection.execute_script("ALTER TABLE zb_try ADD COLUMN c VARCHAR(9) DEFAULT 'new'")
        assert [await everything.rows([]) for _ in range(2)] == [((1, "x", "new"),)] * 2
        await connection.execute_script("ALTER TABLE zb_try DROP COLUMN b")
        assert await everything.rows([]) == ((1, "new"),)
        await connection.execute_script("ALTER TABLE zb_try CHANGE a abc INT")
        with pytest.raises(OperationalError):
            await everything.rows([])
        assert len(await connection.execute_query_dict("SELECT * FROM zb_try")) == 1
    finally:
        await connection.execute_script("DROP TABLE zb_try")
