"""Everything that changes an account. Passwords are hashed outside the transactions: a hash takes 40 ms."""

from collections.abc import Collection
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.staff import passwords, tries
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.errors import UsernameTaken, WrongOldPassword, WrongSignIn
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role, ensure_good_password
from app.staff.sessions import end_sessions


async def sign_in(
    *, username: str, password: str, source: str, network: str, now: datetime, request_id: str = ""
) -> Staff:
    """Check who it is. The caller opens the session.

    Five mistakes lock the account for 15 minutes for this network only, so a stranger elsewhere cannot lock its owner
    out; an account that does not exist locks and answers in the same way and time.

    Args:
        source: the address, for the audit log.

    Raises:
        WrongSignIn: unknown account, wrong password or disabled account.
        TooManyTries: locked for this network.
    """
    key = tries.key_of("sign-in", username.lower(), network)
    await tries.take(key=key, now=now)
    staff = await Staff.get_or_none(username=username.lower())
    fits = await passwords.fits(staff.password_hash if staff else passwords.NOBODYS, password)
    is_let_in = staff is not None and fits and staff.is_active
    await _note_sign_in(staff=staff, is_let_in=is_let_in, source=source, now=now, request_id=request_id)
    if staff is None or not is_let_in:
        raise WrongSignIn()
    await tries.forget(key)
    return staff


async def _note_sign_in(*, staff: Staff | None, is_let_in: bool, source: str, now: datetime, request_id: str) -> None:
    """No name of an unknown account: people type their password into the wrong field."""
    await AuditRow.create(
        at=now,
        staff_id=staff.id if staff else None,
        staff_name=staff.name if staff else "未知账号",
        action="staff.sign_in" if is_let_in else "staff.sign_in_refused",
        source=source,
        request_id=request_id,
    )


async def add_staff(
    *,
    by: By,
    username: str,
    name: str,
    roles: Collection[Role],
    hall_codes: Collection[str],
    password: str,
    now: datetime,
    must_change_password: bool = True,
) -> Staff:
    """Add an account. Its first password is random and changed at the first sign-in (等保 8.1.4.2 b).

    Raises:
        InvalidInput: the password is too weak.
        UsernameTaken: the username is in use.
    """
    ensure_good_password(password, username=username, breached=passwords.breached())
    staff = Staff(
        code=new_code(),
        username=username.lower(),
        name=name,
        password_hash=await passwords.hashed(password),
        must_change_password=must_change_password,
        roles=sorted(roles),
        hall_codes=sorted(hall_codes),
        created_at=now,
        changed_at=now,
    )
    return await _add(staff, by=by, now=now)


@transactional
async def _add(staff: Staff, *, by: By, now: datetime) -> Staff:
    fresh = staff.clone()
    try:
        await fresh.save(force_create=True)
    except IntegrityError:
        raise UsernameTaken() from None
    details = {"roles": fresh.roles, "halls": fresh.hall_codes}
    await audit(by=by, action="staff.add", subject=f"staff:{fresh.code}", now=now, details=details)
    return fresh


async def change_password(*, by: By, old: str, new: str, now: datetime, keep: str | None = None) -> None:
    """Set a new password of one's own and end one's other sessions.

    Args:
        keep: token hash of the session that stays open, which is the one that asks.

    Raises:
        WrongOldPassword, TooManyTries: the old one does not fit, or too often.
        InvalidInput: the new one is too weak, or the old one again.
    """
    staff = await Staff.get(id=by.staff_id)
    key = tries.key_of("old-password", staff.username)  # wherever from: only a session of theirs gets here
    await tries.take(key=key, now=now)
    if not await passwords.fits(staff.password_hash, old):
        raise WrongOldPassword()
    await tries.forget(key)
    known = {*passwords.breached(), old.lower()}
    ensure_good_password(new, username=staff.username, breached=known, field="new")
    await _set_password(by=by, staff=staff, password_hash=await passwords.hashed(new), now=now, keep=keep)


@transactional
async def _set_password(*, by: By, staff: Staff, password_hash: str, now: datetime, keep: str | None) -> None:
    await Staff.filter(id=staff.id).update(password_hash=password_hash, must_change_password=False, changed_at=now)
    await end_sessions(staff.id, but=keep)
    await audit(by=by, action="staff.change_password", subject=f"staff:{staff.code}", now=now)


async def reset_password(*, by: By, username: str, password: str, now: datetime) -> None:
    """Give someone a new first password, which they must change; ends their sessions. Raises `NotFound`."""
    staff = await Staff.get_or_none(username=username.lower())
    if staff is None:
        raise NotFound()
    ensure_good_password(password, username=username, breached=passwords.breached())
    await _reset_password(by=by, staff=staff, password_hash=await passwords.hashed(password), now=now)


@transactional
async def _reset_password(*, by: By, staff: Staff, password_hash: str, now: datetime) -> None:
    await Staff.filter(id=staff.id).update(password_hash=password_hash, must_change_password=True, changed_at=now)
    await end_sessions(staff.id)
    await audit(by=by, action="staff.reset_password", subject=f"staff:{staff.code}", now=now)


@transactional
async def change_access(
    *,
    by: By,
    username: str,
    roles: Collection[Role],
    hall_codes: Collection[str],
    is_active: bool,
    now: datetime,
) -> None:
    """Change what someone may do, or whether they may at all; ends their sessions at once. Raises `NotFound`."""
    staff = await Staff.get_or_none(username=username.lower())
    if staff is None:
        raise NotFound()
    after = {"roles": sorted(roles), "hall_codes": sorted(hall_codes), "is_active": is_active}
    before = {"roles": staff.roles, "hall_codes": staff.hall_codes, "is_active": staff.is_active}
    await Staff.filter(id=staff.id).update(**after, changed_at=now)
    await end_sessions(staff.id)
    details = {"before": before, "after": after}
    await audit(by=by, action="staff.change_access", subject=f"staff:{staff.code}", now=now, details=details)
