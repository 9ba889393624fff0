"""Icons, drawn as lines on a grid of 24, for scripts and HTML alike."""

from typing import Final

# ruff: noqa: E501
# A path is one word: breaking it would not make it easier to read.

ICONS: Final[dict[str, str]] = {
    "today": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4.5"/><circle cx="12" cy="12" r=".8"/>',
    "exposure": '<path d="M4 20v-7M9.3 20V9M14.6 20v-8M20 20V4"/>',
    "triggers": '<circle cx="12" cy="5" r="2.6"/><circle cx="5.5" cy="19" r="2.6"/><circle cx="18.5" cy="19" r="2.6"/><path d="M12 7.6v4.2M12 11.8c0 2.6-6.5 1.6-6.5 4.6M12 11.8c0 2.6 6.5 1.6 6.5 4.6"/>',
    "evidence": '<path d="M3.5 17.5 9 11l4 4 7.5-9M15.5 6h5v5"/>',
    "lab": '<path d="M9 3.5h6M10 3.5v6L4.8 18a1.7 1.7 0 0 0 1.5 2.5h11.4a1.7 1.7 0 0 0 1.5-2.5L14 9.5v-6M7.2 15h9.6"/>',
    "settings": '<path d="M3 7h9M18 7h3M3 17h3M12 17h9"/><circle cx="15" cy="7" r="2.6"/><circle cx="9" cy="17" r="2.6"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7"/>',
    "help": '<path d="M8.6 8.8a3.5 3.5 0 1 1 5 3.2c-1.1.6-1.6 1.2-1.6 2.4"/><path d="M12 18.6v.1"/>',
    "close": '<path d="M5.5 5.5l13 13M18.5 5.5l-13 13"/>',
    "down": '<path d="M6 9.5l6 6 6-6"/>',
    "left": '<path d="M14.5 6l-6 6 6 6"/>',
    "right": '<path d="M9.5 6l6 6-6 6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "undo": '<path d="M4.5 9.5h10a5 5 0 0 1 0 10h-4M8.5 5.5l-4 4 4 4"/>',
    "alert": '<path d="M12 3.8 21.5 20h-19ZM12 10v4.6M12 17.2v.1"/>',
    "upload": '<path d="M12 16V4.5M7 9l5-5 5 5M4 16v4h16v-4"/>',
    "download": '<path d="M12 4v11.5M7 11l5 5 5-5M4 16v4h16v-4"/>',
    "trash": '<path d="M4.5 6.5h15M9.5 6.5V4h5v2.5M6.5 6.5 7.5 20h9l1-13.5"/>',
    "reload": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4"/>',
    "replay": '<path d="M4.6 13.5a7.6 7.6 0 1 0 2-6.8L4.5 9M4.5 4.2V9h4.8M12 8.3V12l2.8 1.8"/>',
    "play": '<path d="M7.5 5v14l11-7Z"/>',
    "pause": '<path d="M8.5 5.5v13M15.5 5.5v13"/>',
    "back": '<path d="M18 6v12l-8.5-6ZM6 6v12"/>',
    "forward": '<path d="M6 6v12l8.5-6ZM18 6v12"/>',
}
"""The inside of an `svg` with ``viewBox="0 0 24 24"``, no fill, strokes in the text's colour."""
