"""`serve`: the web process; `worker`: the process that relays events and sends notices."""

import asyncio
import signal
import sys

from sanic import Sanic

from app.commands.lock import DatabaseInUse, only_process
from app.log import configure
from app.server import create_app, make_worker, opened
from app.settings import Settings


def serve(settings: Settings) -> int:
    """Serve until stopped. One process; run more of them behind a load balancer. Returns the exit code."""
    configure()
    try:
        with only_process(settings):
            app = create_app(settings)
            app.prepare(host=settings.http.host, port=settings.http.port, single_process=True, access_log=False)
            Sanic.serve_single(app)
    except DatabaseInUse as exc:
        print(exc.text, file=sys.stderr)
        return 1
    return 0


async def work(settings: Settings) -> int:
    """Run the worker until SIGTERM or SIGINT, then end what is under way. Returns the exit code."""
    configure()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        with only_process(settings):
            async with opened(settings) as context:
                await make_worker(settings, context).run(stop)
    except DatabaseInUse as exc:
        print(exc.text, file=sys.stderr)
        return 1
    return 0
