"""The store. The only package that imports a database driver; what others need is named here."""

from .errors import (
    StoreError,
    StoreHeld,
    StoreMisconfigured,
    StoreNewer,
    StoreRefused,
    StoreUnavailable,
    StoreUnusable,
)
from .rows import (
    Applied,
    Changes,
    HistoryRow,
    Loaded,
    OutboxRow,
    QuarantineEntry,
    QuarantineFilter,
    QuarantineGroup,
    QuarantinePart,
    QuarantineRow,
    SagaFilter,
    SagaRow,
    Settled,
    StoreCounts,
)
from .sql_store import Store, Transaction

__all__ = [
    "Applied",
    "Changes",
    "HistoryRow",
    "Loaded",
    "OutboxRow",
    "QuarantineEntry",
    "QuarantineFilter",
    "QuarantineGroup",
    "QuarantinePart",
    "QuarantineRow",
    "SagaFilter",
    "SagaRow",
    "Settled",
    "Store",
    "StoreCounts",
    "StoreError",
    "StoreHeld",
    "StoreMisconfigured",
    "StoreNewer",
    "StoreRefused",
    "StoreUnavailable",
    "StoreUnusable",
    "Transaction",
]
