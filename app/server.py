"""Puts the rooms together: the web app and the worker. The one module that knows them all; nothing imports it."""

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer
from sanic.compat import Header

from admin.blueprint import blueprint as admin
from admin.errors import refuse as admin_refuse
from app import sealing, wake
from app.booking import subscribers as booking
from app.booking.kinds import use_rooms
from app.booking.seed import load_seed as load_slots
from app.db import close_db, open_db, tortoise_config
from app.directory.seed import load_seed as load_directory
from app.halls.seed import load_seed as load_halls
from app.http import access, errors, openapi
from app.http.admission import Admission
from app.http.context import App, AppRequest, Context, RequestContext
from app.http.health import health_blueprint
from app.http.open_streams import OpenStreams
from app.http.routing import HeadRouter
from app.http.sockets import MAX_MESSAGE
from app.jobs import core_jobs
from app.keys import load_keys, make_keys
from app.log import mask
from app.matters.seed import load_seed as load_matters
from app.outbox import Outbox
from app.pickup.subscribers import expect_no_result, expect_result
from app.platforms.http import PlatformHttp
from app.platforms.sms import Sms
from app.platforms.tencent_sms import TencentSms
from app.platforms.wechat import WeChat
from app.queue import subscribers as queue
from app.queue.events import TicketFinished, TicketReopened
from app.settings import Settings
from app.workdays.seed import load_seed as load_workdays
from app.worker import Job, Worker, health
from chatbot import keeper
from chatbot import work as chatbot_work
from chatbot.channels import wechat as wechat_channel
from chatbot.learning.keywords import load_seed as load_rules
from chatbot.learning.seed import load_seed as load_faqs
from h5.blueprint import blueprint as h5
from h5.errors import refuse as h5_refuse
from miniprogram_api.blueprint import blueprint as miniprogram_api
from notify import subscribers as notify
from notify import work as notify_work
from notify.receiving import receiving as sms_receipts

Seed = Callable[..., Awaitable[int]]

VERSION = "1.0.0"

# Room to the modules that define its tables; each room's migrations stand alone.
TABLES: dict[str, list[str]] = {
    "app": [
        "app.outbox",
        "app.worker",
        "app.http.session",
        "app.http.idempotency",
        "app.workdays.models",
        "app.directory.models",
        "app.halls.models",
        "app.booking.models",
        "app.matters.models",
        "app.citizens.models",
        "app.staff.models",
        "app.queue.models",
        "app.queue.judged",
        "app.pickup.models",
        "app.ratings.models",
        "app.platforms.tokens",
    ],
    "notify": ["notify.models"],
    "chatbot": ["chatbot.models", "chatbot.learning.models"],
}

# What each room's `load_seed` brings in, in this order.
SEEDS: dict[str, Seed] = {
    "working days": load_workdays,
    "regions and departments": load_directory,
    "halls": load_halls,
    "matters": load_matters,
    "slots": load_slots,
    "questions and answers": load_faqs,
    "keyword rules": load_rules,
}

# Read by `make migrations` only; it compares models with migrations and opens nothing.
MIGRATIONS = tortoise_config("sqlite://:memory:", TABLES)


def database_config(settings: Settings) -> dict[str, Any]:
    return tortoise_config(settings.database_url, TABLES)


def _equip(settings: Settings) -> None:
    """What a process has by itself, whoever asks it: its keys, and where its video rooms are."""
    use_keys(settings)
    use_rooms(settings.video.room_url)


def use_keys(settings: Settings) -> None:
    """Load this installation's keys; a laptop without any gets fresh ones."""
    if not settings.keys_file.exists() and not settings.is_production:
        make_keys(settings.keys_file)
    sealing.use(load_keys(settings.keys_file))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Context]:
    """The database and the platforms, for a process without a web app."""
    _equip(settings)
    context = _context(settings)
    await open_db(database_config(settings))
    _open_platforms(context)
    wake.connect(settings.redis_url)
    try:
        yield context
    finally:
        await wake.disconnect()
        await _close_platforms(context)
        await close_db()


def create_app(settings: Settings) -> App:
    """The web app, ready to be served; opens the database when it starts and closes it when it stops."""
    _equip(settings)
    app: App = Sanic(
        "zhangban",
        ctx=_context(settings),
        configure_logging=False,
        request_class=TypedRequest,
        router=HeadRouter(),
    )
    _configure(app, settings)
    access.install(app)
    errors.install(app, pages={"/h5/": h5_refuse, "/admin/": admin_refuse})
    app.enable_websocket()
    app.blueprint(miniprogram_api)
    app.blueprint(h5)
    app.blueprint(admin)
    app.blueprint(wechat_channel.callback)
    app.blueprint(sms_receipts)
    app.blueprint(health_blueprint(health))
    app.add_route(_openapi, "/openapi.json", methods=["GET"])
    app.before_server_start(_open)
    following = keeper.Following(settings.city)
    app.after_server_start(lambda _: following.start())  # requests are answered meanwhile
    app.before_server_stop(_refuse_new)
    app.before_server_stop(lambda _: following.stop())
    app.after_server_stop(_close)
    return app


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
    """Everything that is done from time to time: the core's jobs, and each room's own."""
    look = timedelta(seconds=settings.worker_looks_every_s)
    relay = Job("outbox", look, make_outbox().relay, is_woken=True)
    rooms = (*notify_work.jobs(settings, context), *chatbot_work.jobs(settings, context))
    return Worker([relay, *core_jobs(settings), *rooms])


