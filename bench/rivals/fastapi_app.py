"""The same booking as one writes it in FastAPI with SQLAlchemy: `python -m bench.rivals.fastapi_app PORT DATABASE_URL`.

uvicorn with uvloop and httptools, no access log; SQLAlchemy's async ORM over aiomysql with a pool of 24, no ping
before use, the session settings of the product. The statements are the same; validation by pydantic, the caller by a
dependency, the answer by a response model.
"""

import hashlib
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Integer, String, Text, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.clock import CHINA
from app.db import SESSION
from app.ids import new_code

POOL = 24


class Base(DeclarativeBase):
    pass


class HttpSession(Base):
    __tablename__ = "http_session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(DateTime)
    seen_at: Mapped[datetime] = mapped_column(DateTime)


class IdempotentAnswer(Base):
    __tablename__ = "http_idempotent_answer"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime)


class Consent(Base):
    __tablename__ = "citizens_consent"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    text_version: Mapped[str] = mapped_column(String(16))
    active_key: Mapped[str | None] = mapped_column(String(64))


class Citizen(Base):
    __tablename__ = "citizens_citizen"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name_sealed: Mapped[str | None] = mapped_column(Text)
    mobile_index: Mapped[str | None] = mapped_column(String(64))


class Slot(Base):
    __tablename__ = "booking_slot"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    hall_code: Mapped[str] = mapped_column(String(24))
    group_code: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime] = mapped_column(DateTime)
    minutes: Mapped[int] = mapped_column(Integer)
    left: Mapped[int] = mapped_column(Integer)
    staff_left: Mapped[int] = mapped_column(Integer)
    is_closed: Mapped[bool] = mapped_column(Boolean)


class Claim(Base):
    __tablename__ = "booking_claim"
    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    booking_number: Mapped[str | None] = mapped_column(String(16))
    until: Mapped[datetime | None] = mapped_column(DateTime)


class Booking(Base):
    __tablename__ = "booking_booking"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    number: Mapped[str] = mapped_column(String(16))
    citizen_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[str] = mapped_column(String(40))
    hall_code: Mapped[str] = mapped_column(String(24))
    group_code: Mapped[str] = mapped_column(String(16))
    matter_codes: Mapped[list[str]] = mapped_column(JSON)
    people: Mapped[int] = mapped_column(Integer)
    slot_ids: Mapped[list[str]] = mapped_column(JSON)
    pools: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime] = mapped_column(DateTime)
    ends_at: Mapped[datetime] = mapped_column(DateTime)
    state: Mapped[str] = mapped_column(String(12))
    hold_until: Mapped[datetime | None] = mapped_column(DateTime)
    channel: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(64), default="")
    contact_name_sealed: Mapped[str | None] = mapped_column(String(255))
    contact_mobile_sealed: Mapped[str | None] = mapped_column(String(255))
    contact_mobile_index: Mapped[str | None] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer, default=0)
    reschedules: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[datetime] = mapped_column(DateTime)
    remind_day_at: Mapped[datetime | None] = mapped_column(DateTime)
    remind_soon_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)
    ended_why: Mapped[str] = mapped_column(String(200), default="")


class OutboxEvent(Base):
    __tablename__ = "outbox_event"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(Text)
    spread: Mapped[bool] = mapped_column(Boolean, default=False)
    recorded_at: Mapped[datetime] = mapped_column(DateTime)


class Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class BookIn(Message):
    slot_id: Annotated[str, Field(max_length=64)]
    matter_code: Annotated[str, Field(max_length=64)]


class NamedOut(Message):
    code: str
    name: str


class BookingOut(Message):
    number: str
    state: str
    state_name: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    hall: NamedOut
    group: NamedOut
    matters: list[NamedOut]
    people: int
    contact_name: str | None
    contact_mobile: str | None
    hold_until: datetime | None
    made_at: datetime
    version: int


