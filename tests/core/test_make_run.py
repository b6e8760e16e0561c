"""`make run` at a terminal: Ctrl-C is how one stops it, and no fault."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.running import free_port
from tests.sandbox import demo

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
    make, ours = at_a_terminal(tmp_path, "make", "-f", f"{tmp_path}/Makefile")
    held = held_by(ours)
    os.write(ours, b"\x03")
    assert make.wait(20) == 0
    after = said_until(ours, "again.").replace("\r", "").replace("^C", "").strip()
    assert after == "掌办 has stopped; make run starts it again."
    assert left_of(held) == []


def test_a_closed_terminal_leaves_nothing_behind(tmp_path: Path) -> None:
    make, ours = at_a_terminal(tmp_path, "make", "-f", f"{tmp_path}/Makefile")
    held = held_by(ours)
    os.killpg(os.tcgetpgrp(ours), signal.SIGHUP)  # as a kernel tells those in front, and whose terminal it is
    make.send_signal(signal.SIGHUP)
    os.close(ours)
    make.wait(20)
    deadline = time.monotonic() + 10
    while left_of(held) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_of(held) == []


def test_in_the_background_the_terminal_stays_with_the_shell(tmp_path: Path) -> None:
    """Which would else read nothing any more, end, and take everything with it."""
    behind = f"make -f {tmp_path}/Makefile & read one; read two; echo heard $two; kill %1; wait"
    shell, ours = at_a_terminal(tmp_path, "bash", "-mc", behind)
    held = held_by(ours)
    os.write(ours, b"one\nhello\n")
    assert "heard hello" in said_until(ours, "heard hello")
    said_until(ours, "again.")
    shell.wait(20)
    assert left_of(held) == []


def test_an_open_phone_page_does_not_hold_up_the_end() -> None:
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    stand_in = demo.started([sys.executable, "-m", "tests.sandbox", "http://127.0.0.1:1", str(port)], cwd=ROOT)
    demo.wait_for(f"{page}/", [stand_in])
    with urlopen(f"{page}/_control/stream") as stream:
        assert stream.readline() == b": connected\n"
        began = time.monotonic()
        demo.stop([stand_in])
    assert (stand_in.returncode, time.monotonic() - began < 3) == (0, True)


def test_whoever_does_not_end_when_told_to_is_ended() -> None:
    deaf = demo.started(["sh", "-c", "trap '' TERM; echo up; while true; do sleep 1; done"], stdout=subprocess.PIPE)
    assert deaf.stdout
    with deaf.stdout as says:
        assert says.readline() == b"up\n"
        began = time.monotonic()
        demo.stop([deaf])
    assert (deaf.returncode, time.monotonic() - began < 3) == (-signal.SIGKILL, True)


@pytest.mark.parametrize(
    ("command", "says"),
    [("exit 3", "sh -c 'exit 3' ended by itself with exit code 3; see var/app.log."),
     ("kill -KILL $$", "sh -c 'kill -KILL $$' was ended by SIGKILL; see var/app.log.")],
)  # fmt: skip
def test_which_process_ended_and_how_is_said(capsys: pytest.CaptureFixture[str], command: str, says: str) -> None:
    processes = [demo.started(["sleep", "60"]), demo.started(["sh", "-c", command])]
    assert demo.keep(processes) == 1
    demo.stop(processes)
    assert capsys.readouterr().err.strip() == says


def at_a_terminal(folder: Path, *command: str) -> tuple[subprocess.Popen[bytes], int]:
    """A command that uses the Makefile of `folder`, with a terminal of its own. Returns our end of that, too."""
    (folder / "run.py").write_text(RUN, encoding="utf-8")
    (folder / "Makefile").write_text(f"run:\n\t@{sys.executable} {folder}/run.py\n", encoding="utf-8")
    env = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}  # `make test` would say so
    ours, theirs = pty.openpty()
    started = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *command], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**env, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    return started, ours


def held_by(terminal: int) -> list[int]:
    """The processes that the frame holds, once it is up."""
    return [int(word) for word in re.findall(r"\d+", said_until(terminal, "\n"))]


def left_of(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def said_until(terminal: int, words: str) -> str:
    """What is said on it up to these words: the echo of the key and the words may come one after the other."""
    said = ""
    while words not in said and select.select([terminal], [], [], 10)[0]:
        said += os.read(terminal, 1000).decode()
    return said
