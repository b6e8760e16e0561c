"""Tables of what the bot answers with, and of what it has been asked."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

TO_BE_CHECKED, PUBLISHED, RETIRED = "to_be_checked", "published", "retired"
OPEN, SETTLED, DISMISSED = "open", "settled", "dismissed"
PREVIEWED, APPLIED, UNDONE = "previewed", "applied", "undone"


class Faq(Model):
    """One question with its answer. The code is stable: messages, histories and files name it.

    `dated`: since when the answer stands, shown with it; a check renews it. `is_guide`: made from a matter's record,
    and found by the matter's names as well. What is not yet, or no more, valid is not answered.
    """

    code = fields.CharField(max_length=32, primary_key=True)
    question = fields.CharField(max_length=200)
    answer = fields.TextField()
    similar: fields.JSONField[list[str]] = fields.JSONField(default=list)
    keywords: fields.JSONField[list[str]] = fields.JSONField(default=list)
    matter_code = fields.CharField(max_length=64, default="")
    dept_code = fields.CharField(max_length=20, default="")
    is_guide = fields.BooleanField(default=False)
    status = fields.CharField(max_length=16)
    valid_from = fields.DateField(null=True)
    valid_to = fields.DateField(null=True)  # the last day
    dated = fields.DateField()
    version = fields.IntField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "chatbot_faq"
        indexes = (("status", "dated"), ("dept_code", "code"))


class FaqVersion(Model):
    """How an FAQ stood from a version on. `what` was done, in words; `content` as `rules.Content` has it."""

    id = fields.BigIntField(primary_key=True)
    faq_code = fields.CharField(max_length=32)
    version = fields.IntField()
    content: fields.JSONField[dict[str, Any]] = fields.JSONField()
    what = fields.CharField(max_length=40)
    by = fields.CharField(max_length=64)
    import_code = fields.CharField(max_length=32, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "chatbot_faq_version"
        unique_together = (("faq_code", "version"),)
        indexes = (("import_code",),)


class Rule(Model):
    """A keyword rule; `content` is an item of the city's file without its id (see `engine.rules`)."""

    code = fields.CharField(max_length=32, primary_key=True)
    content: fields.JSONField[dict[str, Any]] = fields.JSONField()
    version = fields.IntField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "chatbot_rule"


class RuleVersion(Model):
    """How a rule stood from a version on."""

    id = fields.BigIntField(primary_key=True)
    rule_code = fields.CharField(max_length=32)
    version = fields.IntField()
    content: fields.JSONField[dict[str, Any]] = fields.JSONField()
    what = fields.CharField(max_length=40)
    by = fields.CharField(max_length=64)
    at = fields.DatetimeField()

    class Meta:
        table = "chatbot_rule_version"
        unique_together = (("rule_code", "version"),)


class Mark(Model):
    """A number that only grows: `faqs` with every change of what the bot knows, `asked` with the messages read.

    The row lock of the update puts changes in order. `epoch`: of this database; a fresh one may count to the same.
    """

    key = fields.CharField(max_length=8, primary_key=True)
    epoch = fields.CharField(max_length=16)
    value = fields.BigIntField(default=0)

    class Meta:
        table = "chatbot_mark"


class Asked(Model):
    """A question put to the bot, masked, counted over all who put it in the same words.

    `missed`: how often it was not answered, or choices were not taken. `kind`, `answer_id`: what came of it last.
    `chosen`: the FAQ that somebody took from the choices. `faq_code`: where it belongs, once somebody has decided.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=64, unique=True)  # of its bare characters
    text = fields.CharField(max_length=500)
    count = fields.IntField(default=0)
    missed = fields.IntField(default=0)
    kind = fields.CharField(max_length=12)
    answer_id = fields.CharField(max_length=32, default="")
    chosen = fields.CharField(max_length=32, default="")
    last_at = fields.DatetimeField()
    state = fields.CharField(max_length=10, default=OPEN)
    faq_code = fields.CharField(max_length=32, default="")
    why = fields.CharField(max_length=200, default="")
    by = fields.CharField(max_length=64, default="")
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "chatbot_asked"
        indexes = (("state", "missed"), ("last_at",))


class FaqImport(Model):
    """An uploaded file: what its preview showed is what is applied."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=32, unique=True)
    filename = fields.CharField(max_length=200)
    digest = fields.CharField(max_length=64)
    state = fields.CharField(max_length=10, default=PREVIEWED)
    report: fields.JSONField[dict[str, Any]] = fields.JSONField()
    rows: Any = fields.JSONField()  # what is to be written: code, version seen (0 is new), content
    by = fields.CharField(max_length=64)
    at = fields.DatetimeField()
    applied_at = fields.DatetimeField(null=True)
    undone_at = fields.DatetimeField(null=True)

    class Meta:
        table = "chatbot_faq_import"
        indexes = (("state", "at"),)
