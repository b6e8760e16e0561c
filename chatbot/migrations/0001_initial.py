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
                ('claimed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_agent', 'app': 'chatbot', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=16)),
                ('conversation_id', fields.BigIntField()),
                ('message_id', fields.BigIntField()),
                ('kind', fields.CharField(max_length=8)),
                ('key', fields.CharField(default='', max_length=64)),
                ('account', fields.CharField(default='', max_length=4)),
                ('media_id', fields.CharField(default='', max_length=256)),
                ('attempts', fields.IntField(default=0)),
                ('next_try_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_attachment', 'app': 'chatbot', 'indexes': [Index(fields=['message_id']), Index(fields=['conversation_id']), Index(fields=['next_try_at'])], 'pk_attr': 'id'},
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
                ('account', fields.CharField(default='', max_length=4)),
                ('openid', fields.CharField(default='', max_length=64)),
                ('unread_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('unread_told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('citizen_typing_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('staff_typing_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('memory', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('why', fields.CharField(default='', max_length=60)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('promised_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('claimed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('first_reply_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('grade', fields.SmallIntField(null=True)),
                ('rated_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_conversation', 'app': 'chatbot', 'indexes': [Index(fields=['peer', 'id']), Index(fields=['state', 'asked_at']), Index(fields=['state', 'last_at']), Index(fields=['staff_id', 'state']), Index(fields=['unread_since'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Delivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('conversation_id', fields.BigIntField()),
                ('message_id', fields.BigIntField(unique=True)),
                ('account', fields.CharField(max_length=4)),
                ('openid', fields.CharField(max_length=64)),
                ('state', fields.CharField(default='waiting', max_length=8)),
                ('attempts', fields.IntField(default=0)),
                ('reason', fields.CharField(default='', max_length=60)),
                ('next_try_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('final_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_delivery', 'app': 'chatbot', 'indexes': [Index(fields=['state', 'next_try_at']), Index(fields=['conversation_id', 'id'])], 'pk_attr': 'id'},
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
    ]
