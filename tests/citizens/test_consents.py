"""What a citizen agreed to, and that it can be proven later (security.md K04)."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from app.citizens import queries
from app.citizens.consenting import agree, withdraw
from app.citizens.consents import CURRENT, FOLDER
from app.citizens.errors import ConsentOutdated
from app.citizens.models import Consent
from app.outbox import RecordedEvent
from tests.factories import NOW
from tests.marks import on_both

VERSION = CURRENT["privacy"].version
# A published text never changes; a new version is a new file and a new line here.
PUBLISHED = {"privacy-2026-11.txt": "0083947358c3da5a7bde84dbae828b01763bdaee3f9b0977622e195a50268701"}


async def agreed(now=NOW) -> None:
    await agree(citizen_id=7, name="privacy", version=VERSION, channel="wechat", now=now)


def test_a_published_text_never_changes() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.txt")}
    assert digests == PUBLISHED


async def test_a_consent_says_which_words_when_and_where(db) -> None:
    await agreed()
    row = await Consent.get()
    assert (row.citizen_id, row.text_name, row.text_version, row.channel) == (7, "privacy", VERSION, "wechat")
    assert (row.text_sha256, row.given_at) == (PUBLISHED["privacy-2026-11.txt"], NOW)
    assert await queries.has_agreed(7)
    assert not await queries.has_agreed(8)


@on_both
async def test_agreeing_ten_times_at_once_is_one_consent(db) -> None:
    await asyncio.gather(*(agreed() for _ in range(10)))
    assert await Consent.all().count() == 1


@pytest.mark.parametrize(("name", "version"), [("privacy", "2020-01"), ("nonsense", VERSION)])
async def test_nobody_agrees_to_a_text_they_were_not_shown(db, name, version) -> None:
    with pytest.raises(ConsentOutdated):
        await agree(citizen_id=7, name=name, version=version, channel="wechat", now=NOW)
    assert await Consent.all().count() == 0


async def test_withdrawal_keeps_the_record_and_is_heard_of_once(db) -> None:
    await agreed()
    for _ in range(2):
        await withdraw(citizen_id=7, name="privacy", now=NOW + timedelta(days=1))
    assert not await queries.has_agreed(7)
    assert (await Consent.get()).withdrawn_at == NOW + timedelta(days=1)
    assert await RecordedEvent.filter(name="citizens.consent_withdrawn").count() == 1


async def test_agreeing_again_after_a_withdrawal_is_a_second_record(db) -> None:
    await agreed()
    await withdraw(citizen_id=7, name="privacy", now=NOW + timedelta(days=1))
    await agreed(now=NOW + timedelta(days=2))
    assert await queries.has_agreed(7)
    assert await Consent.all().count() == 2
