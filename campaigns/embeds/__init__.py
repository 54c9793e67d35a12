"""Drawers: the curve of growth, and what others put on their own pages (badge, share card)."""
