"""Invitations are counted by the time at which the network took them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('store', '0004_delivery_trouble'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(fields=['workspace', 'offered_ms'], name='handoff_offered'),
        ),
    ]
