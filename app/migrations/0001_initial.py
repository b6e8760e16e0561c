from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Delivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event_id', fields.BigIntField()),
                ('subscriber', fields.CharField(max_length=96)),
                ('state', fields.CharField(default='due', max_length=8)),
                ('attempts', fields.IntField(default=0)),
                ('next_try_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox_delivery', 'app': 'app', 'unique_together': (('event_id', 'subscriber'),), 'indexes': [Index(fields=['state', 'next_try_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='IdempotentAnswer',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('request_hash', fields.CharField(max_length=64)),
                ('body', fields.BinaryField()),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'http_idempotent_answer', 'app': 'app', 'indexes': [Index(fields=['made_at'])], 'pk_attr': 'key', 'table_description': 'Key: a hash of who asked and the key they sent.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RecordedEvent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=64)),
                ('payload', fields.TextField(unique=False)),
                ('spread', fields.BooleanField(default=False)),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'outbox_event', 'app': 'app', 'indexes': [Index(fields=['spread', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Session',
            fields=[
                ('token_hash', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('kind', fields.CharField(max_length=8)),
                ('subject_id', fields.BigIntField()),
                ('channel', fields.CharField(max_length=16)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'http_session', 'app': 'app', 'indexes': [Index(fields=['kind', 'subject_id']), Index(fields=['opened_at'])], 'pk_attr': 'token_hash'},
            bases=['Model'],
        ),
    ]