REQUEST_ID_HEADER = "x-request-id"
_PLAIN_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


class TypedRequest(Request):
    def __init__(self, *, headers: Header, head: bytes = b"", **more: Any) -> None:
        """Bytes in a header that are no UTF-8 become U+FFFD: half a character can be neither hashed nor shown."""
        if not head.isascii():
            whole = (value.encode(errors="surrogateescape").decode(errors="replace") for value in headers.values())
            headers = Header(zip(headers.keys(), whole, strict=True))
        super().__init__(headers=headers, head=head, **more)

    @property
    def id(self) -> str:
        """The caller's id of this request if it is a plain one that is nobody's number, else ours: it is echoed in a
        header and logged.
        """
        if not self._id:
            given = self.headers.get(REQUEST_ID_HEADER)
            is_plain = given is not None and _PLAIN_ID.fullmatch(given) and mask(given) == given
            self._id = given if is_plain else f"r{random.getrandbits(60):015x}"
        return str(self._id)

    @staticmethod
    def make_context() -> RequestContext:
        return RequestContext(caller=None)


def _context(settings: Settings) -> Context:
    http = settings.http
    return Context(
        settings=settings,
        admission=Admission(at_once=http.at_once, waiting=http.waiting, deadline_s=http.deadline_s),
        streams=OpenStreams(
            at_most=http.streams,
            per_source=http.streams_per_source,
            per_person=http.streams_per_person,
            looks_every_s=http.streams_look_every_s,
        ),
    )


def _configure(app: App, settings: Settings) -> None:
    secret = settings.http.forwarded_secret
    app.config.update(
        {
            "AUTO_EXTEND": False,
            "MOTD": False,
            "FORWARDED_SECRET": secret.get_secret_value() if secret else None,
            "REQUEST_MAX_SIZE": 12 * 1024 * 1024,
            "REQUEST_MAX_HEADER_SIZE": 8192,
            "REQUEST_TIMEOUT": 15,
            "RESPONSE_TIMEOUT": settings.http.deadline_s + 5,
            "KEEP_ALIVE_TIMEOUT": 75,
            "WEBSOCKET_MAX_SIZE": MAX_MESSAGE,
            "GRACEFUL_SHUTDOWN_TIMEOUT": 3.0,
        }
    )


async def _open(app: App) -> None:
    await open_db(database_config(app.ctx.settings))
    _open_platforms(app.ctx)
    wake.connect(app.ctx.settings.redis_url)
    if app.ctx.settings.worker_inside:
        app.ctx.worker = make_worker(app.ctx.settings, app.ctx)
        app.ctx.worker.start()
    app.ctx.is_ready = True


def _open_platforms(context: Context) -> None:
    """The clients of the outside; each has its own connections, so a slow platform holds up nobody else's."""
    wechat, sms = context.settings.wechat, context.settings.sms
    context.platforms[WeChat] = WeChat(
        PlatformHttp(wechat.base_url, name="wechat"),
        appid=wechat.appid,
        secret=wechat.secret.get_secret_value(),
        oa_appid=wechat.oa_appid,
        oa_secret=wechat.oa_secret.get_secret_value(),
    )
    context.platforms[Sms] = Sms(
        PlatformHttp(sms.base_url, name="sms"),
        access_key_id=sms.access_key_id,
        access_key_secret=sms.access_key_secret.get_secret_value(),
        sign_name=sms.sign_name or context.city.service,
    )
    context.platforms[TencentSms] = TencentSms(
        PlatformHttp(sms.tencent.base_url, name="tencent sms"),
        base_url=sms.tencent.base_url,
        secret_id=sms.tencent.secret_id,
        secret_key=sms.tencent.secret_key.get_secret_value(),
        app_id=sms.tencent.app_id,
        sign_name=sms.tencent.sign_name or context.city.service,
    )


async def _refuse_new(app: App) -> None:
    app.ctx.is_ready = False
    await app.ctx.streams.stop()


async def _close(app: App) -> None:
    await app.ctx.admission.empty(timeout_s=15)
    if app.ctx.worker is not None:
        await app.ctx.worker.stop()
    await wake.disconnect()
    await _close_platforms(app.ctx)
    await close_db()


async def _close_platforms(context: Context) -> None:
    for client in context.platforms.values():
        await client.close()


async def _openapi(request: AppRequest) -> HTTPResponse:
    return json_answer(describe(request.app), ensure_ascii=False)


def describe(app: App) -> dict[str, Any]:
    """The OpenAPI document."""
    return openapi.describe(app, title=f"掌办 · {app.ctx.city.service}", version=VERSION)
