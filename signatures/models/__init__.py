from signatures.models.delivery import Delivery
from signatures.models.export import Export
from signatures.models.invalidation import Invalidation
from signatures.models.logged import Breakdown, Chain, LogEntry, LogKey, Published, Witnessed
from signatures.models.notice import Notice
from signatures.models.sequence import Head
from signatures.models.signature import Signature

__all__ = [
    "Breakdown",
    "Chain",
    "Delivery",
    "Export",
    "Head",
    "Invalidation",
    "LogEntry",
    "LogKey",
    "Notice",
    "Published",
    "Signature",
    "Witnessed",
]
