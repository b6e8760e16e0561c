from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0002_hall_day')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CalendarChange',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('source', fields.CharField(max_length=200)),
                ('status', fields.CharField(max_length=12)),
                ('by', fields.CharField(max_length=64)),
                ('first_on', fields.DateField()),
                ('last_on', fields.DateField()),
                ('days', fields.IntField()),
                ('before', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('applied_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('undone_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'workdays_change', 'app': 'app', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Pressure',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=96)),
                ('count', fields.IntField(default=0)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'booking_pressure', 'app': 'app', 'indexes': [Index(fields=['count']), Index(fields=['until'])], 'pk_attr': 'key'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ReturningPlace',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('slot_id', fields.CharField(max_length=64)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'booking_returning_place', 'app': 'app', 'indexes': [Index(fields=['due_at']), Index(fields=['slot_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UsedProof',
            fields=[
                ('nonce', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=16)),
                ('used_for', fields.CharField(default='', max_length=64)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'booking_used_proof', 'app': 'app', 'indexes': [Index(fields=['until'])], 'pk_attr': 'nonce'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Waiting',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('line', fields.CharField(max_length=56)),
                ('citizen_id', fields.BigIntField()),
                ('person', fields.CharField(max_length=40)),
                ('hall_code', fields.CharField(max_length=24)),
                ('group_code', fields.CharField(max_length=16)),
                ('on', fields.DateField()),
                ('part', fields.CharField(max_length=2)),
                ('matter_codes', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('people', fields.IntField(default=1)),
                ('slots', fields.IntField()),
                ('is_elder', fields.BooleanField(default=False)),
                ('state', fields.CharField(default='waiting', max_length=8)),
                ('passed_why', fields.CharField(default='', max_length=40)),
                ('booking_number', fields.CharField(null=True, max_length=16)),
                ('joined_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'booking_waiting', 'app': 'app', 'indexes': [Index(fields=['line', 'state', 'id']), Index(fields=['citizen_id', 'id']), Index(fields=['booking_number']), Index(fields=['state', 'until']), Index(fields=['hall_code', 'on'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='AccessToken',
            options={'table': 'platform_token', 'app': 'app', 'pk_attr': 'appid'},
        ),
        ops.AlterModelOptions(
            name='AuditRow',
            options={'table': 'staff_audit_row', 'app': 'app', 'indexes': [Index(fields=['at']), Index(fields=['staff_id', 'at']), Index(fields=['citizen_id', 'at']), Index(fields=['subject'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Booking',
            options={'table': 'booking_booking', 'app': 'app', 'indexes': [Index(fields=['citizen_id', 'starts_at']), Index(fields=['hall_code', 'starts_at']), Index(fields=['state', 'hold_until']), Index(fields=['remind_day_at']), Index(fields=['remind_soon_at']), Index(fields=['contact_mobile_index'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='CalendarDay',
            options={'table': 'workdays_day', 'app': 'app', 'pk_attr': 'date'},
        ),
        ops.AddField(
            model_name='CalendarDay',
            name='change_code',
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AlterModelOptions(
            name='Citizen',
            options={'table': 'citizens_citizen', 'app': 'app', 'indexes': [Index(fields=['mobile_index'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Claim',
            options={'table': 'booking_claim', 'app': 'app', 'indexes': [Index(fields=['booking_number'])], 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='Closure',
            options={'table': 'booking_closure', 'app': 'app', 'indexes': [Index(fields=['hall_code', 'ends_at'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Consent',
            options={'table': 'citizens_consent', 'app': 'app', 'indexes': [Index(fields=['citizen_id', 'text_name'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='CounterGroup',
            options={'table': 'halls_group', 'app': 'app', 'unique_together': (('hall_code', 'group_code'),), 'pk_attr': 'key'},
        ),
        ops.AddField(
            model_name='CounterGroup',
            name='kind',
            field=fields.CharField(default='counter', db_default='counter', max_length=8),
        ),
        ops.AlterModelOptions(
            name='GroupSetting',
            options={'table': 'booking_group_setting', 'app': 'app', 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='Hall',
            options={'table': 'halls_hall', 'app': 'app', 'pk_attr': 'code'},
        ),
        ops.AlterModelOptions(
            name='HallPolicy',
            options={'table': 'booking_hall_policy', 'app': 'app', 'pk_attr': 'hall_code'},
        ),
        ops.AlterModelOptions(
            name='HallQueuePolicy',
            options={'table': 'queue_hall_policy', 'app': 'app', 'pk_attr': 'hall_code'},
        ),
        ops.AlterModelOptions(
            name='Heartbeat',
            options={'table': 'worker_heartbeat', 'app': 'app', 'pk_attr': 'process'},
        ),
        ops.AlterModelOptions(
            name='HoursChange',
            options={'table': 'booking_hours_change', 'app': 'app', 'indexes': [Index(fields=['hall_code']), Index(fields=['calendar_code'])], 'pk_attr': 'id'},
        ),
        ops.AddField(
            model_name='HoursChange',
            name='calendar_code',
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name='HoursChange',
            name='pattern',
            field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddIndex(
            model_name='HoursChange',
            index=Index(fields=['calendar_code']),
        ),
        ops.AlterModelOptions(
            name='IdempotentAnswer',
            options={'table': 'http_idempotent_answer', 'app': 'app', 'indexes': [Index(fields=['made_at'])], 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='Identity',
            options={'table': 'citizens_identity', 'app': 'app', 'unique_together': (('channel', 'external_id'),), 'indexes': [Index(fields=['citizen_id', 'channel'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='LifeEvent',
            options={'table': 'matters_life_event', 'app': 'app', 'pk_attr': 'code'},
        ),
        ops.AlterModelOptions(
            name='Matter',
            options={'table': 'matters_matter', 'app': 'app', 'indexes': [Index(fields=['stamp']), Index(fields=['status', 'checked_on']), Index(fields=['dept_code'])], 'pk_attr': 'code'},
        ),
        ops.AlterModelOptions(
            name='MatterImport',
            options={'table': 'matters_import', 'app': 'app', 'indexes': [Index(fields=['state', 'at'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='NoShow',
            options={'table': 'booking_no_show', 'app': 'app', 'indexes': [Index(fields=['person', 'starts_at'])], 'pk_attr': 'booking_number'},
        ),
        ops.AlterModelOptions(
            name='NumberRow',
            options={'table': 'queue_number', 'app': 'app', 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='OpeningPattern',
            options={'table': 'booking_opening_pattern', 'app': 'app', 'indexes': [Index(fields=['hall_code'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Pickup',
            options={'table': 'pickup_pickup', 'app': 'app', 'indexes': [Index(fields=['hall_code', 'state', 'ready_at']), Index(fields=['citizen_id', 'state'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Region',
            options={'table': 'directory_region', 'app': 'app', 'indexes': [Index(fields=['parent'])], 'pk_attr': 'code'},
        ),
        ops.AlterModelOptions(
            name='Restriction',
            options={'table': 'booking_restriction', 'app': 'app', 'indexes': [Index(fields=['person', 'until']), Index(fields=['appeal_state'])], 'pk_attr': 'code'},
        ),
        ops.AlterModelOptions(
            name='Revision',
            options={'table': 'matters_revision', 'app': 'app', 'unique_together': (('matter_code', 'version'),), 'indexes': [Index(fields=['import_code'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Scan',
            options={'table': 'queue_scan', 'app': 'app', 'indexes': [Index(fields=['hall_code', 'at']), Index(fields=['subject'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='SearchMiss',
            options={'table': 'matters_search_miss', 'app': 'app', 'unique_together': (('on_day', 'text'),), 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Slot',
            options={'table': 'booking_slot', 'app': 'app', 'indexes': [Index(fields=['on'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='SmsCode',
            options={'table': 'citizens_sms_code', 'app': 'app', 'indexes': [Index(fields=['expires_at'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='SmsQuota',
            options={'table': 'citizens_sms_quota', 'app': 'app', 'unique_together': (('scope', 'subject'),), 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Staff',
            options={'table': 'staff_staff', 'app': 'app', 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Stamp',
            options={'table': 'matters_stamp', 'app': 'app', 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='Step',
            options={'table': 'queue_step', 'app': 'app', 'indexes': [Index(fields=['ticket_id', 'id']), Index(fields=['hall_code', 'on_day', 'id'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Synonym',
            options={'table': 'matters_synonym', 'app': 'app', 'pk_attr': 'official'},
        ),
        ops.AlterModelOptions(
            name='Ticket',
            options={'table': 'queue_ticket', 'app': 'app', 'unique_together': (('hall_code', 'on_day', 'number'),), 'indexes': [Index(fields=['hall_code', 'on_day', 'group_code', 'state', 'order_at']), Index(fields=['hall_code', 'on_day', 'group_code', 'first_called_at']), Index(fields=['citizen_id', 'on_day']), Index(fields=['guest_hash']), Index(fields=['state', 'called_at'])], 'pk_attr': 'id'},
        ),
        ops.AlterModelOptions(
            name='Tries',
            options={'table': 'staff_tries', 'app': 'app', 'pk_attr': 'key'},
        ),
        ops.AlterModelOptions(
            name='UsedState',
            options={'table': 'citizens_used_state', 'app': 'app', 'indexes': [Index(fields=['used_at'])], 'pk_attr': 'state_hash'},
        ),
    ]
