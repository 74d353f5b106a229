"""Exports of one process, wired."""

from __future__ import annotations

from dataclasses import dataclass

from src.models.transaction import Transactions
from src.services.exports.exports import Exports
from src.services.exports.writing import WritingExports
from src.services.jobs.contracts import JobParts
from src.services.media.object_store import ObjectStore
from src.services.stores.stores import Stores
from src.utils.clock import Clock


@dataclass(frozen=True)
class Exporting:
    exports: Exports
    job_parts: JobParts


def wire_exports(*, objects: ObjectStore, stores: Stores, transactions: Transactions, clock: Clock) -> Exporting:
    exports = Exports(objects=objects, transactions=transactions, clock=clock)
    writing = WritingExports(objects=objects, stores=stores, clock=clock)
    return Exporting(exports, JobParts.of(handlers=(writing.handler,), scheduled=(exports.purging,)))
