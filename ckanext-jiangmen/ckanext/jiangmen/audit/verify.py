"""Verify an export of the audit trail away from the platform.

    python verify.py EXPORT.jsonl --heads HEADS.json

One file, made to be read and run alone: Python's library and `cryptography`, nothing
of the platform. HEADS.json is what the open site published: the answer of
/api/3/action/jiangmen_audit_head_list, or its `result`. Prints the first broken link
and exits 1, or says that all is well and exits 0; 2 if the files cannot be read.

The chain: digest = SM3(canonical JSON of the row), link = SM3(link before + digest),
the first link's predecessor is SM3("jiangmen-audit-1 " + site). Every batch of rows is
sealed: Ed25519 over the canonical JSON of {site, number, first, last, previous, link,
at, key}. Once a day a seal is published on the open site.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "jiangmen-audit-1"
SIGNED = ("site", "number", "first", "last", "previous", "link", "at", "key")

Line = dict[str, Any]


def canonical(value: Any) -> bytes:
    """Return the one form of a JSON value that is hashed and signed."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _sm3(data: bytes) -> bytes:
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    context = hashes.Hash(hashes.SM3())
    context.update(data)
    return context.finalize()


def genesis(site: str) -> bytes:
    """Return what stands before the first link of a site's chain."""
    return _sm3(f"{FORMAT} {site}".encode())


def digest_of(row: dict[str, Any]) -> bytes:
    """Return the digest of one row, 32 bytes."""
    return _sm3(canonical(row))


def next_link(previous: bytes, digest: bytes) -> bytes:
    """Return the link that follows `previous`, 32 bytes."""
    return _sm3(previous + digest)


def statement(seal: dict[str, Any]) -> bytes:
    """Return what the signature of a seal is made over."""
    return canonical({name: seal.get(name) for name in SIGNED})


def key_id(public: bytes) -> str:
    """Return the short name of a public key (32 bytes): 16 hexadecimal digits."""
    return _sm3(public).hex()[:16]


def is_signed(seal: dict[str, Any], keys: dict[str, str]) -> bool:
    """Return whether one of the trusted `keys` (id → hexadecimal) signed the seal."""
    try:
        public = bytes.fromhex(keys[str(seal.get("key"))])
        signature = bytes.fromhex(str(seal.get("signature")))
        Ed25519PublicKey.from_public_bytes(public).verify(signature, statement(seal))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


@dataclass(frozen=True)
class Broken(Exception):
    """The chain is broken: its first broken link lies in `first`..`last`.

    Both are equal where the very row is known. `kind` is one of altered, deleted,
    inserted, reordered, truncated, rewritten, unreadable.
    """

    first: int
    last: int
    kind: str
    reason: str

    def __str__(self) -> str:
        where = str(self.first)
        if self.last != self.first:
            where += f" to {self.last}"
        return f"BROKEN at link {where}: {self.kind}. {self.reason}"


@dataclass
class Report:
    """What was verified: links `first`..`last`, seals and published heads met."""

    first: int = 0
    last: int = 0
    seals: int = 0
    heads: int = 0
    link: str = ""


