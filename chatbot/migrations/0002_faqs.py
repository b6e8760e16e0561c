from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('chatbot', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Asked',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=64)),
                ('text', fields.CharField(max_length=500)),
                ('count', fields.IntField(default=0)),
                ('missed', fields.IntField(default=0)),
                ('kind', fields.CharField(max_length=12)),
                ('answer_id', fields.CharField(default='', max_length=32)),
                ('chosen', fields.CharField(default='', max_length=32)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(default='open', max_length=10)),
                ('faq_code', fields.CharField(default='', max_length=32)),
                ('why', fields.CharField(default='', max_length=200)),
                ('by', fields.CharField(default='', max_length=64)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_asked', 'app': 'chatbot', 'indexes': [Index(fields=['state', 'missed']), Index(fields=['last_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Faq',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('question', fields.CharField(max_length=200)),
                ('answer', fields.TextField(unique=False)),
                ('similar', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('keywords', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('matter_code', fields.CharField(default='', max_length=64)),
                ('dept_code', fields.CharField(default='', max_length=20)),
                ('is_guide', fields.BooleanField(default=False)),
                ('status', fields.CharField(max_length=16)),
                ('valid_from', fields.DateField(null=True)),
                ('valid_to', fields.DateField(null=True)),
                ('dated', fields.DateField()),
                ('version', fields.IntField()),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_faq', 'app': 'chatbot', 'indexes': [Index(fields=['status', 'dated']), Index(fields=['dept_code', 'code'])], 'pk_attr': 'code'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FaqImport',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=32)),
                ('filename', fields.CharField(max_length=200)),
                ('digest', fields.CharField(max_length=64)),
                ('state', fields.CharField(default='previewed', max_length=10)),
                ('report', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('rows', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('by', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('applied_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('undone_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_faq_import', 'app': 'chatbot', 'indexes': [Index(fields=['state', 'at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FaqVersion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('faq_code', fields.CharField(max_length=32)),
                ('version', fields.IntField()),
                ('content', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('what', fields.CharField(max_length=40)),
                ('by', fields.CharField(max_length=64)),
                ('import_code', fields.CharField(null=True, max_length=32)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_faq_version', 'app': 'chatbot', 'unique_together': (('faq_code', 'version'),), 'indexes': [Index(fields=['import_code'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Mark',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=8)),
                ('epoch', fields.CharField(max_length=16)),
                ('value', fields.BigIntField(default=0)),
            ],
            options={'table': 'chatbot_mark', 'app': 'chatbot', 'pk_attr': 'key'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Rule',
            fields=[
                ('code', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('content', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('version', fields.IntField()),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_rule', 'app': 'chatbot', 'pk_attr': 'code'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('rule_code', fields.CharField(max_length=32)),
                ('version', fields.IntField()),
                ('content', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('what', fields.CharField(max_length=40)),
                ('by', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chatbot_rule_version', 'app': 'chatbot', 'unique_together': (('rule_code', 'version'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
