"""The store. The only package that imports a database driver; what others need is named here."""

from .errors import (
    StoreError,
    StoreLocked,
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
    Resolution,
    SagaFilter,
    SagaRow,
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
    "Resolution",
    "SagaFilter",
    "SagaRow",
    "Store",
    "StoreCounts",
    "StoreError",
    "StoreLocked",
    "StoreMisconfigured",
    "StoreNewer",
    "StoreRefused",
    "StoreUnavailable",
    "StoreUnusable",
    "Transaction",
]
