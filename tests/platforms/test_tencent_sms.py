"""The second text-message service: its signature by Tencent's own example, and a message through the stand-in."""

from datetime import UTC, datetime

import pytest

from app.platforms.sms import SmsRefused
from app.platforms.tencent_sms import signed
from tests.platforms.conftest import Platforms

# The example in Tencent Cloud's manual of signature v3: DescribeInstances, with the key that stands there.
BODY = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
SIGNATURE = "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"


def test_the_signature_is_that_of_the_manual() -> None:
    then = datetime.fromtimestamp(1551113065, UTC)
    assert signed(BODY, host="cvm.tencentcloudapi.com", secret=KEY, service="cvm", now=then) == SIGNATURE


async def test_a_message_arrives_with_its_variables_in_order(platforms: Platforms) -> None:
    number = await platforms.tencent_sms().send(
        mobile="13800000001", template="1234", params={"matter": "居民身份证换领", "when": "11月26日"}
    )
    (message,) = platforms.messages.all
    assert (message["to"], message["template"], message["provider"]) == ("13800000001", "1234", "tencent")
    assert message["data"] == {"1": "居民身份证换领", "2": "11月26日"}
    assert len(number) == 32


@pytest.mark.parametrize(
    ("secret", "mobile", "code"),
    [
        ("wrong", "13800000001", "AuthFailure.SignatureFailure"),
        ("sandbox-tencent", "12345", "InvalidParameterValue.IncorrectPhoneNumber"),
    ],
)
async def test_a_refusal_says_its_code(platforms: Platforms, secret: str, mobile: str, code: str) -> None:
    with pytest.raises(SmsRefused) as caught:
        await platforms.tencent_sms(secret=secret).send(mobile=mobile, template="1234", params={})
    assert caught.value.code == code
    assert platforms.messages.all == []
