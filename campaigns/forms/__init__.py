"""What an organiser types about a letter, checked by the rules the services keep."""

from campaigns.forms.note import NoteForm
from campaigns.forms.sheet import Sheet

__all__ = ["NoteForm", "Sheet"]
