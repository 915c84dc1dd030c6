"""The tables. Importing this package fills `Table.metadata`; migrations make them, `create_all` never."""

from tracker.store.tables.assignments import Assignment
from tracker.store.tables.crimes import Crime, CrimeBatch, CrimeVersion
from tracker.store.tables.imports import FileKind, ImportFile, ImportStatus
from tracker.store.tables.registry import Table

__all__ = ["Assignment", "Crime", "CrimeBatch", "CrimeVersion", "FileKind", "ImportFile", "ImportStatus", "Table"]
