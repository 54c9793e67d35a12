from signatures.models.consent import Consent
from signatures.models.delivery import Delivery
from signatures.models.erasure import Erasure, Sweep
from signatures.models.export import Export
from signatures.models.funnel import Funnel
from signatures.models.invalidation import Invalidation
from signatures.models.logged import Breakdown, Chain, LogEntry, LogKey, Published, Witnessed
from signatures.models.notice import Notice
from signatures.models.sequence import Head
from signatures.models.signature import Signature
from signatures.models.slip import Slip
from signatures.models.suppressed import Suppressed
from signatures.models.update import Update

__all__ = [
    "Breakdown",
    "Chain",
    "Consent",
    "Delivery",
    "Erasure",
    "Export",
    "Funnel",
    "Head",
    "Invalidation",
    "LogEntry",
    "LogKey",
    "Notice",
    "Published",
    "Signature",
    "Slip",
    "Suppressed",
    "Sweep",
    "Update",
    "Witnessed",
]
