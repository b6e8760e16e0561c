"""`make run`: the product on 127.0.0.1:8000 with demonstration data, the stand-ins and the phone page on :8100."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import qrcode

from tests.sandbox.template_fields import KINDS
from tests.sandbox.wechat_chat import PUSH

APP, SANDBOX = "http://127.0.0.1:8000", "http://127.0.0.1:8100"
VAR = Path("var")
READY_WITHIN_S = 120  # a slow laptop right after the seed; a process that ends is not waited for
STOPPED_WITHIN_S = 2.5
ENVIRONMENT = {
    "ZHANGBAN_DATABASE_URL": "sqlite://var/zhangban.db",
    "ZHANGBAN_WECHAT__BASE_URL": SANDBOX,
    "ZHANGBAN_WECHAT__OAUTH_URL": SANDBOX,
    "ZHANGBAN_WECHAT__APPID": "wx0000000000000001",
    "ZHANGBAN_WECHAT__SECRET": "sandbox-mini-program",
    "ZHANGBAN_WECHAT__OA_APPID": "wx0000000000000002",
    "ZHANGBAN_WECHAT__OA_SECRET": "sandbox-official-account",
    "ZHANGBAN_WECHAT__TEMPLATES": json.dumps(KINDS),
    **{f"ZHANGBAN_WECHAT__{name.upper()}": value for name, value in PUSH.items()},
    "ZHANGBAN_SMS__BASE_URL": SANDBOX,
    "ZHANGBAN_SMS__ACCESS_KEY_ID": "sandbox",
    "ZHANGBAN_SMS__ACCESS_KEY_SECRET": "sandbox-sms",
    "ZHANGBAN_HTTP__FRAME_ANCESTORS": f"'self' {SANDBOX}",
}


def main() -> int:
    return until_stopped(run)


def until_stopped(work: Callable[[], int]) -> int:
    """Do it until it ends, or somebody presses Ctrl-C, sends SIGTERM or closes the terminal, which is no fault. Returns
    the exit code.
    """
    goes_on = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as `nohup` has it
    for number in (signal.SIGINT, signal.SIGTERM, *([] if goes_on else [signal.SIGHUP])):
        signal.signal(number, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        with foreground():
            return work()
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be closed
            print("\n掌办 has stopped; make run starts it again.", flush=True)
        return 0


@contextmanager
def foreground() -> Iterator[None]:
    """Have the terminal for this process alone: Ctrl-C stops it, and make, which waits for it, sees a good end. Started
    in the background it leaves the terminal to the shell, which would else end, and with it everything it started.
    """
    if not _has_terminal() or os.getpgrp() == os.getpid():
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # whoever is in the background may not take the terminal otherwise
    terminal, before = sys.stdin.fileno(), os.tcgetpgrp(sys.stdin.fileno())
    os.setpgid(0, 0)
    os.tcsetpgrp(terminal, os.getpgrp())
    try:
        yield
    finally:
        with suppress(OSError):
            os.tcsetpgrp(terminal, before)


def _has_terminal() -> bool:
    """Whether what is typed at our terminal is for our process group now."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return False


def run() -> int:
    env = {**os.environ, **ENVIRONMENT}
    VAR.mkdir(exist_ok=True)
    product = [sys.executable, "-m", "app"]
    ensure_free(8000, 8100)
    prepare(product, env)
    processes = [
        started([sys.executable, "-m", "tests.sandbox", APP], env=env),
        started([*product, "serve"], env=env, stderr=(VAR / "app.log").open("ab")),
    ]
    return watch(processes)


def started(command: list[str], **more: Any) -> subprocess.Popen[bytes]:
    """A process that hears of Ctrl-C from us, after we have noted it."""
    return subprocess.Popen(command, start_new_session=True, **more)


def ensure_free(*ports: int) -> None:
    """Before anything starts: another program on our ports would look like ours."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                sys.exit(
                    f"Port {port} is taken. Is 掌办 running already? Stop that one first: pkill -f tests.sandbox.demo"
                )


def prepare(run: list[str], env: dict[str, str]) -> None:
    """Tables and links of devices always; data and demonstration staff once. A command that fails has said why."""
    is_seeded = VAR / "seeded"
    once = [] if is_seeded.exists() else ["seed", "demo-staff"]
    for command in ["migrate", *once, "demo-devices"]:
        if code := subprocess.run([*run, command], env=env, start_new_session=True).returncode:
            sys.exit(code)
    is_seeded.touch()


def watch(processes: list[subprocess.Popen[bytes]]) -> int:
    """Wait until both answer, say where everything is, then wait for the first to end by itself. Stops the others."""
    try:
        for url in (f"{APP}/health/ready", f"{SANDBOX}/"):
            wait_for(url, processes)
        say_where()
        return keep(processes)
    finally:
        stop(processes)


def keep(processes: list[subprocess.Popen[bytes]]) -> int:
    while all(process.poll() is None for process in processes):
        time.sleep(0.5)
    for process in processes:
        if process.poll() is not None:
            print(how_it_ended(process), file=sys.stderr)
    return 1


def how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with exit code {code}"
    return f"{shlex.join(map(str, process.args))} {how}; see var/app.log."  # type: ignore[arg-type]


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C leaves nothing behind either
    for process in processes:
        process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOPPED_WITHIN_S
    for process in processes:
        try:
            process.wait(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:  # it waits for somebody: what it has promised stands in its tables
            process.kill()
            process.wait()


def wait_for(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    ended = [how_it_ended(process) for process in processes if process.poll() is not None]
    sys.exit("\n".join(ended) or f"{url} does not answer; see var/app.log.")


def say_where() -> None:
    staff, devices = VAR / "demo-staff.txt", VAR / "demo-devices.txt"
    print(f"""
掌办 is running. Ctrl-C stops it.

  群众手机 phone page     {SANDBOX}/
  H5 pages               {APP}/h5/
  工作台 staff console    {APP}/admin/
  API                    {APP}/openapi.json
  Health                 {APP}/health/ready
  Log                    var/app.log

  Staff sign-ins (made for this folder):
{staff.read_text(encoding="utf-8") if staff.exists() else ""}
  Devices of the hall, each link once (a fresh one at every start):
{devices.read_text(encoding="utf-8") if devices.exists() else ""}
  Citizens: choose 张三, 李秀英, 王强 or 陈静 on the phone page,
  or POST /api/v1/sessions {{"channel": "wechat", "code": "demo-zhang"}}.
""")
    address = lan_address()
    if address:
        print(f"  On a real phone in this network (start with ZHANGBAN_HTTP__HOST=0.0.0.0): http://{address}:8000/h5/")
        code = qrcode.QRCode(border=1)
        code.add_data(f"http://{address}:8000/h5/")
        code.print_ascii(invert=True)


def lan_address() -> str | None:
    """This machine's address in the local network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return None


if __name__ == "__main__":
    sys.exit(main())
