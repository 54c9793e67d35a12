"""Where the list stands on a page of A4, in points from the bottom left."""

MM = 72 / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
LEFT, RIGHT = 22 * MM, 188 * MM
TOP, BOTTOM = HEIGHT - 24 * MM, HEIGHT - 275 * MM
FOOT = HEIGHT - 284 * MM
INK, RULE = "0.11 0.106 0.094", "0.847 0.824 0.769"  # as in page.css
