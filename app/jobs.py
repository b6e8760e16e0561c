"""What the worker does for the core: what is due by the clock, and forgetting what has served its purpose."""

from datetime import timedelta
from functools import partial

from app.booking import jobs as booking_jobs
from app.citizens import sms_codes
from app.http.idempotency import purge_answers
from app.http.session import purge_sessions
from app.matters import imports
from app.outbox import purge_events
from app.pickup import handing, overdue, proxies
from app.pickup.overdue import OverduePolicy
from app.queue import desks
from app.queue import jobs as queue_jobs
from app.settings import Settings
from app.staff.tries import purge_tries
from app.worker import Job


def core_jobs(settings: Settings) -> list[Job]:
    """By whom it may be done: any process."""
    kept, folder = settings.retention, settings.files_folder
    second, minute, hour = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
    return [
        Job("booking: release holds", 15 * second, booking_jobs.release_holds),
        Job("booking: return places", 10 * second, booking_jobs.return_places),
        Job("booking: offer places", 15 * second, booking_jobs.offer_places),
        Job("booking: remind", minute, booking_jobs.remind),
        Job("booking: open days", hour, booking_jobs.open_window),
        Job("booking: close days", hour, booking_jobs.close_days),
        Job("queue: pass over", 5 * second, queue_jobs.pass_over),
        Job("queue: remind to return", 15 * second, queue_jobs.remind_to_return),
        Job("queue: close days", hour, queue_jobs.close_days),
        Job("pickup: overdue", 10 * minute, partial(overdue.run, policy=_overdue_policy(settings))),
        Job("pickup: sweep files", hour, partial(handing.sweep, folder)),
        Job("pickup: forget digits", hour, proxies.forget_digits),
        Job("queue: close counters", hour, desks.close_left_open),
        Job("outbox: purge", hour, partial(purge_events, keep_days=kept.events_days)),
        Job("booking: purge", hour, partial(booking_jobs.purge, keep_slots_days=kept.slots_days)),
        Job("queue: purge", hour, partial(queue_jobs.purge, keep_days=kept.scans_days)),
        Job("matters: purge", hour, partial(imports.purge, keep_days=kept.imports_days)),
        Job("sessions: purge", hour, purge_sessions),
        Job("citizens: purge", hour, sms_codes.purge),
        Job("idempotency: purge", hour, purge_answers),
        Job("staff: purge tries", hour, purge_tries),
    ]


def _overdue_policy(settings: Settings) -> OverduePolicy:
    pickup = settings.pickup
    return OverduePolicy(remind_after_days=pickup.remind_after_days, archive_after_days=pickup.archive_after_days)
