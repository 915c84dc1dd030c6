"""The digests of the rows that an entry changed: written with the entry, and read again to hold the rows against."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from tracker.pieces import in_pieces
from tracker.record.audit.sealing import RandomBytes
from tracker.record.base import Table
from tracker.record.changed_rows import ChangedRows, columns_of, key_of, parts_of
from tracker.record.row_digest import plain, row_digest
from tracker.record.row_sum_table import RowSum

SUMS = "row_sums"
"""The open value of an entry's last audit row: how many rows it changed, and the digest of their digests."""
_CHUNK = 400
_BATCH_ROWS = 1_000


class Sum(NamedTuple):
    """A row as an entry left it; `digest` None: deleted."""

    subject: str
    row_id: str
    digest: str | None
    salt: str | None


def sums_of(connection: Connection, changed: ChangedRows, random_bytes: RandomBytes) -> list[Sum]:
    """What the entry has to keep of the rows it changed."""
    found = []
    with changed.apart():
        for table, ids in sorted(changed.found().items(), key=lambda each: each[0].__tablename__):
            digests = dict(digests_of(connection, table, ids - changed.gone(table)))
            for row_id in sorted(ids):
                digest, salt = digests.get(row_id), random_bytes(16).hex()
                kept = (None, None) if digest is None else (salted(digest, salt), salt)
                found.append(Sum(table.__tablename__, str(row_id), *kept))
    return found


def keep(connection: Connection, seq: int, sums: list[Sum]) -> None:
    """Write them with the entry's last audit row; what was kept of the same rows before says nothing from now on."""
    for some in in_pieces(sums, _CHUNK):
        for subject in sorted({each.subject for each in some}):
            ids = [each.row_id for each in some if each.subject == subject]
            before = RowSum.subject == subject, RowSum.row_id.in_(ids), RowSum.salt.is_not(None)
            connection.execute(update(RowSum).where(*before).values(salt=None))
        connection.execute(insert(RowSum), [{"seq": seq, **each._asdict()} for each in some])


def told(sums: Iterable[Sum]) -> dict[str, Any]:
    """What the audit row says of them."""
    lines = sorted(f"{each.subject}\t{each.row_id}\t{each.digest or ''}\n" for each in sums)
    return {"rows": len(lines), "sha256": hashlib.sha256("".join(lines).encode()).hexdigest()}


def salted(digest: str, salt: str) -> str:
    return hashlib.sha256(f"{salt} {digest}".encode()).hexdigest()


def kept_sums(connection: Connection) -> Iterator[tuple[int, list[Sum]]]:
    """(last audit row, digests) of each entry, in order."""
    names = (RowSum.seq, RowSum.subject, RowSum.row_id, RowSum.digest, RowSum.salt)
    query = select(*names).order_by(RowSum.seq)
    seq, sums = 0, list[Sum]()
    for row in connection.execute(query, execution_options={"yield_per": _BATCH_ROWS}):
        if row.seq != seq and sums:
            yield seq, sums
            sums = []
        seq = row.seq
        sums.append(Sum(*row[1:]))
    if sums:
        yield seq, sums


def digests_of(connection: Connection, table: type[Table], ids: Iterable[Any]) -> Iterator[tuple[Any, str]]:
    """(id, digest) of rows that are there, with their parts."""
    wanted, key, has_parts = sorted(ids), key_of(table), bool(parts_of(table))
    for some in in_pieces(wanted, _CHUNK):
        query = select(columns_of(table)).where(key.in_(some))
        for row in connection.execute(query).mappings().all():
            yield row[key.name], whole_digest(connection, table, row) if has_parts else own_digest(table, row)


def own_digest(table: type[Table], row: Mapping[Any, Any]) -> str:
    return row_digest(row, table.not_in_digest)


def whole_digest(connection: Connection, table: type[Table], row: Mapping[Any, Any], *, again: bool = False) -> str:
    """Of a row and of every row of its parts, in the order of their keys.

    A part that has the digest of its content is taken by it: parts are many, and an entry should not read them all.
    With `again` every content is digested again, so that a part which was changed is found.
    """
    running = hashlib.sha256(own_digest(table, row).encode())
    mine = key_of(table) == row[key_of(table).name]
    if (contents := _contents(connection, table, mine, again=again)) is not None:
        running.update("".join(contents).encode())
        return running.hexdigest()
    for part, query in _of_parts(table, mine):
        for each in connection.execute(query, execution_options={"yield_per": _BATCH_ROWS}).mappings():
            running.update(own_digest(part, each).encode())
    return running.hexdigest()


def content_of(
    table: type[Table], row: Mapping[Any, Any], parts: Mapping[type[Table], Iterable[Mapping[Any, Any]]]
) -> str:
    """The digest of a part with its own parts, whatever numbers the database gave them, so that it can be made before
    they are written. Without the columns that name rows, and the digest itself."""
    lines = [_text(table, row)]
    for part, rows in sorted(parts.items(), key=lambda each: each[0].__tablename__):
        lines += sorted(_text(part, each) for each in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _text(table: type[Table], row: Mapping[Any, Any]) -> str:
    left_out = {key_of(table).name, table.digest_with, table.content_digest}
    values = {name: _number(plain(row[name])) for name in row if name not in left_out and row[name] is not None}
    return json.dumps(values, sort_keys=True, separators=(",", ":"))


def _number(value: Any) -> Any:
    """PostgreSQL gives a large number without a fraction back as a whole one."""
    if isinstance(value, dict):
        return {name: _number(each) for name, each in value.items()}
    return float(value) if isinstance(value, int) and abs(value) >= 1 << 53 else value


def _contents(
    connection: Connection, table: type[Table], mine: ColumnElement[bool], *, again: bool
) -> list[str] | None:
    """The digests of the content of each part, in the order of their keys; None where no part has one."""
    kept = [(part, part.content_digest) for part in parts_of(table) if part.content_digest is not None]
    if len(kept) != 1:
        return None
    part, name = kept[0]
    columns = columns_of(part)
    of = columns.c[str(part.digest_with)].in_(select(key_of(table)).where(mine))
    stored = connection.execute(select(key_of(part), columns.c[name]).where(of).order_by(key_of(part))).tuples().all()
    if all(content is None for _, content in stored):
        return None
    wanted = [key for key, content in stored if again or content is None]
    made = _made_again(connection, part, wanted)
    out = []
    for key, content in stored:
        found = made.get(key, content)
        out.append(found if content in (None, found) else f"{content} is not {found}")
    return out


def _made_again(connection: Connection, part: type[Table], keys: list[Any]) -> dict[Any, str]:
    out = {}
    for some in in_pieces(keys, _CHUNK):
        rows = connection.execute(select(columns_of(part)).where(key_of(part).in_(some))).mappings().all()
        below: dict[Any, dict[type[Table], list[Any]]] = {row[key_of(part).name]: {} for row in rows}
        for each in parts_of(part):
            reference = columns_of(each).c[str(each.digest_with)]
            for row in connection.execute(select(columns_of(each)).where(reference.in_(some))).mappings():
                below[row[reference.name]].setdefault(each, []).append(row)
        for row in rows:
            out[row[key_of(part).name]] = content_of(part, row, below[row[key_of(part).name]])
    return out


def _of_parts(table: type[Table], which: ColumnElement[bool]) -> Iterator[tuple[type[Table], Select[Any]]]:
    for part in parts_of(table):
        reference = columns_of(part).c[str(part.digest_with)]
        mine = reference.in_(select(key_of(table)).where(which))
        yield part, select(columns_of(part)).where(mine).order_by(key_of(part))
        yield from _of_parts(part, mine)
