from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('app', '0003_pickup_slip')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Slot',
            index=Index(fields=['hall_code', 'on']),
        ),
    ]
