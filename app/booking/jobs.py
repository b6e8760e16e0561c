"""What the worker does for booking from time to time; every job may run in several processes at once."""

from datetime import datetime

from app.booking import claims, conduct, holds, offering, openings, pressure, proof, reminding

release_holds = holds.release_expired_holds  # every 15 s: what ran out is on offer again well within a minute
return_places = offering.return_due  # every 10 s: what is due goes to whoever waits for it, else to everybody
remind = reminding.remind_due  # every minute
open_window = openings.open_window  # every hour: make the slots that are missing in the window
close_days = conduct.close_days  # every hour: bookings of past days that nobody came to become no-shows


async def offer_places(now: datetime) -> int:
    """Every 15 s: free places that nothing announced, to those who wait for them."""
    return await offering.offer_all(now=now) + await offering.close_over(now=now)


async def purge(now: datetime, *, keep_slots_days: int) -> int:
    """Every hour: slots of long ago; limits of past days, counts and proofs whose time is over."""
    slots = await openings.purge(now, keep_days=keep_slots_days)
    return slots + await claims.purge(now=now) + await pressure.purge(now=now) + await proof.purge(now=now)
