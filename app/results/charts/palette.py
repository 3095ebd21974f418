"""The colours of charts: those of `kiosk_ui/static/tokens.css`, written out so that a file stands alone.

A test holds every value equal to its token. Charts read in grey too: a shape, number or word says the same.
"""

PAPER = "#fcfbf8"
WASH = "#f2f1ec"
INK = "#182126"
QUIET = "#4d5a61"
LINE = "#d8dad6"
LINE_STRONG = "#7d878c"
ACCENT = "#0a5064"
ACCENT_WASH = "#e3eef0"
BAD = "#8f2f17"
LEVELS = ("#a4461f", "#d7a468", "#9aa1a4", "#7dbab6", "#0f6a6e")
ON_DARK = "#ffffff"
SHADES = ("#ffffff", "#f9eedd", "#efcfa3", "#d7a468", "#a4461f")

FONT = "Be Vietnam Pro, Be Vietnam Pro Fallback, system-ui, sans-serif"
