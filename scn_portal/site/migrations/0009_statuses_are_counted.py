from django.db import migrations

# Apart from the change of the table, which nobody could read meanwhile.
KEEP_ALL = "SELECT scn_keep_city_records(ARRAY(SELECT city_id FROM site_cityrecord))"


class Migration(migrations.Migration):
    dependencies = [("site", "0008_pledges_by_status")]

    operations = [migrations.RunSQL(KEEP_ALL, migrations.RunSQL.noop)]
