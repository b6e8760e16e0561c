"""Before somebody books: nothing under normal load; a proof when they, their network or the day is under pressure.

Runs before and outside the transaction of the booking, so that refused attempts count and used proofs stay used.
"""

from dataclasses import dataclass
from datetime import datetime

from app.booking import pressure, proof
from app.booking.proof import Proof, Task
from app.citizens import queries as citizens
from app.settings import PressureSettings


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who wants to book what, and from where. `repeat_key`: by which a repeated request is known as the same."""

    citizen_id: int
    network: str
    slot_id: str
    proof: Proof | None = None
    repeat_key: str = ""


async def ensure_welcome(attempt: Attempt, *, settings: PressureSettings, now: datetime) -> None:
    """Count the attempt. Raises ProofNeeded under pressure: elders get the sum only, which any telephone can show."""
    signals = pressure.of_booking(
        settings, citizen_id=attempt.citizen_id, network=attempt.network, slot_id=attempt.slot_id
    )
    is_over = await pressure.note(signals, settings=settings, now=now)
    if not is_over and not await pressure.is_on(signals, now=now):
        return
    is_elder = (await citizens.citizen(attempt.citizen_id)).is_elder
    bits = None if is_elder else settings.work_bits
    task = Task(person=pressure.account(attempt.citizen_id), purpose="booking", bits=bits)
    await proof.ensure_holds(attempt.proof, task, repeat_key=attempt.repeat_key, now=now)


async def note_search(
    *, network: str, settings: PressureSettings, now: datetime, citizen_id: int | None = None
) -> None:
    """Count a look at the slots; it is never refused."""
    signals = pressure.of_search(settings, network=network, citizen_id=citizen_id)
    await pressure.note(signals, settings=settings, now=now)
