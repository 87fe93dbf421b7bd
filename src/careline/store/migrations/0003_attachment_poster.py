from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0002_look_of_a_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='duration_ms',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='poster',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='identity',
            name='read_ms',
            field=models.JSONField(default=dict),
        ),
    ]
