from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Dispatch',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('notice_id', fields.BigIntField()),
                ('channel', fields.CharField(max_length=16)),
                ('citizen_id', fields.BigIntField()),
                ('kind', fields.CharField(max_length=32)),
                ('data', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('state', fields.CharField(default='waiting', max_length=8)),
                ('has_credit', fields.BooleanField(default=False)),
                ('attempts', fields.IntField(default=0)),
                ('next_try_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('reason', fields.CharField(default='', max_length=120)),
                ('final_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_dispatch', 'app': 'notify', 'unique_together': (('notice_id', 'channel'),), 'indexes': [Index(fields=['state', 'next_try_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Grant',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('citizen_id', fields.BigIntField()),
                ('kind', fields.CharField(max_length=32)),
                ('credits', fields.IntField(default=0)),
                ('is_refused_always', fields.BooleanField(default=False)),
            ],
            options={'table': 'notify_grant', 'app': 'notify', 'unique_together': (('citizen_id', 'kind'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Notice',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('key', fields.CharField(unique=True, max_length=96)),
                ('citizen_id', fields.BigIntField()),
                ('kind', fields.CharField(max_length=32)),
                ('title', fields.CharField(max_length=40)),
                ('body', fields.CharField(max_length=300)),
                ('page', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_notice', 'app': 'notify', 'indexes': [Index(fields=['citizen_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
