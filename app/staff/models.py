"""Tables of the people behind the counter, and of what they did."""

from typing import Any, NoReturn

from tortoise import fields
from tortoise.models import Model


class Staff(Model):
    """A member of staff. `hall_codes` are the halls they may see; a single `*` means all of them."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    username = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=32)
    password_hash = fields.CharField(max_length=128)
    must_change_password = fields.BooleanField(default=True)
    roles: Any = fields.JSONField()
    hall_codes: Any = fields.JSONField()
    is_active = fields.BooleanField(default=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "staff_staff"


class Tries(Model):
    """Guesses of one secret: sign-ins of an account from one source, pickup digits at one counter."""

    key = fields.CharField(max_length=64, primary_key=True)
    used = fields.IntField(default=0)
    last_at = fields.DatetimeField()

    class Meta:
        table = "staff_tries"


class AuditRow(Model):
    """Who did or read what, whose it was, when and why. Rows are only ever added."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    staff_id = fields.BigIntField(null=True)
    staff_name = fields.CharField(max_length=32)
    action = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=96, default="")
    citizen_id = fields.BigIntField(null=True)
    hall_code = fields.CharField(max_length=32, default="")
    why = fields.CharField(max_length=200, default="")
    details: Any = fields.JSONField(null=True)
    request_id = fields.CharField(max_length=64, default="")
    source = fields.CharField(max_length=64, default="")

    class Meta:
        table = "staff_audit_row"
        indexes = (("at",), ("staff_id", "at"), ("citizen_id", "at"), ("subject",))

    async def save(self, *args: Any, **kwargs: Any) -> None:
        if self._saved_in_db:
            _refuse()
        await super().save(*args, **kwargs)

    async def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()


def _refuse() -> NoReturn:
    raise RuntimeError("audit rows are never changed or deleted")
