"""Text messages: signed as the service wants it, refused in its own words."""

import pytest

from app.errors import PlatformUnavailable
from app.platforms.sms import SmsRefused, signature
from tests.platforms.conftest import Platforms
from tests.sandbox.sms import expected_signature

PARAMS = {"code": "012345", "place": "政务 大厅*~+&="}


async def test_a_message_arrives_with_its_variables(platforms: Platforms) -> None:
    receipt = await platforms.sms().send(mobile="13800000001", template="SMS_1", params=PARAMS)
    (message,) = platforms.messages.all
    assert len(receipt) == 20
    assert (message["to"], message["template"], message["data"]) == ("13800000001", "SMS_1", PARAMS)
    assert message["title"] == "短信 【淮南政务服务】"


async def test_a_wrong_secret_is_refused_and_nothing_is_sent(platforms: Platforms) -> None:
    with pytest.raises(SmsRefused) as refused:
        await platforms.sms(secret="other").send(mobile="13800000001", template="SMS_1", params=PARAMS)
    assert refused.value.code == "SignatureDoesNotMatch"
    assert platforms.messages.all == []


async def test_a_number_that_is_no_mobile_is_refused(platforms: Platforms) -> None:
    with pytest.raises(SmsRefused) as refused:
        await platforms.sms().send(mobile="12345", template="SMS_1", params=PARAMS)
    assert refused.value.code == "isv.MOBILE_NUMBER_ILLEGAL"


async def test_a_broken_service_is_unavailable(platforms: Platforms) -> None:
    platforms.faults.order(path="/", kind="http500")
    with pytest.raises(PlatformUnavailable):
        await platforms.sms().send(mobile="13800000001", template="SMS_1", params=PARAMS)


def test_the_signature_is_the_one_of_the_manual() -> None:
    # Aliyun's worked example of signature 1.0: DescribeRegions with testid / testsecret.
    fields = {
        "Timestamp": "2016-02-23T12:46:24Z",
        "Format": "XML",
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26",
        "SignatureVersion": "1.0",
    }
    assert signature("GET", fields, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="
    assert signature("POST", fields, "testsecret") == expected_signature(fields, "testsecret")
