from campaigns.models.event import LetterEvent
from campaigns.models.invitation import Invitation
from campaigns.models.keys import DayKey, SealingKey
from campaigns.models.letter import Letter, Target
from campaigns.models.organiser import Organiser
from campaigns.models.report import Report
from campaigns.models.revision import Revision
from campaigns.models.tally import GrowthHour, Tally

__all__ = [
    "DayKey",
    "GrowthHour",
    "Invitation",
    "Letter",
    "LetterEvent",
    "Organiser",
    "Report",
    "Revision",
    "SealingKey",
    "Tally",
    "Target",
]
