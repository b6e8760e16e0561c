"""Guide, search result and slots of a day from a warm cache, against a bare handler that returns the same bytes."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from urllib.parse import quote

from bench.figures import Figure, compare, ratio
from bench.site import OTHER_CORES, Site, Stock, product, rival

CONNECTIONS = 32
SEARCHED = "身份证"
ENCODING = "gzip"  # as every phone sends it


def measure(site: Site, stock: Stock, *, rounds: int, seconds: int) -> list[Figure]:
    wanted = {
        "guide": (f"/api/v1/matters/{stock.matter}", 0.7),
        "search": (f"/api/v1/matters?q={quote(SEARCHED)}", 0.7),
        "slots of a day": (f"/api/v1/halls/{stock.hall}/slots?matter={stock.matter}&date={stock.day}", 0.5),
    }
    with product(site) as port:
        answers = {f"/answer{n}": _answer(port, path) for n, (path, _) in enumerate(wanted.values())}
        file = site.folder / "answers.json"
        file.write_text(json.dumps(answers))
        with rival("bare", site, str(file)) as bare:
            figures = []
            for n, (what, (path, target)) in enumerate(wanted.items()):
                ours, theirs = compare(
                    wrk(f"http://127.0.0.1:{port}{path}", seconds),
                    wrk(f"http://127.0.0.1:{bare}/answer{n}", seconds),
                    rounds=rounds,
                )
                figures.append(ratio(f"{what}, {site.kind}", ours, theirs, target))
            return figures


def _answer(port: int, path: str) -> dict[str, object]:
    """What the product answers: the bytes and all headers but those the server itself sets."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": ENCODING})
    with urllib.request.urlopen(request) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        kept = {name: value for name, value in headers.items() if name not in ("content-length", "connection")}
        return {"headers": kept, "body": answer.read().hex()}


def wrk(url: str, seconds: int) -> Callable[[], float]:
    """A measurement of requests a second; raises when an answer was not 200."""

    def run() -> float:
        done = subprocess.run(
            ["taskset", "-c", OTHER_CORES, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
             "-H", f"Accept-Encoding: {ENCODING}", url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
        if "Non-2xx" in done.stdout or "Socket errors" in done.stdout or found is None:
            raise RuntimeError(done.stdout)
        return float(found[1])

    return run
