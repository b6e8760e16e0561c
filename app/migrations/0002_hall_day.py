from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Courier',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('pickup_id', fields.BigIntField(unique=True)),
                ('name_sealed', fields.CharField(max_length=255)),
                ('mobile_sealed', fields.CharField(max_length=128)),
                ('address_sealed', fields.TextField(unique=False)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('carrier', fields.CharField(default='', max_length=30)),
                ('waybill', fields.CharField(default='', max_length=40)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('sent_by', fields.BigIntField(null=True)),
            ],
            options={'table': 'pickup_courier', 'app': 'app', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='HallQueuePolicy',
            fields=[
                ('hall_code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=24)),
                ('overrides', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'queue_hall_policy', 'app': 'app', 'pk_attr': 'hall_code'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Machine',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('name', fields.CharField(max_length=30)),
                ('hall_code', fields.CharField(max_length=24)),
                ('site', fields.CharField(max_length=60)),
                ('compartments', fields.IntField()),
                ('is_active', fields.BooleanField(default=True)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('made_by', fields.BigIntField()),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pickup_machine', 'app': 'app', 'indexes': [Index(fields=['hall_code', 'is_active'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OfflineScan',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('scan_id', fields.CharField(unique=True, max_length=36)),
                ('purpose', fields.CharField(max_length=8)),
                ('staff_id', fields.BigIntField()),
                ('hall_code', fields.CharField(max_length=24)),
                ('text_hash', fields.CharField(max_length=64)),
                ('subject', fields.CharField(default='', max_length=32)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('judged_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharField(max_length=48)),
                ('message', fields.CharField(max_length=200)),
            ],
            options={'table': 'queue_offline_scan', 'app': 'app', 'indexes': [Index(fields=['hall_code', 'judged_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Proxy',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('pickup_id', fields.BigIntField(db_index=True)),
                ('active_key', fields.BigIntField(null=True, unique=True)),
                ('state', fields.CharField(max_length=8)),
                ('name_sealed', fields.CharField(max_length=255)),
                ('tail_sealed', fields.CharField(max_length=128)),
                ('secret_sealed', fields.CharField(max_length=255)),
                ('secret_index', fields.CharField(unique=True, max_length=64)),
                ('digits_sealed', fields.CharField(max_length=128)),
                ('digits_index', fields.CharField(null=True, unique=True, max_length=64)),
                ('nonce', fields.CharField(max_length=16)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pickup_proxy', 'app': 'app', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Stay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('pickup_id', fields.BigIntField(db_index=True)),
                ('machine_id', fields.BigIntField(db_index=True)),
                ('no', fields.IntField()),
                ('key', fields.CharField(null=True, unique=True, max_length=32)),
                ('reservation', fields.CharField(null=True, unique=True, max_length=16)),
                ('reserved_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('stored_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('stored_by', fields.BigIntField()),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pickup_stay', 'app': 'app', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Step',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ticket_id', fields.BigIntField()),
                ('hall_code', fields.CharField(max_length=24)),
                ('group_code', fields.CharField(max_length=16)),
                ('on_day', fields.DateField()),
                ('step', fields.CharField(max_length=12)),
                ('source', fields.CharField(max_length=8)),
                ('target', fields.CharField(max_length=8)),
                ('counter_code', fields.CharField(null=True, max_length=32)),
                ('who', fields.CharField(max_length=8)),
                ('staff_id', fields.BigIntField(null=True)),
                ('why', fields.CharField(default='', max_length=100)),
            ],
            options={'table': 'queue_step', 'app': 'app', 'indexes': [Index(fields=['ticket_id', 'id']), Index(fields=['hall_code', 'on_day', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Pickup',
            name='archive_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Pickup',
            name='archived_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Pickup',
            name='handed_proxy_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Pickup',
            name='overdue_step',
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Pickup',
            name='presented_proxy_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name='Pickup',
            index=Index(fields=['state', 'until_on']),
        ),
        ops.AddIndex(
            model_name='Pickup',
            index=Index(fields=['state', 'archive_on']),
        ),
        ops.AddField(
            model_name='Ticket',
            name='channel',
            field=fields.CharField(default='counter', db_default='counter', max_length=8),
        ),
        ops.AddField(
            model_name='Ticket',
            name='due_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='first_called_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='guest_hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='Ticket',
            name='lane',
            field=fields.CharField(default='booked', db_default='booked', max_length=8),
        ),
        ops.AddField(
            model_name='Ticket',
            name='leaves',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Ticket',
            name='left_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Ticket',
            name='near_told',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Ticket',
            name='priority',
            field=fields.CharField(default='', db_default='', max_length=10),
        ),
        ops.AddField(
            model_name='Ticket',
            name='shown_name',
            field=fields.CharField(default='', db_default='', max_length=20),
        ),
        ops.AddField(
            model_name='Ticket',
            name='skips',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Ticket',
            name='wanted_counter',
            field=fields.CharField(null=True, max_length=32),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['hall_code', 'on_day', 'group_code', 'first_called_at']),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['guest_hash']),
        ),
        ops.AddIndex(
            model_name='Ticket',
            index=Index(fields=['state', 'called_at']),
        ),
    ]
