"""A progress bar on standard error: lines in a log, one moving line on a terminal."""

import sys

WIDTH = 24


class Progress:
    def __init__(self, title: str, *, total: int) -> None:
        self._title = title
        self._total = max(total, 1)
        self._done = 0

    def step(self, text: str, *, count: int = 1) -> None:
        """Say that `count` more are done, and what was done last."""
        self._done += count
        filled = WIDTH * self._done // self._total
        bar = "█" * filled + "·" * (WIDTH - filled)
        is_last = self._done >= self._total
        if sys.stderr.isatty():
            end = "\n" if is_last else ""
            print(
                f"\r\x1b[K{self._title} {bar} {self._done}/{self._total} {text}", end=end, file=sys.stderr, flush=True
            )
        else:
            print(f"{self._title} {self._done}/{self._total} {text}", file=sys.stderr)
