

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('members', '0001_squashed_0013_hidden_city'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email__endswith', '@erased.invalid'), _negated=True), models.Q(('function', ''), ('is_active', False), ('name', '')), _connector='OR'), name='user_erased_is_nobody', violation_error_message='An address at erased.invalid belongs to nobody.'),
        ),
    ]
