from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('notify', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Allowance',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('citizen_id', fields.BigIntField()),
                ('channel', fields.CharField(default='wechat', max_length=16)),
                ('kind', fields.CharField(max_length=32)),
                ('credits', fields.IntField(default=0)),
                ('is_for_good', fields.BooleanField(default=False)),
                ('is_refused_always', fields.BooleanField(default=False)),
            ],
            options={'table': 'notify_allowance', 'app': 'notify', 'unique_together': (('citizen_id', 'channel', 'kind'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Digest',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('open_key', fields.CharField(null=True, unique=True, max_length=24)),
                ('citizen_id', fields.BigIntField()),
                ('count', fields.IntField(default=0)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_digest', 'app': 'notify', 'indexes': [Index(fields=['due_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Preference',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('citizen_id', fields.BigIntField()),
                ('channel', fields.CharField(max_length=16)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_preference', 'app': 'notify', 'unique_together': (('citizen_id', 'channel'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Receipt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('channel', fields.CharField(max_length=16)),
                ('provider', fields.CharField(default='', max_length=16)),
                ('number', fields.CharField(max_length=64)),
                ('dispatch_id', fields.BigIntField()),
                ('sent_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_receipt', 'app': 'notify', 'unique_together': (('channel', 'number'),), 'indexes': [Index(fields=['due_at']), Index(fields=['provider', 'sent_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SmsProvider',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ('weight', fields.SmallIntField()),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_sms_provider', 'app': 'notify', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Unreachable',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('citizen_id', fields.BigIntField()),
                ('channel', fields.CharField(max_length=16)),
                ('address_hash', fields.CharField(max_length=64)),
                ('reason', fields.CharField(max_length=120)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notify_unreachable', 'app': 'notify', 'unique_together': (('citizen_id', 'channel'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Dispatch',
            name='can_wait',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Dispatch',
            name='claim',
            field=fields.CharField(default='', max_length=16),
        ),
        ops.AddField(
            model_name='Dispatch',
            name='if_unread',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Dispatch',
            name='is_urgent',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Dispatch',
            name='rank',
            field=fields.SmallIntField(default=0),
        ),
        ops.AddIndex(
            model_name='Dispatch',
            index=Index(fields=['citizen_id', 'final_at']),
        ),
        ops.AddIndex(
            model_name='Dispatch',
            index=Index(fields=['state', 'final_at']),
        ),
        ops.AddField(
            model_name='Notice',
            name='values',
            field=fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Notice',
            name='words',
            field=fields.CharField(default='', max_length=32),
        ),
        # A unique key of an existing table cannot be changed on SQLite, so the ledger moves to a new one.
        ops.RunSQL(
            'INSERT INTO notify_allowance (citizen_id, channel, kind, credits, is_for_good, is_refused_always) '
            "SELECT citizen_id, 'wechat', kind, credits, 0, is_refused_always FROM notify_grant"
        ),
        ops.DeleteModel(name='Grant'),
    ]
