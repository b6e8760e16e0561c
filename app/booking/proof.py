"""A small proof that somebody means it, asked only under pressure: some work for the browser, or a sum for a person.

No picture: the question is a sentence that a screen reader says. A challenge is signed, bound to the person and to what
it is for, lives five minutes, and serves one request; repeats of that request under its key count as that request.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tortoise.exceptions import IntegrityError

from app import codes
from app.booking.errors import ProofNeeded
from app.booking.models import UsedProof
from app.codes import Code, ExpiredCode, ForgedCode, Purpose, WrongPurpose
from app.db import transactional
from app.ids import new_code
from app.sealing import blind_index

LIFE = timedelta(minutes=5)
_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Proof:
    """What was sent: the challenge as it was given, and either the work's number or the sum's result."""

    challenge: str
    kind: Literal["work", "sum"]
    answer: str


@dataclass(frozen=True, slots=True)
class Task:
    """Whose proof for what, and how hard: `bits` is the number of leading zero bits of the work; None: the sum only."""

    person: str
    purpose: str
    bits: int | None

    @property
    def subject(self) -> str:
        return f"{self.person}:{self.purpose}:{self.bits}"


def demand(task: Task, *, now: datetime) -> ProofNeeded:
    """A fresh challenge, as the refusal that carries it."""
    nonce, expires_at = new_code(), now + LIFE
    text = codes.issue(Code(Purpose.PROOF, task.subject, nonce, expires_at))
    question = sum_of(nonce)[0]
    details = {
        "challenge": text,
        "question": question,
        "work": None if task.bits is None else {"algorithm": "sha256", "bits": task.bits},
        "expiresAt": expires_at.isoformat(),
    }
    return ProofNeeded(question=question, details=details)


async def ensure_holds(proof: Proof | None, task: Task, *, repeat_key: str, now: datetime) -> None:
    """Raises ProofNeeded, with a fresh challenge, for a proof that is missing, wrong, old, another's or used."""
    if proof is None or not await _holds(proof, task, repeat_key, now):
        raise demand(task, now=now)


async def _holds(proof: Proof, task: Task, repeat_key: str, now: datetime) -> bool:
    try:
        code = codes.read(proof.challenge, purpose=Purpose.PROOF, now=now)
    except (ForgedCode, WrongPurpose, ExpiredCode):
        return False
    # Used up before it is looked at: a wrong sum cannot be followed by the next guess.
    is_first = code.subject == task.subject and await _use(code, repeat_key)
    return is_first and is_right(proof, nonce=code.nonce, bits=task.bits)


async def _use(code: Code, repeat_key: str) -> bool:
    try:
        await _insert(code, repeat_key)
    except IntegrityError:
        used = await UsedProof.get_or_none(nonce=code.nonce)
        return bool(repeat_key) and used is not None and used.used_for == repeat_key
    return True


@transactional
async def _insert(code: Code, repeat_key: str) -> None:
    await UsedProof.create(nonce=code.nonce, used_for=repeat_key, until=code.expires_at)


async def purge(*, now: datetime) -> int:
    """Forget what has expired. Returns how many."""
    return await UsedProof.filter(until__lt=now).delete()


def is_right(proof: Proof, *, nonce: str, bits: int | None) -> bool:
    if proof.kind == "sum":
        result = sum_of(nonce)[1]
        return unicodedata.normalize("NFKC", proof.answer).strip() in (str(result), in_words(result))
    if bits is None:
        return False
    digest = hashlib.sha256(f"{proof.challenge}.{proof.answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def sum_of(nonce: str) -> tuple[str, int]:
    """A sum to do in one's head, by a nonce and our key: the question as a sentence, and its result."""
    seed = int(blind_index("proof", nonce)[:8], 16)
    large, small, is_minus = 11 + seed % 30, 2 + seed // 30 % 8, seed // 240 % 2
    word, result = ("减", large - small) if is_minus else ("加", large + small)
    return f"{in_words(large)}{word}{in_words(small)}等于多少？", result


def in_words(number: int) -> str:
    """1 to 99 as Chinese words: 十二, 二十, 三十五."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones or not tens else "")
