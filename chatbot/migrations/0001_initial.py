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
            name='Agent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('staff_id', fields.BigIntField(unique=True)),
                ('claimed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('duty_on', fields.DateField(null=True)),
                ('most', fields.SmallIntField(null=True)),
            ],
            options={'table': 'chatbot_agent', 'app': 'chatbot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Conversation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('open_key', fields.CharField(null=True, unique=True, max_length=80)),
                ('peer', fields.CharField(max_length=80)),
                ('channel', fields.CharField(max_length=12)),
                ('citizen_id', fields.BigIntField(null=True)),
                ('state', fields.CharField(max_length=8)),
                ('staff_id', fields.BigIntField(null=True)),
                ('version', fields.IntField(default=0)),
                ('memory', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('why', fields.CharField(default='', max_length=60)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('promised_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claimed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('first_reply_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('handed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('taken_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('owed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('queue', fields.CharField(default='', max_length=16)),
                ('queued_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('is_urgent', fields.BooleanField(default=False)),
                ('about', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('delay_reason', fields.CharField(default='', max_length=100)),
                ('grade', fields.SmallIntField(null=True)),
                ('rated_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_conversation', 'app': 'chatbot', 'indexes': [Index(fields=['peer', 'id']), Index(fields=['state', 'asked_at']), Index(fields=['state', 'last_at']), Index(fields=['staff_id', 'state']), Index(fields=['handed_at']), Index(fields=['opened_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Label',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('name', fields.CharField(unique=True, max_length=12)),
            ],
            options={'table': 'chatbot_label', 'app': 'chatbot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Labelled',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('conversation_id', fields.BigIntField()),
                ('label', fields.CharField(max_length=16)),
            ],
            options={'table': 'chatbot_labelled', 'app': 'chatbot', 'unique_together': (('conversation_id', 'label'),), 'indexes': [Index(fields=['label', 'conversation_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Message',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('conversation_id', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('author', fields.CharField(max_length=8)),
                ('staff_id', fields.BigIntField(null=True)),
                ('kind', fields.CharField(max_length=12)),
                ('text', fields.TextField(unique=False)),
                ('answer', fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('outside_id', fields.CharField(null=True, unique=True, max_length=96)),
            ],
            options={'table': 'chatbot_message', 'app': 'chatbot', 'indexes': [Index(fields=['conversation_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Phrase',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('staff_id', fields.BigIntField(null=True)),
                ('title', fields.CharField(max_length=30)),
                ('text', fields.CharField(max_length=500)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_phrase', 'app': 'chatbot', 'indexes': [Index(fields=['staff_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SafeWord',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('word', fields.CharField(unique=True, max_length=20)),
                ('advice', fields.CharField(default='', max_length=60)),
            ],
            options={'table': 'chatbot_safe_word', 'app': 'chatbot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SkillQueue',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('name', fields.CharField(unique=True, max_length=20)),
                ('dept_codes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('matter_codes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('staff_ids', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('overflow_to', fields.CharField(null=True, max_length=16)),
                ('overflow_minutes', fields.IntField(default=0)),
                ('version', fields.IntField(default=1)),
            ],
            options={'table': 'chatbot_skill_queue', 'app': 'chatbot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
