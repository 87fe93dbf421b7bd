"""An index of the few deliveries that failed or need a person, so that the list can show them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("store", "0003_attachment_poster")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "needs_person"])),
                fields=["workspace", "identity", "message"],
                name="delivery_trouble",
            ),
        ),
    ]
