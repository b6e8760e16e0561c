"""Statements of the ORM whose SQL is made once, for what every booking asks and writes.

The ORM spends longer on making the text of a statement, and on a model instance for each row, than the driver on
running it. The texts, the columns and their conversion still come from the models.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from aiomysql.connection import MySQLResult
from pymysql.constants import COMMAND
from tortoise import connections
from tortoise.backends.mysql.client import MySQLClient, translate_exceptions
from tortoise.exceptions import OperationalError
from tortoise.models import Model

M = TypeVar("M", bound=Model)

_HEADER = 4  # bytes before each packet of MySQL's protocol


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
        return await _execute(connection, self._texts[key], values)


class Insert(Generic[M]):
    """Inserting rows of one model from plain values. What is not given has the field's default."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        names = model._meta.fields_db_projection
        fields = [(name, field) for name, field in model._meta.fields_map.items() if name in names]
        self._columns = [(name, field.to_db_value) for name, field in fields if not field.generated]
        self._makers = {name: field.default for name, field in fields if callable(field.default)}
        self._defaults = {name: field.default for name, field in fields if not callable(field.default)}
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
            None if row[name] is None else convert(row[name], self._model)
            for row in map(self._whole, rows)
            for name, convert in self._columns
        ]
        if isinstance(connection, MySQLClient):
            return int((await _on_mysql(connection, self._texts[key], values)).insert_id)
        return int(await connection.execute_insert(self._texts[key], values))

    def _whole(self, given: dict[str, Any]) -> dict[str, Any]:
        made = {name: make() for name, make in self._makers.items()}
        return {**self._defaults, **made, **given}

    def _text(self, connection: Any, count: int) -> str:
        meta = self._model._meta
        query = connection.query_class.into(meta.basetable)
        query = query.columns(*(meta.fields_db_projection[name] for name, _ in self._columns))
        parameter, width = connection.executor_class(self._model, connection).parameter, len(self._columns)
        for row in range(count):
            query = query.insert(*(parameter(row * width + n) for n in range(width)))
        return str(query)


class Rows(Generic[M]):
    """Reading a row of a model, or changing rows, by what some columns are equal to; None means NULL."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._fields = model._meta.fields_map
        self._db = model._meta.fields_db_projection
        self._columns = list(self._db.values())
        self._texts: dict[tuple[object, ...], str] = {}

    async def one(self, **where: Any) -> M | None:
        """The row, as the ORM's instance, saved; None without one, any of them when there are several."""
        connection = connections.get("default")
        key = (connection.capabilities.dialect, *_shape(where))
        if key not in self._texts:
            table, parameter = self._model._meta.basetable, self._parameters(connection)
            query = connection.query_class.from_(table).select(*(table[name] for name in self._columns))
            self._texts[key] = str(self._asking(query, where, parameter))
        found = (await _execute(connection, self._texts[key], self._values(where)))[1]
        if not found:
            return None
        return self._model._init_from_db(**dict(zip(self._columns, found[0], strict=True)))

    async def change(self, where: dict[str, Any], to: dict[str, Any], *, grows: str = "") -> int:
        """Update; returns how many rows were changed. Raises IntegrityError.

        Args:
            grows: a column to which one is added.
        """
        connection = connections.get("default")
        key = (connection.capabilities.dialect, *_shape(where), "to", *_shape(to), grows)
        if key not in self._texts:
            table, parameter = self._model._meta.basetable, self._parameters(connection)
            query = connection.query_class.update(table)
            for name, value in to.items():
                query = query.set(table[self._db[name]], None if value is None else next(parameter))
            if grows:
                query = query.set(table[self._db[grows]], table[self._db[grows]] + 1)
            self._texts[key] = str(self._asking(query, where, parameter))
        return (await _execute(connection, self._texts[key], [*self._values(to), *self._values(where)]))[0]

    def _parameters(self, connection: Any) -> Iterator[Any]:
        return map(connection.executor_class(self._model, connection).parameter, count())

    def _asking(self, query: Any, where: dict[str, Any], parameter: Iterator[Any]) -> Any:
        table = self._model._meta.basetable
        for name, value in where.items():
            column = table[self._db[name]]
            query = query.where(column.isnull() if value is None else column == next(parameter))
        return query

    def _values(self, given: dict[str, Any]) -> list[Any]:
        """What the driver is given; NULL stands in the text."""
        return [
            self._fields[name].to_db_value(value, self._model) for name, value in given.items() if value is not None
        ]


def _shape(given: dict[str, Any]) -> list[object]:
    return [(name, value is None) for name, value in given.items()]


async def _execute(connection: Any, text: str, values: Sequence[Any]) -> tuple[int, Any]:
    """Rows affected, and rows found as tuples."""
    if isinstance(connection, MySQLClient):
        result = await _on_mysql(connection, text, values)
        return int(result.affected_rows), result.rows
    changed, rows = await connection.execute_query(text, list(values))
    return int(changed), rows


@translate_exceptions
async def _on_mysql(connection: Any, text: str, values: Sequence[Any]) -> "_Result":
    """Run one statement without the driver's cursor, which costs as much again; what it does is these few lines.

    Raises what the ORM raises. aiomysql is pinned.
    """
    async with connection.acquire_connection() as driver:
        statement = text % tuple([driver.escape(value) for value in values])
        await driver._execute_command(COMMAND.COM_QUERY, statement.encode(driver.encoding, "surrogateescape"))
        result = _Result(driver, text)
        await result.read()
        if result.server_status is not None:
            driver.server_status = result.server_status
        return result


class _Result(MySQLResult):  # type: ignore[misc]  # the driver has no types
    """The driver's `affected_rows`, `insert_id` and `rows`. The same text has the same columns each time: how they are
    read is found out once, and their descriptions, longer than the row, are passed over in one piece from then on.
    """

    _known: ClassVar[dict[tuple[str, str], tuple[int, Any]]] = {}  # bytes of the descriptions, and the converters

    def __init__(self, driver: Any, text: str) -> None:
        super().__init__(driver)
        self._key = (str(driver.db), text)  # the database's name is in the descriptions

    async def _get_descriptions(self) -> None:
        length, self.converters = self._known.get(self._key, (0, ()))
        if len(self.converters) != self.field_count:
            await super()._get_descriptions()
            length = sum(_HEADER + len(field._data) for field in vars(self)["fields"])
            self._known[self._key] = length, self.converters
            return
        await self._pass_over(length)
        if not (await self.connection._read_packet()).is_eof_packet():
            self.connection.close()
            raise OperationalError("the columns of a statement have changed")

    async def _pass_over(self, length: int) -> None:
        driver = self.connection
        try:
            await driver._read_bytes(length)
        except asyncio.CancelledError:
            driver._close_on_cancel()
            raise
        driver._next_seq_id = (driver._next_seq_id + self.field_count) % 256
