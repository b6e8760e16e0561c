"""`python -m tests.sandbox [APP_URL [PORT]]`: all stand-ins and the phone page on 127.0.0.1:8100, or another port."""

import sys

from sanic import Sanic

from tests.sandbox.messages import messages_of
from tests.sandbox.phone import phone_blueprint
from tests.sandbox.sms import mount as mount_sms
from tests.sandbox.tencent_sms import mount as mount_tencent_sms
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_chat import mount_chat


def create_sandbox(app_url: str) -> Sanic:
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    sandbox.config.GRACEFUL_SHUTDOWN_TIMEOUT = 1.0  # the stream of an open phone page never ends by itself
    mount_chat(sandbox, mount_wechat(sandbox), messages_of(sandbox), app_url)
    mount_sms(sandbox)
    mount_tencent_sms(sandbox)
    sandbox.blueprint(phone_blueprint(app_url))
    return sandbox


if __name__ == "__main__":
    app = create_sandbox(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 8100
    app.prepare(host="127.0.0.1", port=port, single_process=True, motd=False, access_log=False)
    Sanic.serve_single(app)
