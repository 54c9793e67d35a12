from signatures.models.delivery import Delivery
from signatures.models.export import Export
from signatures.models.invalidation import Invalidation
from signatures.models.notice import Notice
from signatures.models.sequence import Head
from signatures.models.signature import Signature

__all__ = ["Delivery", "Export", "Head", "Invalidation", "Notice", "Signature"]
