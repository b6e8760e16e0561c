"""`make run` at a terminal: Ctrl-C is how one stops it, and no fault."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The real frame around processes that only wait: the product itself would need fixed ports and a minute.
RUN = """
from tests.sandbox import demo
def work():
    held = [demo.started(["sleep", "60"]), demo.started(["sleep", "60"])]
    try:
        print("up", *[process.pid for process in held], flush=True)  # from here on Ctrl-C may come
        return demo.keep(held)
    finally:
        demo.stop(held)
raise SystemExit(demo.until_stopped(work))
"""


def test_ctrl_c_stops_everything_with_one_friendly_line_and_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(RUN, encoding="utf-8")
    (tmp_path / "Makefile").write_text(f"run:\n\t@{sys.executable} {tmp_path}/run.py\n", encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}  # `make test` would say so
    ours, theirs = pty.openpty()
    make = subprocess.Popen(
        ["setsid", "--ctty", "--wait", "make", "-f", f"{tmp_path}/Makefile"], cwd=ROOT, stdin=theirs, stdout=theirs,
        stderr=theirs, env={**env, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    said = os.read(ours, 1000).decode()
    os.write(ours, b"\x03")
    assert make.wait(20) == 0
    after = said_until(ours, "again.").replace("\r", "").replace("^C", "").strip()
    assert after == "掌办 has stopped; make run starts it again."
    left = [pid for pid in map(int, said.split()[1:]) if Path(f"/proc/{pid}").exists()]
    assert left == []


def said_until(terminal: int, words: str) -> str:
    """What is said on it up to these words: the echo of the key and the words may come one after the other."""
    said = ""
    while words not in said and select.select([terminal], [], [], 10)[0]:
        said += os.read(terminal, 1000).decode()
    return said
