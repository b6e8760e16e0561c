"""`python -m bench [--quick] [--json FILE] [NAME…]`: speed and size against their targets; exits 1 when one is missed.

NAMEs are among reading, booking, starting, hall_day, streams, searching, h5, callback, notices, kills, estimates,
chatbot; without any, all are measured.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    booking,
    callback,
    chatbot,
    estimates,
    h5,
    hall_day,
    kills,
    notices,
    reading,
    search,
    starting,
    streams,
)
from bench.figures import Figure, table
from bench.site import KINDS, Site, seeded, stock


class Size:
    """How much is measured. Quick is for trying; its figures are not."""

    def __init__(self, *, is_quick: bool) -> None:
        self.rounds, self.seconds, self.bookings = (2, 1, 500) if is_quick else (5, 3, 1500)
        self.tickets = 1000 if is_quick else 5000
        self.notices, self.kills = (2000, 5) if is_quick else (10_000, 50)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few short rounds, to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    parser.add_argument("names", nargs="*", choices=[*ON_SITES, *ALONE, []], metavar="NAME")
    chosen = parser.parse_args(arguments)
    figures = list(measured(set(chosen.names or [*ON_SITES, *ALONE]), Size(is_quick=chosen.quick)))
    print(table(figures))
    if chosen.json:
        text = json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1)
        chosen.json.write_text(text, encoding="utf-8")
    return 0 if all(figure.is_met for figure in figures) else 1


def measured(names: set[str], size: Size) -> Iterator[Figure]:
    on_sites = [ON_SITES[name] for name in ON_SITES if name in names]
    with tempfile.TemporaryDirectory(prefix="zhangban-bench-") as folder:
        for kind in KINDS if on_sites else ():
            print(f"{kind}: making a site …", file=sys.stderr)
            with seeded(kind, Path(folder)) as site:
                for measure in on_sites:
                    yield from said(measure(site, size))
    for name in ALONE:
        if name in names:
            yield from said(ALONE[name]())


def said(figures: list[Figure]) -> list[Figure]:
    """Figures, told on standard error as they come: the whole takes minutes."""
    for figure in figures:
        print(f"{figure.what}: {figure.measured:g} {figure.unit} ({figure.detail})", file=sys.stderr)
    return figures


def _reading(site: Site, size: Size) -> list[Figure]:
    return reading.measure(site, stock(site, citizens=0), rounds=size.rounds, seconds=size.seconds)


def _booking(site: Site, size: Size) -> list[Figure]:
    citizens = booking.citizens_for(site, rounds=size.rounds, each=size.bookings)
    return booking.measure(site, stock(site, citizens=citizens), rounds=size.rounds, each=size.bookings)


def _starting(site: Site, size: Size) -> list[Figure]:
    return starting.measure(site, rounds=size.rounds)


def _streams(site: Site, size: Size) -> list[Figure]:
    return streams.measure(site, rounds=2 * size.rounds)


def _searching() -> list[Figure]:
    found = search.measure()
    detail = f"median {found['p50_ms']} ms, {found['matters']:,} matters, built in {found['build_s']} s"
    return [Figure("search, p99", found["p99_ms"], 20, "ms", detail)]


def _chatbot() -> list[Figure]:
    found = chatbot.measure()
    over = f"{found['faqs']:,} FAQs"
    shipped = "the shipped set, standard questions only"
    return [
        Figure("bot, median", found["p50_ms"], 1, "ms", over),
        Figure("bot, p99", found["p99_ms"], 5, "ms", over),
        Figure("bot, built in", found["build_s"], 10, "s", over),
        Figure("bot, memory added", found["added_mb"], 250, "MB", over),
        Figure("bot, first answer right", found["r1_pct"], 70, "%", shipped, is_least=True),
        Figure("bot, right one among three", found["r3_pct"], 84, "%", shipped, is_least=True),
        Figure("bot, direct answers right", found["right_pct"], 95, "%", shipped, is_least=True),
        Figure("bot, far questions answered", found["far_answered_pct"], 1.5, "%", shipped),
    ]


def _estimates() -> list[Figure]:
    """Waits shown on tickets against what they became. Four of five is what the range promises. Six minutes is less
    than two people at one counter differ; what is called before its time costs a walk home, so the bias is bounded.
    """
    found = estimates.measure()["all"]
    within = f"{found['shown']:,} ranges, {found['sooner_pct']} % sooner, {found['later_pct']} % later"
    error = f"median wait {found['median_wait_min']} min; people ahead × average: {found['usual_way_error_min']} min"
    return [
        Figure("waits within the range shown", found["within_pct"], 80, "%", within, is_least=True),
        Figure("waits, median error", found["median_error_min"], 6, "min", error),
        Figure("waits, median bias", abs(found["bias_min"]), 3, "min", f"{found['bias_min']:+} min"),
    ]


def _h5(site: Site, size: Size) -> list[Figure]:
    """On one database: the pages' weight is the same on both."""
    return h5.measure(site, rounds=size.rounds) if site.kind == "SQLite" else []


def _hall_day(site: Site, size: Size) -> list[Figure]:
    return hall_day.measure(site, tickets=size.tickets, runs=size.rounds)


def _notices(site: Site, size: Size) -> list[Figure]:
    """On MariaDB: on SQLite one process writes, and the disk decides."""
    return notices.measure(site, notices=size.notices) if site.kind == "MariaDB" else []


def _kills(site: Site, size: Size) -> list[Figure]:
    return kills.measure(site, notices=size.kills * 400, kills=size.kills) if site.kind == "MariaDB" else []


ON_SITES: dict[str, Callable[[Site, Size], list[Figure]]] = {
    "reading": _reading,
    "booking": _booking,
    "starting": _starting,
    "hall_day": _hall_day,
    "streams": _streams,
    "h5": _h5,
    "callback": lambda site, _: callback.measure(site),
    "notices": _notices,
    "kills": _kills,
}
ALONE: dict[str, Callable[[], list[Figure]]] = {
    "searching": _searching,
    "estimates": _estimates,
    "chatbot": _chatbot,
}

if __name__ == "__main__":
    sys.exit(main())
