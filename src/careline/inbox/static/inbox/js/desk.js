// The pages work without this; with it they are live, keep drafts and listen to the keyboard.

import { renew, startComposer } from "./composer.js";
import { startContext } from "./context.js";
import { startHeld } from "./held.js";
import { startKeys } from "./keys.js";
import { startLightbox } from "./lightbox.js";
import { startMenus } from "./menus.js";
import { startNavigate } from "./navigate.js";
import { startPresence } from "./presence.js";
import { startRefresh } from "./refresh.js";
import { startStream } from "./stream.js";
import { startUndo } from "./undo.js";
import { startTimes } from "./words.js";

startTimes();
startComposer();
startHeld();
startRefresh();
startNavigate();
startKeys();
startContext();
startLightbox();
startMenus();
startStream();
startPresence();
startUndo(renew);

// The list stays where it was when a page is loaded anew; from row to row it is not touched at all.
const rows = () => document.getElementById("rows");
const place = () => `careline:scroll:${location.pathname.split("/").slice(1, 3).join(":")}`;
rows()?.scrollTo({ top: Number(sessionStorage.getItem(place()) ?? 0) });
window.addEventListener("pagehide", () => sessionStorage.setItem(place(), rows()?.scrollTop ?? 0));
