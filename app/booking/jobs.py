"""What the worker does for booking from time to time; every job may run in several processes at once."""

from datetime import datetime

from app.booking import claims, conduct, holds, offering, openings, pressure, proof, reminding


async def release_holds(now: datetime) -> int:
    """Every 15 s: a hold that ran out is on offer again well within a minute."""
    return await holds.release_expired_holds(now=now)


async def remind(now: datetime) -> int:
    """Every minute."""
    return await reminding.remind_due(now=now)


async def open_window(now: datetime) -> int:
    """Every hour: make the slots that are missing in the window; repeating it changes nothing."""
    return await openings.open_window(now=now)


async def close_days(now: datetime) -> int:
    """Every hour: bookings of past days that nobody came to become no-shows."""
    return await conduct.close_days(now=now)


async def return_places(now: datetime) -> int:
    """Every 10 s: what is due goes to whoever waits for it, else to everybody."""
    return await offering.return_due(now=now)


async def offer_places(now: datetime) -> int:
    """Every 15 s: free places that nothing announced, to those who wait for them."""
    return await offering.offer_all(now=now) + await offering.close_over(now=now)


async def purge(now: datetime) -> int:
    """Every hour: limits of past days, counts and proofs whose time is over."""
    return await claims.purge(now=now) + await pressure.purge(now=now) + await proof.purge(now=now)
