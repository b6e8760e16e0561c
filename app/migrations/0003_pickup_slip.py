from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0002_hall_day')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Pickup',
            name='tail_sealed',
            field=fields.CharField(null=True, max_length=128),
        ),
    ]
