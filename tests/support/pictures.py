"""Pictures of what a browser test meets, for a person to look at: SCREENSHOTS_TO=FOLDER pytest …"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from support.rest import come_to_rest

SIZES = ((1440, 900), (1024, 768), (390, 844))


def picture(page: Page, name: str) -> None:
    """Leave the page as it stands in every size and both colours, if pictures are asked for; give its size back."""
    folder, before = os.environ.get("SCREENSHOTS_TO"), page.viewport_size
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            come_to_rest(page)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", caret="initial")
    page.emulate_media(color_scheme="null")
    if before is not None:
        page.set_viewport_size(before)
