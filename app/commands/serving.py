"""`serve`: the web process; `worker`: the process that relays events and sends notices."""

import asyncio
import gc
import resource
import signal
import sys

from sanic import Sanic

from app.commands.lock import DatabaseInUse, only_process
from app.http.context import App
from app.log import configure
from app.server import create_app, make_worker, opened
from app.settings import Settings

BACKLOG = 2048  # connections that the kernel keeps waiting: after a stop elsewhere all screens and phones come at once


def serve(settings: Settings) -> int:
    """Serve until stopped. One process; run more of them behind a load balancer. Returns the exit code."""
    configure()
    try:
        with only_process(settings):
            app = create_app(settings)
            _allow_open_files()
            app.after_server_start(_settle)
            app.prepare(
                host=settings.http.host,
                port=settings.http.port,
                single_process=True,
                access_log=False,
                backlog=BACKLOG,
            )
            Sanic.serve_single(app)
    except DatabaseInUse as exc:
        print(exc.text, file=sys.stderr)
        return 1
    return 0


def _allow_open_files() -> None:
    """As many as we may: each open stream is one, and the usual first limit of 1024 is for programs with `select`."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def settle() -> None:
    """Tell the garbage collector that what start-up made stays: walking it keeps everybody waiting for 90 ms."""
    gc.collect()
    gc.freeze()


async def _settle(_: App) -> None:
    settle()


async def work(settings: Settings) -> int:
    """Run the worker until SIGTERM or SIGINT, then end what is under way. Returns the exit code."""
    configure()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with only_process(settings):
            async with opened(settings) as context:
                settle()
                await make_worker(settings, context).run(stop)
    except DatabaseInUse as exc:
        print(exc.text, file=sys.stderr)
        return 1
    return 0
