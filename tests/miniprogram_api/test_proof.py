"""A proof through the JSON API: the refusal carries the challenge, the same request with its answer goes through."""

import hashlib
from itertools import count

from app.booking.models import Booking
from tests.citizens.site import Site
from tests.miniprogram_api.test_bookings import citizen, key
from tests.miniprogram_api.test_bookings import site as town_site

site = town_site


def worked(challenge: str, bits: int) -> str:
    for n in count():
        digest = hashlib.sha256(f"{challenge}.{n}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - bits) == 0:
            return str(n)
    raise AssertionError


async def test_after_twelve_tries_the_same_request_needs_a_proof_once(site: Site) -> None:
    token, body = await citizen(1), {"slotId": key("0900"), "matterCode": "ID"}
    codes = [(await site.api("POST", "/bookings", body | {"slotId": "X.Y.1"}, token=token))[0] for _ in range(11)]
    assert codes == [404] * 11
    status, answer = await site.api("POST", "/bookings", body, token=token)
    assert (status, answer["error"]["code"]) == (403, "booking.proof_needed")
    details = answer["error"]["details"]
    assert details["question"] in answer["error"]["message"] and details["work"] == {"algorithm": "sha256", "bits": 14}
    proof = {"challenge": details["challenge"], "kind": "work", "answer": worked(details["challenge"], 14)}
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "tap-0001-abcd"}
    numbers = []
    for _ in range(2):  # the second is the same request again
        async with site.http.post(f"{site.url}/api/v1/bookings", json=body | {"proof": proof}, headers=headers) as done:
            assert done.status == 201
            numbers.append((await done.json())["number"])
    assert numbers[0] == numbers[1] and await Booking.all().count() == 1
    status, answer = await site.api("POST", "/bookings/holds", body | {"proof": proof}, token=token)
    assert (status, answer["error"]["code"]) == (403, "booking.proof_needed")
    other = await citizen(2)
    assert (await site.api("POST", "/bookings", body, token=other))[0] == 201


async def test_a_repeat_under_its_key_gets_the_booking_that_was_made_however_many_try_by_then(site: Site) -> None:
    token, body = await citizen(1), {"slotId": key("0900"), "matterCode": "ID"}
    headers = {"authorization": f"Bearer {token}", "idempotency-key": "tap-0001-abcd"}

    async def tap() -> tuple[int, str]:
        async with site.http.post(f"{site.url}/api/v1/bookings", json=body, headers=headers) as answer:
            return answer.status, (await answer.json()).get("number")

    made = await tap()
    for _ in range(12):
        status, _ = await site.api("POST", "/bookings", body | {"slotId": "X.Y.1"}, token=token)
    assert (status, made[0], await tap()) == (403, 201, made)