def make_app(url: str) -> FastAPI:
    engine = create_async_engine(
        url.replace("mysql://", "mysql+aiomysql://"),
        pool_size=POOL,
        max_overflow=0,
        connect_args={"init_command": SESSION, "charset": "utf8mb4"},
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    app = FastAPI()

    async def database() -> AsyncIterator[AsyncSession]:
        async with sessions() as session:
            yield session

    Database = Annotated[AsyncSession, Depends(database)]

    async def caller(sql: Database, authorization: Annotated[str, Header()]) -> HttpSession:
        token_hash = _hashed(authorization.removeprefix("Bearer "))
        asked = select(HttpSession).where(HttpSession.token_hash == token_hash, HttpSession.kind == "citizen")
        found = await sql.scalar(asked)
        if found is None or datetime.now(CHINA) - found.seen_at.replace(tzinfo=CHINA) > timedelta(hours=24):
            raise HTTPException(401)
        return found

    @app.post("/api/v1/bookings", status_code=201, response_model=BookingOut)
    async def book_slot(
        request: Request,
        body: BookIn,
        sql: Database,
        who: Annotated[HttpSession, Depends(caller)],
        idempotency_key: Annotated[str, Header(min_length=8, max_length=128)],
    ) -> Any:
        row_key = _hashed(f"citizen:{who.subject_id}:{request.url.path}\n{idempotency_key}")
        asked = hashlib.sha256(await request.body()).hexdigest()
        kept = await sql.get(IdempotentAnswer, row_key)
        if kept is not None:
            if kept.request_hash != asked:
                raise HTTPException(409)
            return json.loads(kept.body)
        now = datetime.now(CHINA)
        try:
            out = await make_booking(sql, who, body, now)
            text = out.model_dump_json(by_alias=True)
            sql.add(IdempotentAnswer(key=row_key, request_hash=asked, body=text, made_at=_naive(now)))
            await sql.commit()
        except IntegrityError:
            raise HTTPException(409) from None
        return out

    return app


async def make_booking(sql: AsyncSession, who: HttpSession, body: BookIn, now: datetime) -> BookingOut:
    if await sql.scalar(select(Consent.text_version).where(Consent.active_key == f"{who.subject_id}:privacy")) is None:
        raise HTTPException(403)
    contact = (
        await sql.execute(select(Citizen.name_sealed, Citizen.mobile_index).where(Citizen.id == who.subject_id))
    ).one()
    if not all(contact):
        raise HTTPException(422)
    slot = await sql.scalar(select(Slot).where(Slot.id == body.slot_id))
    if slot is None:
        raise HTTPException(404)
    starts_at = slot.starts_at.replace(tzinfo=CHINA)
    if slot.is_closed or slot.left < 1 or starts_at < now + timedelta(minutes=30):
        raise HTTPException(409)
    number, person = new_code(), f"c{who.subject_id}"
    days = [f"d:{person}:{starts_at:%Y%m%d}:{n}" for n in (1, 2)]
    claim = f"m:{person}:{body.matter_code}"
    taken = set(await sql.scalars(select(Claim.key).where(Claim.key.in_([f"r:{person}", claim, *days]))))
    free = [day for day in days if day not in taken]
    if claim in taken or not free:
        raise HTTPException(409)
    sql.add_all([Claim(key=key, booking_number=number) for key in (claim, free[0])])
    ends_at = starts_at + timedelta(minutes=slot.minutes)
    booking = Booking(
        number=number, citizen_id=who.subject_id, person=person, hall_code=slot.hall_code, group_code=slot.group_code,
        matter_codes=[body.matter_code], people=1, slot_ids=[slot.id], pools="p", starts_at=_naive(starts_at),
        ends_at=_naive(ends_at), state="booked", channel=who.channel, nonce=new_code(), made_at=_naive(now),
        remind_day_at=_naive(starts_at - timedelta(days=1)), remind_soon_at=_naive(starts_at - timedelta(hours=2)),
    )  # fmt: skip
    sql.add(booking)
    await sql.flush()
    event = {
        "occurred_at": now.isoformat(), "booking_id": booking.id, "booking_number": number,
        "citizen_id": who.subject_id, "hall_code": slot.hall_code, "group_code": slot.group_code,
        "matter_codes": [body.matter_code], "starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(),
        "channel": who.channel,
    }  # fmt: skip
    sql.add(OutboxEvent(name="booking.slot_booked", payload=json.dumps(event), recorded_at=_naive(now)))
    take = update(Slot).where(Slot.id == slot.id, Slot.left > 0, Slot.is_closed.is_(False))
    took: Any = await sql.execute(
        take.values(left=Slot.left - 1).execution_options(synchronize_session=False),
    )
    if not took.rowcount:
        raise HTTPException(409)
    return BookingOut(
        number=number, state="booked", state_name="已预约", slot_id=slot.id, starts_at=starts_at, ends_at=ends_at,
        hall=NamedOut(code=slot.hall_code, name=slot.hall_code),
        group=NamedOut(code=slot.group_code, name=slot.group_code),
        matters=[NamedOut(code=body.matter_code, name=body.matter_code)], people=1, contact_name=None,
        contact_mobile=None, hold_until=None, made_at=now, version=0,
    )  # fmt: skip


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(CHINA).replace(tzinfo=None)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[2]), port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False)
