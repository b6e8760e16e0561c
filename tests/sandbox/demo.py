"""`make run`: the product on 127.0.0.1:8000 with demonstration data, the stand-ins and the phone page on :8100."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import qrcode

APP, SANDBOX = "http://127.0.0.1:8000", "http://127.0.0.1:8100"
VAR = Path("var")
TEMPLATES = {
    "booked": "TPL_BOOKED",
    "changed": "TPL_CHANGED",
    "reminder": "TPL_REMINDER",
    "called": "TPL_CALLED",
    "result_ready": "TPL_READY",
}
ENVIRONMENT = {
    "ZHANGBAN_DATABASE_URL": "sqlite://var/zhangban.db",
    "ZHANGBAN_WECHAT__BASE_URL": SANDBOX,
    "ZHANGBAN_WECHAT__OAUTH_URL": SANDBOX,
    "ZHANGBAN_WECHAT__APPID": "wx0000000000000001",
    "ZHANGBAN_WECHAT__SECRET": "sandbox-mini-program",
    "ZHANGBAN_WECHAT__OA_APPID": "wx0000000000000002",
    "ZHANGBAN_WECHAT__OA_SECRET": "sandbox-official-account",
    "ZHANGBAN_WECHAT__TEMPLATES": json.dumps(TEMPLATES),
    "ZHANGBAN_SMS__BASE_URL": SANDBOX,
    "ZHANGBAN_SMS__ACCESS_KEY_ID": "sandbox",
    "ZHANGBAN_SMS__ACCESS_KEY_SECRET": "sandbox-sms",
    "ZHANGBAN_HTTP__FRAME_ANCESTORS": f"'self' {SANDBOX}",
}


def main() -> int:
    env = {**os.environ, **ENVIRONMENT}
    VAR.mkdir(exist_ok=True)
    run = [sys.executable, "-m", "app"]
    ensure_free(8000, 8100)
    prepare(run, env)
    processes = [
        subprocess.Popen([sys.executable, "-m", "tests.sandbox", APP], env=env),
        subprocess.Popen([*run, "serve"], env=env, stderr=(VAR / "app.log").open("ab")),
    ]
    try:
        return watch(processes)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(timeout=20)


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
    """Tables always; data and demonstration staff once. A command that fails has said why."""
    is_seeded = VAR / "seeded"
    for command in ["migrate"] if is_seeded.exists() else ["migrate", "seed", "demo-staff"]:
        if code := subprocess.run([*run, command], env=env).returncode:
            sys.exit(code)
    is_seeded.touch()


def watch(processes: list[subprocess.Popen[bytes]]) -> int:
    """Wait until both answer, say where everything is, then wait for Ctrl-C or the first to end."""
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        for url in (f"{APP}/health/ready", f"{SANDBOX}/"):
            wait_for(url, processes)
        say_where()
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        return 0
    print("One of the two processes ended; see var/app.log.", file=sys.stderr)
    return 1


def wait_for(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"{url} does not answer; is the port taken? See var/app.log.")


def say_where() -> None:
    staff = VAR / "demo-staff.txt"
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
