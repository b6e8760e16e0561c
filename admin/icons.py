"""Line icons after Tabler's outlines (MIT), 24 by 24, drawn into the page."""

from markupsafe import Markup

_PATHS = {
    "scan": "M4 7v-1a2 2 0 0 1 2-2h2M4 17v1a2 2 0 0 0 2 2h2M16 4h2a2 2 0 0 1 2 2v1M16 20h2a2 2 0 0 0 2-2v-1M5 12h14",
    "camera": "M5 7h1a2 2 0 0 0 2-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1a2 2 0 0 0 2 2h1a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-14"
    "a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2M9 13a3 3 0 1 0 6 0a3 3 0 0 0-6 0",
    "check": "M5 12l5 5l10-10",
    "alert": "M12 9v4M10.4 3.6l-8.1 13.5a1.9 1.9 0 0 0 1.6 2.9h16.2a1.9 1.9 0 0 0 1.6-2.9l-8.1-13.5a1.9 "
    "1.9 0 0 0-3.2 0"
    "M12 16h.01",
    "x": "M18 6l-12 12M6 6l12 12",
    "calendar": "M4 7a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-12a2 2 0 0 1-2-2zM16 3v4M8 3v4M4 11h16",
    "package": "M12 3l8 4.5v9l-8 4.5l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12l-8-4.5",
    "clock": "M3 12a9 9 0 1 0 18 0a9 9 0 0 0-18 0M12 7v5l3 3",
    "import": "M14 3v4a1 1 0 0 0 1 1h4M5 13v-8a2 2 0 0 1 2-2h7l5 5v11a2 2 0 0 1-2 2h-5.5M2 19h7M6 16l3 3l-3 3",
    "search": "M3 10a7 7 0 1 0 14 0a7 7 0 1 0-14 0M21 21l-6-6",
    "bell": "M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3h-16a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6"
    "M9 17v1a3 3 0 0 0 6 0v-1",
    "shield": "M12 3a12 12 0 0 0 8.5 3a12 12 0 0 1-8.5 15a12 12 0 0 1-8.5-15a12 12 0 0 0 8.5-3",
    "call": "M15 8a5 5 0 0 1 0 8M17.7 5a9 9 0 0 1 0 14"
    "M6 15h-2a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h2l3.5-4.5a.8.8 0 0 1 1.5.5v14"
    "a.8.8 0 0 1-1.5.5z",
    "sliders": "M4 10a2 2 0 1 0 4 0a2 2 0 0 0-4 0M6 4v4M6 12v8M10 16a2 2 0 1 0 4 0a2 2 0 0 0-4 0M12 4v10M12 18v2"
    "M16 7a2 2 0 1 0 4 0a2 2 0 0 0-4 0M18 4v1M18 9v11",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "leave": "M14 8v-2a2 2 0 0 0-2-2h-7a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h7a2 2 0 0 0 2-2v-2M9 12h12l-3-3M18 15l3-3",
    "next": "M4 5v14l12-7zM20 5v14",
    "user": "M8 7a4 4 0 1 0 8 0a4 4 0 0 0-8 0M6 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2",
    "absent": "M8.2 8.2a4 4 0 0 0 2.6 2.6m3.5-.5a4 4 0 1 0-5.6-5.6M6 21v-2a4 4 0 0 1 4-4h4l1.2.2m2.6 2.6l.2 1.2v2"
    "M3 3l18 18",
    "users": "M5 7a4 4 0 1 0 8 0a4 4 0 1 0-8 0M3 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M16 3.1a4 4 0 0 1 0 7.8"
    "M21 21v-2"
    "a4 4 0 0 0-3-3.9",
    "hall": "M3 21h18M9 8h1M9 12h1M9 16h1M14 8h1M14 12h1M14 16h1M5 21v-16a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v16",
    "back": "M5 12h14M5 12l6 6M5 12l6-6",
    "undo": "M9 14l-4-4l4-4M5 10h11a4 4 0 1 1 0 8h-1",
    "refresh": "M20 11a8.1 8.1 0 0 0-15.5-2m-.5-4v4h4M4 13a8.1 8.1 0 0 0 15.5 2m.5 4v-4h-4",
    "eye": "M10 12a2 2 0 1 0 4 0a2 2 0 0 0-4 0M21 12c-2.4 4-5.4 6-9 6s-6.6-2-9-6c2.4-4 5.4-6 9-6s6.6 2 9 6",
    "plus": "M12 5v14M5 12h14",
    "list": "M9 6h11M9 12h11M9 18h11M5 6v.01M5 12v.01M5 18v.01",
    "key": "M16.6 3.4l4 4a2 2 0 0 1 0 2.9l-3 3a2 2 0 0 1-2.9 0l-.6-.6l-6.9 6.9a2 2 0 0 1-1.4.4h-1.8v-2"
    "h2v-2h2v-2l2.1-2.1"
    "l-.6-.6a2 2 0 0 1 0-2.9l3-3a2 2 0 0 1 2.9 0",
    "hand": "M12 19h-7a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2h4l3 3h7a2 2 0 0 1 2 2v4M15 19l2 2l4-4",
}


def icon(name: str) -> Markup:
    """The drawing as inline SVG; it says nothing to a screen reader, the word beside it does."""
    return Markup(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>'
    ).format(_PATHS[name])
