"""Files of a home and of a backup, put in, changed, linked or taken away."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from api.errors import NotReady
from api.usecases.home_keys import second_factor_key, signing_key
from tests.support.worlds import World

pytestmark = pytest.mark.slow


def _entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, 0o4777
    return made


def _with(
    archive: Path, out: Path, *added: tarfile.TarInfo, without: str = "", text: dict[str, bytes] | None = None
) -> Path:
    """The archive with more members, without one, or with another text in one."""
    with tarfile.open(archive) as source, tarfile.open(out, "w") as made:
        for member in source.getmembers():
            held = source.extractfile(member)
            assert held is not None
            data = (text or {}).get(member.name, held.read())
            member.size = len(data)
            if member.name != without:
                made.addfile(member, io.BytesIO(data))
        for member in added:
            member.size = 32 if member.isreg() else 0
            made.addfile(member, io.BytesIO(b"k" * 32))
    return out


def test_no_archive_puts_anything_where_it_was_not_backed_up(copied: World, tmp_path: Path) -> None:
    """Also not into the home: a key of tokens put in would open it to whoever put it in."""
    folder = tmp_path / "backups"
    folder.mkdir()
    archive = folder / "whole.tar"
    made = copied.run("backup", archive)
    assert made.exit_code == 0, made.output
    link = tarfile.SYMTYPE
    attacks = {
        "slip": _with(archive, folder / "a.tar", _entry("../slipped")),
        "absolute": _with(archive, folder / "b.tar", _entry(str(tmp_path / "slipped"))),
        "through a link": _with(archive, folder / "c.tar", _entry("l", link, str(tmp_path)), _entry("l/slipped")),
        "a link inside": _with(archive, folder / "d.tar", _entry("runs/l", link, "../audit.key")),
        "a hard link": _with(archive, folder / "e.tar", _entry("h", tarfile.LNKTYPE, "audit.key")),
        "a pipe": _with(archive, folder / "f.tar", _entry("fifo", tarfile.FIFOTYPE)),
        "a key of tokens": _with(archive, folder / "g.tar", _entry("token.key")),
        "a second key of the audit": _with(archive, folder / "h.tar", _entry("audit.key")),
        "a program": _with(archive, folder / "i.tar", _entry("runs/run.py")),
        "no key": _with(archive, folder / "j.tar", without="audit.key"),
        "no list": _with(archive, folder / "k.tar", without="backup.json"),
        "a list of another form": _with(archive, folder / "l.tar", text={"backup.json": b"[]"}),
        "a list that is no JSON": _with(archive, folder / "m.tar", text={"backup.json": b"{"}),
        "another key": _with(archive, folder / "n.tar", text={"audit.key": b"{}"}),
    }  # fmt: skip
    for what, each in attacks.items():
        home = World(tmp_path / "restored", copied.files, copied.database)
        result = home.run("restore", each)
        assert result.exit_code == 1, (what, result.output)
        assert "an error of the program" not in result.output, (what, result.output)
        assert not home.home.exists(), what
        assert not (tmp_path / "slipped").exists(), what
        assert not list(tmp_path.glob(".restore-*")), what


def test_a_journal_that_was_cut_short_brings_nobody_back(copied: World, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for wearer in ("W-hidden", "W-away"):
        erased = copied.run("keep", "erase", wearer, "--reason", "request of 3 October", "--yes")
        assert erased.exit_code == 0, erased.output
    made = copied.run("backup", folder / "b.tar")
    assert made.exit_code == 0, made.output
    journal = folder / "tagpilot-erasures.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    assert len(lines) == 2
    for left in ("", lines[0], lines[1], lines[0][:20]):
        journal.write_text(left)
        home = World(tmp_path / "restored", copied.files, copied.database)
        result = home.run("restore", folder / "b.tar")
        assert result.exit_code == 1, (left, result.output)
        assert "journal of erasures is not whole" in result.output
        assert not home.home.exists()


def test_a_link_in_a_home_is_named_and_leads_no_backup_out_or_past(copied: World, tmp_path: Path) -> None:
    """A folder on another disk was in no backup, and nothing said so; a link to another file was copied from there."""
    away = tmp_path / "away"
    secret = tmp_path / "secret"
    secret.write_text("of another program\n")
    shutil.move(copied.home / "fixes", away)
    (copied.home / "fixes").symlink_to(away)
    rejects = copied.home / "rejects"
    rejects.mkdir(exist_ok=True)
    (rejects / "r.csv").symlink_to(secret)
    found = copied.run("verify")
    assert found.exit_code == 1, found.output
    for name in ("fixes", "rejects/r.csv"):
        assert f"{name} is a link" in found.output
    refused = copied.run("backup", tmp_path / "b.tar")
    assert refused.exit_code == 1, refused.output
    assert "is a link" in refused.output
    taken = copied.run("backup", tmp_path / "b.tar", "--with-damaged")
    assert taken.exit_code == 0, taken.output
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert not [name for name in tar.getnames() if name.startswith(("rejects", "fixes"))]
    assert b"of another program" not in (tmp_path / "b.tar").read_bytes()


def test_a_link_that_killed_work_left_is_deleted_and_what_it_leads_to_stays(copied: World, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("x")
    work = copied.home / "runs" / ".work-0badcafe"
    work.mkdir(parents=True)
    (work / "l").symlink_to(other)
    (copied.home / "runs" / ".work-1badcafe").symlink_to(other)
    result = copied.run("tidy", "--yes")
    assert result.exit_code == 0, result.output
    assert not work.exists()
    assert (other / "kept").read_text() == "x"


@pytest.mark.parametrize("name", ["audit.key", "password.key", "token.key", "second-factor.key"])
def test_a_key_that_others_can_read_or_that_is_empty_is_refused_and_not_used(copied: World, name: str) -> None:
    """A key of nothing is one that everybody has: tokens under it could be made by anyone."""
    of = {
        "audit.key": lambda: copied.run("keep", "set", "fixes", "--days", "9", "--source", "x").output,
        "password.key": lambda: copied.run("user", "add", "new", "--role", "analyst", "--generate").output,
        "token.key": lambda: str(signing_key(copied.home)),
        "second-factor.key": lambda: str(second_factor_key(copied.home)),
    }[name]
    key = copied.home / name
    if not key.exists():
        of()
    whole = key.read_bytes()
    for spoil in (lambda: key.chmod(0o644), lambda: key.write_bytes(b""), lambda: key.write_bytes(whole[:9])):
        key.write_bytes(whole)
        key.chmod(0o600)
        spoil()
        try:
            said = of()
        except NotReady as error:
            said = str(error)
        assert f"{name}" in said, said
        assert "chmod 600" in said or "whole" in said or "not a key file" in said, said
        assert key.read_bytes() in {whole, whole[:9], b""}
