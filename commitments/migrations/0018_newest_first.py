from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # so that nobody who writes waits for the indexes

    dependencies = [
        ('commitments', '0017_indexes_of_the_desk'),
    ]

    operations = [
        # Of history, whose models have no indexes of their own: when the day of a milestone was recorded.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY milestone_event_reached ON commitments_milestoneevent"
            " (pgh_created_at, pgh_obj_id) WHERE done_on IS NOT NULL",
            "DROP INDEX CONCURRENTLY milestone_event_reached",
        ),
        AddIndexConcurrently(
            model_name='milestone',
            index=models.Index(models.F('due_on'), models.F('id'), condition=models.Q(('done_on__isnull', True), ('taken_down_at__isnull', True)), name='milestone_coming'),
        ),
        AddIndexConcurrently(
            model_name='pledge',
            index=models.Index(models.F('published_at'), models.F('id'), condition=models.Q(('published_at__isnull', False), ('taken_down_at__isnull', True)), name='pledge_newest'),
        ),
        AddIndexConcurrently(
            model_name='progressupdate',
            index=models.Index(models.F('created_at'), models.F('id'), condition=models.Q(('taken_down_at__isnull', True)), name='update_newest'),
        ),
    ]
