"""Places and departments: what the city is made of. Reference data, changed by seeds and imports."""

from tortoise import fields
from tortoise.models import Model


class Region(Model):
    """Province (1), city (2), county or district (3), township (4), village or neighbourhood (5)."""

    code = fields.CharField(max_length=20, primary_key=True)
    name = fields.CharField(max_length=64)
    level = fields.IntField()
    parent = fields.CharField(max_length=20, null=True)
    kind = fields.CharField(max_length=32)

    class Meta:
        table = "directory_region"
        indexes = (("parent",),)


class Department(Model):
    code = fields.CharField(max_length=20, primary_key=True)
    name = fields.CharField(max_length=64)
    short_name = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=32)
    parent = fields.CharField(max_length=20, null=True)
    region_code = fields.CharField(max_length=20)
    hotlines: fields.JSONField[list[str]] = fields.JSONField(default=list)
    aliases: fields.JSONField[list[str]] = fields.JSONField(default=list)

    class Meta:
        table = "directory_department"
