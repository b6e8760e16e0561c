"""Tables of matters. A guide is kept whole in JSON; columns repeat what lists and filters ask for."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

PUBLISHED, SUSPENDED, CANCELLED = "published", "suspended", "cancelled"
PREVIEWED, APPLIED, UNDONE = "previewed", "applied", "undone"


class Matter(Model):
    """One service matter. The code is an opaque string, kept as the authority gave it."""

    code = fields.CharField(max_length=64, primary_key=True)
    name = fields.CharField(max_length=200)
    short_name = fields.CharField(max_length=100)
    dept_code = fields.CharField(max_length=32)
    dept_name = fields.CharField(max_length=64)
    status = fields.CharField(max_length=10, default=PUBLISHED)
    level_code = fields.CharField(max_length=2)
    type_code = fields.CharField(max_length=2)
    project_type = fields.CharField(max_length=12)
    bookable = fields.BooleanField()  # appointment offered, at a window that exists
    booking_required = fields.BooleanField()
    payable = fields.BooleanField()  # a fee that can be paid online
    couriable = fields.BooleanField()  # the result can be sent
    online = fields.BooleanField()
    natural = fields.BooleanField()
    legal = fields.BooleanField()
    visits = fields.IntField()
    duration_min = fields.IntField(default=15)  # at the counter
    hot_rank = fields.IntField(null=True)
    aliases: fields.JSONField[list[str]] = fields.JSONField(default=list)
    keywords: fields.JSONField[list[str]] = fields.JSONField(default=list)
    result_name = fields.CharField(max_length=200, db_default="")  # what one holds in hand at the end
    pinyin: fields.JSONField[dict[str, str]] = fields.JSONField(default=dict)  # normalised text to syllables
    themes: fields.JSONField[list[str]] = fields.JSONField(default=list)
    windows: fields.JSONField[list[dict[str, str]]] = fields.JSONField(default=list)
    guide: fields.JSONField[dict[str, Any]] = fields.JSONField()
    version = fields.IntField(default=1)
    checked_on = fields.DateField(null=True)  # when the department last confirmed the guide
    stamp = fields.BigIntField(default=0)  # see Stamp
    updated_at = fields.DatetimeField()

    class Meta:
        table = "matters_matter"
        indexes = (("stamp",), ("status", "checked_on"), ("dept_code",))

    @property
    def places(self) -> list[tuple[str, str]]:
        """Where it is handled, in the guide's order: codes of hall and group of counters."""
        return [(window["hall_code"], window["group"]) for window in self.windows]


class Revision(Model):
    """How a matter stood from a version on: what a case that began then still goes by, and what an undo returns to."""

    id = fields.BigIntField(primary_key=True)
    matter_code = fields.CharField(max_length=64)
    version = fields.IntField()
    status = fields.CharField(max_length=10)
    guide: fields.JSONField[dict[str, Any]] = fields.JSONField()
    checked_on = fields.DateField(null=True)
    by = fields.CharField(max_length=64)
    import_code = fields.CharField(max_length=32, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "matters_revision"
        unique_together = (("matter_code", "version"),)
        indexes = (("import_code",),)


class Stamp(Model):
    """One row that every change of matters or synonyms counts up, so that each process sees whether its index is old.

    The row lock of the update puts changes in order: whoever reads value n sees every matter stamped up to n.
    """

    key = fields.CharField(max_length=8, primary_key=True)  # always "all"
    epoch = fields.CharField(max_length=16)  # of this database: a fresh one may count to the same value
    value = fields.BigIntField(default=0)

    class Meta:
        table = "matters_stamp"


class Theme(Model):
    code = fields.CharField(max_length=16, primary_key=True)
    name = fields.CharField(max_length=32)
    audience = fields.CharField(max_length=8)  # natural or legal
    national_code = fields.CharField(max_length=3)
    position = fields.IntField()

    class Meta:
        table = "matters_theme"


class LifeEvent(Model):
    """一件事: several matters that one event in a life brings with it."""

    code = fields.CharField(max_length=16, primary_key=True)
    name = fields.CharField(max_length=64)
    audience = fields.CharField(max_length=8)
    matter_codes: fields.JSONField[list[str]] = fields.JSONField(default=list)
    review = fields.CharField(max_length=32)  # to_be_checked until the authority has confirmed it
    position = fields.IntField()

    class Meta:
        table = "matters_life_event"


class Synonym(Model):
    """An official word and what people say instead."""

    official = fields.CharField(max_length=64, primary_key=True)
    forms: fields.JSONField[list[str]] = fields.JSONField(default=list)

    class Meta:
        table = "matters_synonym"


class MatterImport(Model):
    """An uploaded file: what its preview showed is what is applied."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    filename = fields.CharField(max_length=200)
    digest = fields.CharField(max_length=64)
    state = fields.CharField(max_length=10, default=PREVIEWED)
    report: fields.JSONField[dict[str, Any]] = fields.JSONField()
    rows = fields.TextField()  # the checked rows: JSON, zlib, base 64 (aiomysql 0.3.2 cannot write bytes)
    base: fields.JSONField[dict[str, int]] = fields.JSONField(default=dict)  # matter code to version seen; 0 is new
    by = fields.CharField(max_length=64)
    at = fields.DatetimeField()
    applied_at = fields.DatetimeField(null=True)
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "matters_import"
        indexes = (("state", "at"),)


class SearchMiss(Model):
    """A search without an answer, counted per day, for staff to add the missing word."""

    id = fields.BigIntField(primary_key=True)
    on_day = fields.DateField()
    text = fields.CharField(max_length=60)
    count = fields.IntField(default=1)
    last_at = fields.DatetimeField()

    class Meta:
        table = "matters_search_miss"
        unique_together = (("on_day", "text"),)
