"""How long the product takes from its start to readiness, everything set up."""

import statistics
import sys
import time

from bench.figures import Figure
from bench.site import Site, start, stop, wait_for
from tests.running import free_port


def measure(site: Site, *, rounds: int) -> list[Figure]:
    seen = sorted(_seconds(site) for _ in range(rounds))
    detail = f"{seen[0]:.2f} to {seen[-1]:.2f} s"
    return [Figure(f"start to ready, {site.kind}", round(statistics.median(seen), 2), 3.0, "s", detail)]


def _seconds(site: Site) -> float:
    port = free_port()
    began = time.perf_counter()
    server = start([sys.executable, "-m", "app", "serve"], site.environment(port), site.folder / "app.log")
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", server)
        return time.perf_counter() - began
    finally:
        stop(server)
