"""What the worker does for notices."""

from datetime import timedelta
from functools import partial

from app.http.context import Context
from app.platforms.sms import Sms
from app.platforms.tencent_sms import TencentSms
from app.platforms.wechat import WeChat
from app.settings import Settings
from app.worker import Job
from notify import actions, digests, providers, receipts
from notify.channels.sms import Service, TextMessage
from notify.channels.wechat import MiniProgram
from notify.policy import Policy
from notify.sender import Sender


def jobs(settings: Settings, context: Context) -> list[Job]:
    """Sending, and what belongs to it."""
    services, wechat = _text_services(settings, context), settings.wechat
    sender = Sender(
        [
            MiniProgram(context.platform(WeChat), templates=wechat.templates, page=wechat.page),
            TextMessage(services),
        ],
        policy=_policy(settings),
    )
    look, kept = timedelta(seconds=settings.worker_looks_every_s), settings.retention
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    return [
        Job("notify: send", look, sender.send_due, is_woken=True),
        Job("notify: tell of small changes", minute, digests.tell_due),
        Job("notify: balance text messages", minute, partial(providers.balance, names=list(services))),
        Job("notify: wait for receipts no longer", 10 * minute, receipts.time_out),
        Job("notify: forget digests", hour, digests.purge),
        Job("notify: purge", hour, partial(actions.purge, keep_days=kept.sendings_days)),
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
