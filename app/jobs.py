"""Who hears what, and everything that is done from time to time: the worker, put together like `app.server`."""

from datetime import timedelta
from functools import partial

from app.booking import jobs as booking_jobs
from app.booking import subscribers as booking
from app.citizens import sms_codes
from app.http.context import Context
from app.http.idempotency import purge_answers
from app.http.session import purge_sessions
from app.matters import imports
from app.outbox import Outbox, purge_events
from app.pickup import handing, overdue, proxies
from app.pickup.overdue import OverduePolicy
from app.pickup.subscribers import expect_no_result, expect_result
from app.platforms.sms import Sms
from app.platforms.tencent_sms import TencentSms
from app.platforms.wechat import WeChat
from app.queue import desks
from app.queue import jobs as queue_jobs
from app.queue import subscribers as queue
from app.queue.events import TicketFinished, TicketReopened
from app.settings import Settings
from app.staff.tries import purge_tries
from app.worker import Job, Worker
from chatbot import attachments, deliveries, purging, unread
from chatbot import jobs as chat_jobs
from chatbot.channels import wechat as wechat_channel
from chatbot.learning import collecting
from chatbot.learning.files import importing as faq_imports
from notify import actions as notify_actions
from notify import digests, providers, receipts
from notify import subscribers as notify
from notify.channels.sms import Service, TextMessage
from notify.channels.wechat import MiniProgram
from notify.policy import Policy
from notify.sender import Sender


def make_outbox() -> Outbox:
    """Who hears what, on one screen."""
    outbox = Outbox()
    booking.subscribe(outbox)
    queue.subscribe(outbox)
    outbox.subscribe("pickup", TicketFinished, expect_result)
    outbox.subscribe("pickup", TicketReopened, expect_no_result)
    notify.subscribe(outbox)
    return outbox


def make_worker(settings: Settings, context: Context) -> Worker:
    """Everything that is done from time to time, and by whom it may be done: any process."""
    outbox = make_outbox()
    wechat = settings.wechat
    client, folder = context.platform(WeChat), settings.files_folder
    text_of = partial(wechat_channel.text_of, url=settings.public_url)
    chats = deliveries.Sender(client, text_of=text_of, folder=folder)
    services = _text_services(settings, context)
    sender = Sender(
        [MiniProgram(client, templates=wechat.templates, page=wechat.page), TextMessage(services)],
        policy=_policy(settings),
    )
    look, kept = timedelta(seconds=settings.worker_looks_every_s), settings.retention
    second, minute, hour = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
    return Worker(
        [
            Job("outbox", look, outbox.relay, is_woken=True),
            Job("notify: send", look, sender.send_due, is_woken=True),
            Job("notify: tell of small changes", minute, digests.tell_due),
            Job("notify: balance text messages", minute, partial(providers.balance, names=list(services))),
            Job("notify: wait for receipts no longer", 10 * minute, receipts.time_out),
            Job("notify: forget digests", hour, digests.purge),
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
            Job("notify: purge", hour, partial(notify_actions.purge, keep_days=kept.sendings_days)),
            Job("chatbot: read questions", 15 * second, collecting.collect),
            Job("chatbot: forget questions", hour, partial(collecting.purge, keep_days=kept.conversations_days)),
            Job("chatbot: forget files", hour, partial(faq_imports.purge, keep_days=kept.imports_days)),
            Job("chatbot: send", look, chats.send_due, is_woken=True),
            Job("chatbot: tell", 10 * second, unread.tell),
            Job(
                "chatbot: fetch files",
                look,
                partial(attachments.fetch_due, wechat=client, folder=folder),
                is_woken=True,
            ),
            Job("chatbot: sweep files", hour, partial(attachments.sweep, folder)),
            Job("chatbot: purge", hour, partial(purging.purge, keep_days=kept.conversations_days, folder=folder)),
            *_desk_jobs(settings),
            Job("sessions: purge", hour, purge_sessions),
            Job("citizens: purge", hour, sms_codes.purge),
            Job("idempotency: purge", hour, purge_answers),
            Job("staff: purge tries", hour, purge_tries),
        ]
    )


def _desk_jobs(settings: Settings) -> list[Job]:
    chat, often = settings.chat, timedelta(seconds=5)
    back = partial(chat_jobs.give_back_unanswered, city=settings.city, minutes=chat.answer_minutes)
    return [
        Job("chatbot: give back", often, back),
        Job("chatbot: overflow", often, chat_jobs.overflow),
        Job(
            "chatbot: end silent ones",
            timedelta(minutes=1),
            partial(chat_jobs.close_silent, minutes=chat.silent_minutes),
        ),
    ]


def _text_services(settings: Settings, context: Context) -> dict[str, Service]:
    services = {"aliyun": Service(context.platform(Sms), settings.sms.templates)}
    if settings.sms.tencent.secret_id:
        services["tencent"] = Service(context.platform(TencentSms), settings.sms.tencent.templates)
    return services


def _policy(settings: Settings) -> Policy:
    said = settings.notices
    return Policy(
        quiet_from=said.quiet_from,
        quiet_to=said.quiet_to,
        a_day=said.a_day,
        gather=timedelta(minutes=said.gather_minutes),
        unread=timedelta(minutes=said.unread_minutes),
    )


def _overdue_policy(settings: Settings) -> OverduePolicy:
    pickup = settings.pickup
    return OverduePolicy(remind_after_days=pickup.remind_after_days, archive_after_days=pickup.archive_after_days)
