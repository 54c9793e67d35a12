"""Drawers of what others put on their own pages: badge, curve and share card."""
