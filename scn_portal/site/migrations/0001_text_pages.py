import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('members', '0002_text_search_configurations'),
    ]

    operations = [
        migrations.CreateModel(
            name='TextPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('title_en', models.CharField(max_length=200)),
                ('title_fr', models.CharField(max_length=200)),
                ('keywords_en', models.TextField()),
                ('keywords_fr', models.TextField()),
                ('text_en', models.TextField()),
                ('text_fr', models.TextField()),
                ('search_fr', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_fr', config='scn_french', weight='A'), '||', django.contrib.postgres.search.SearchVector('keywords_fr', config='scn_french', weight='B'), django.contrib.postgres.search.SearchConfig('scn_french')), '||', django.contrib.postgres.search.SearchVector('text_fr', config='scn_french', weight='D'), django.contrib.postgres.search.SearchConfig('scn_french')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('search_en', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title_en', config='scn_english', weight='A'), '||', django.contrib.postgres.search.SearchVector('keywords_en', config='scn_english', weight='B'), django.contrib.postgres.search.SearchConfig('scn_english')), '||', django.contrib.postgres.search.SearchVector('text_en', config='scn_english', weight='D'), django.contrib.postgres.search.SearchConfig('scn_english')), output_field=django.contrib.postgres.search.SearchVectorField())),
            ],
        ),
    ]
