"""Statements of the ORM whose SQL is made once, for what every booking asks and writes.

The ORM spends longer on making the text of a statement, and on a model instance for each row, than the driver on
running it. The texts, the columns and their conversion still come from the models.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from tortoise import connections
from tortoise.backends.mysql.client import MySQLClient, translate_exceptions
from tortoise.models import Model

M = TypeVar("M", bound=Model)


class Query(Protocol):
    def sql(self) -> str: ...


class Prepared:
    """A query by its shape. `make(count)` builds it with any values; `count` is the length of its IN list, if any.

    Values are given in the order in which they stand in the SQL: what an update sets, then what it asks.
    """

    def __init__(self, make: Callable[[int], Query]) -> None:
        self._make = make
        self._texts: dict[tuple[str, int], str] = {}

    async def rows(self, values: Sequence[Any], *, count: int = 1) -> list[Any]:
        """The rows of a `values_list` query, to be read by position; they hold what the driver gives."""
        rows: list[Any] = (await self._run(values, count))[1]
        return rows

    async def change(self, values: Sequence[Any]) -> int:
        """How many rows an update changed."""
        return int((await self._run(values, 1))[0])

    async def _run(self, values: Sequence[Any], count: int) -> tuple[int, Any]:
        connection = connections.get("default")
        key = (connection.capabilities.dialect, count)
        if key not in self._texts:
            self._texts[key] = self._make(count).sql()
        if isinstance(connection, MySQLClient):
            result = await _on_mysql(connection, self._texts[key], values)
            return result.affected_rows, result.rows
        changed, rows = await connection.execute_query(self._texts[key], list(values))
        return changed, rows


class Insert(Generic[M]):
    """Inserting rows of one model from plain values. What is not given has the field's default, a plain value too."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        names = model._meta.fields_db_projection
        fields = [(name, field) for name, field in model._meta.fields_map.items() if name in names]
        self._columns = [(name, field.to_db_value) for name, field in fields if not field.generated]
        self._defaults = {name: field.default for name, field in fields}
        self._texts: dict[tuple[str, int], str] = {}

    async def made(self, **values: Any) -> M:
        """Insert a row. Returns it as the ORM's instance, saved, under the key that the database made."""
        row = self._model(**values)
        row.pk = await self.many([values])
        row._saved_in_db = True
        return row

    async def one(self, **values: Any) -> None:
        """Insert a row. Raises IntegrityError."""
        await self.many([values])

    async def many(self, rows: Sequence[dict[str, Any]]) -> int:
        """Insert rows in one statement, all or none. Returns the database's key of one. Raises IntegrityError."""
        connection = connections.get("default")
        key = (connection.capabilities.dialect, len(rows))
        if key not in self._texts:
            self._texts[key] = self._text(connection, len(rows))
        values = [
            convert(row[name], self._model)
            for row in ({**self._defaults, **given} for given in rows)
            for name, convert in self._columns
        ]
        if isinstance(connection, MySQLClient):
            return int((await _on_mysql(connection, self._texts[key], values)).insert_id)
        return int(await connection.execute_insert(self._texts[key], values))

    def _text(self, connection: Any, count: int) -> str:
        meta = self._model._meta
        query = connection.query_class.into(meta.basetable)
        query = query.columns(*(meta.fields_db_projection[name] for name, _ in self._columns))
        parameter, width = connection.executor_class(self._model, connection).parameter, len(self._columns)
        for row in range(count):
            query = query.insert(*(parameter(row * width + n) for n in range(width)))
        return str(query)


@translate_exceptions
async def _on_mysql(connection: Any, text: str, values: Sequence[Any]) -> Any:
    """Run one statement without the driver's cursor, which costs as much again; what it does is these two lines.

    Returns aiomysql's result: `affected_rows`, `insert_id`, `rows`. Raises what the ORM raises. aiomysql is pinned.
    """
    async with connection.acquire_connection() as driver:
        await driver.query(text % tuple([driver.escape(value) for value in values]))
        return driver._result