@dataclass
class Verifier:
    """Follows a chain line by line against published heads and trusted keys."""

    site: str
    heads: Sequence[dict[str, Any]]
    keys: dict[str, str]
    first: int = 1
    previous: bytes = b""
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.seq = self.first - 1
        self.link = self.previous or genesis(self.site)
        self.sealed = self.seq
        self.sealed_link = self.link
        self.number: int | None = None
        self.by_seq = {int(head["last"]): head for head in self.heads}
        for head in self.heads:
            if head.get("site") != self.site:
                raise ValueError("the published heads are those of another site")
            if not is_signed(head, self.keys):
                raise ValueError(f"published head {head.get('number')} is not signed")

    def run(self, lines: Iterable[Line]) -> Report:
        """Verify every line; raise `Broken` at the first that does not fit."""
        lines = iter(lines)
        for line in lines:
            if "seal" in line:
                self._seal(line["seal"])
            elif "seq" in line:
                self._row(line, lines)
            else:
                raise Broken(self.seq + 1, self.seq + 1, "unreadable", "Unknown line.")
        self._end()
        return self.report

    def _row(self, line: Line, rest: Iterator[Line]) -> None:
        wanted, seq = self.seq + 1, line["seq"]
        if seq != wanted:
            raise self._out_of_order(wanted, seq, rest)
        if "row" not in line:
            raise Broken(wanted, wanted, "deleted", "The link has no row any more.")
        digest = digest_of(line["row"])
        if digest.hex() != line.get("digest"):
            raise Broken(wanted, wanted, "altered", "The row is not what was hashed.")
        self.link = next_link(self.link, digest)
        if self.link.hex() != line.get("link"):
            raise Broken(wanted, wanted, "altered", "The link does not follow.")
        self.seq = wanted
        self._compare_with_head(wanted)

    def _out_of_order(self, wanted: int, seq: Any, rest: Iterator[Line]) -> Broken:
        if not isinstance(seq, int) or isinstance(seq, bool):
            return Broken(wanted, wanted, "unreadable", "The link has no number.")
        if seq < wanted:
            return Broken(seq, seq, "inserted", f"There are two links {seq}.")
        if any(line.get("seq") == wanted for line in rest):
            return Broken(wanted, wanted, "reordered", f"Link {seq} stands before it.")
        return (
            Broken(
                wanted, seq - 1, "deleted", f"Links {wanted} to {seq - 1} are missing."
            )
            if seq - 1 > wanted
            else Broken(wanted, wanted, "deleted", f"Link {wanted} is missing.")
        )

    def _compare_with_head(self, seq: int) -> None:
        head = self.by_seq.get(seq)
        if head is None:
            return
        if head.get("link") != self.link.hex():
            raise Broken(
                self._after_last_head(seq),
                seq,
                "rewritten",
                f"The published head of {head.get('day')} is another one.",
            )
        self.report.heads += 1

    def _after_last_head(self, seq: int) -> int:
        known = [last for last in self.by_seq if last < seq]
        return max([self.first - 1, *known]) + 1

    def _seal(self, seal: dict[str, Any]) -> None:
        first, last = self.sealed + 1, max(self.seq, self.sealed + 1)
        fits = (
            seal.get("first") == first
            and seal.get("last") == self.seq
            and seal.get("link") == self.link.hex()
            and seal.get("previous") == self.sealed_link.hex()
            and seal.get("site") == self.site
            and self.number in {None, seal.get("number", 0) - 1}
        )
        if not fits:
            raise Broken(first, last, "rewritten", "The seal belongs to other rows.")
        if not is_signed(seal, self.keys):
            raise Broken(first, last, "rewritten", "The seal's signature is not right.")
        self.number = seal["number"]
        self.sealed, self.sealed_link = self.seq, self.link
        self.report.seals += 1

    def _end(self) -> None:
        report = self.report
        missing = [seq for seq in self.by_seq if seq > self.seq]
        if missing:
            raise Broken(
                self.sealed + 1,
                self.seq + 1,
                "truncated",
                f"Links up to {max(missing)} were published; the export ends at"
                f" {self.seq}.",
            )
        if self.seq > self.sealed:
            raise Broken(
                self.sealed + 1, self.seq, "inserted", "No seal stands below the rows."
            )
        report.first, report.last = self.first, self.seq
        report.link = self.link.hex()


def lines_of(path: Path) -> Iterator[Line]:
    """Yield the lines of an export; an unreadable one as {"unreadable": …}."""
    with path.open(encoding="utf-8", errors="surrogateescape") as stream:
        for text in stream:
            if not text.strip():
                continue
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            yield line if isinstance(line, dict) else {"unreadable": text[:80]}


def read_heads(content: Any) -> list[dict[str, Any]]:
    """Return the heads of an answer of the open site, or of a plain list."""
    if isinstance(content, dict):
        content = content.get("result", content)
    if isinstance(content, dict):
        content = content.get("heads", [])
    if not isinstance(content, list):
        raise TypeError("no list of heads")
    return [head for head in content if isinstance(head, dict)]


def trusted_keys(heads: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return the public keys that the open site has published, by id."""
    keys = {}
    for head in heads:
        public = str(head.get("public_key") or "")
        if public:
            keys[key_id(bytes.fromhex(public))] = public
    return keys


def verify_file(path: Path, heads: Sequence[dict[str, Any]]) -> Report:
    """Verify an export against published heads.

    Raise `Broken` at the first broken link, ValueError where the files are no export
    or no heads of its site.
    """
    lines = lines_of(path)
    head_line = next(lines, {})
    if head_line.get("format") != FORMAT:
        raise ValueError("this is no export of the audit trail")
    site = str(head_line.get("site"))
    ours = [head for head in heads if head.get("site") == site]
    if not ours:
        raise ValueError(f"no published head of the site {site} is given")
    first = head_line.get("first")
    previous = bytes.fromhex(str(head_line.get("previous") or ""))
    if not isinstance(first, int) or first < 1:
        raise ValueError("the export does not say where it begins")
    if first > 1:
        _check_beginning(first, previous, ours)
    wanted = [head for head in ours if int(head["last"]) >= first]
    keys = trusted_keys(ours)
    start = previous if first > 1 else b""
    return Verifier(site, wanted, keys, first, start).run(lines)


def _check_beginning(first: int, previous: bytes, heads: Sequence[Line]) -> None:
    """Raise `Broken` unless a part of the chain begins where a published head ends."""
    known = [head["link"] for head in heads if int(head["last"]) == first - 1]
    if previous.hex() not in known:
        raise Broken(
            first, first, "rewritten", "The export does not begin at a published head."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the files that the command line names."""
    parser = argparse.ArgumentParser(
        description="Verify an export of the audit trail against published heads."
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--heads", type=Path, required=True)
    asked = parser.parse_args(arguments)
    try:
        heads = read_heads(json.loads(asked.heads.read_text(encoding="utf-8")))
        report = verify_file(asked.export, heads)
    except Broken as broken:
        sys.stdout.write(f"{broken}\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as err:
        sys.stderr.write(f"Cannot verify: {err}\n")
        return 2
    sys.stdout.write(
        f"OK: links {report.first} to {report.last}, {report.seals} seals,"
        f" {report.heads} published heads; last link {report.link}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
