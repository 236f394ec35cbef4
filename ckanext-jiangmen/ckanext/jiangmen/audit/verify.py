"""Verify an export of the audit trail away from the platform.

    python verify.py EXPORT.jsonl --heads HEADS.json [--until LINK]

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
    """The chain is broken at link `at`, the first that does not fit.

    Up to `proven` every row lies under a signature. Who recomputed links behind his
    tampering moved the break to the next seal: it began after `proven`, at `at` at the
    latest. `kind` is altered, deleted, inserted, reordered, truncated, rewritten or
    unreadable.
    """

    at: int
    proven: int
    kind: str
    reason: str

    def __str__(self) -> str:
        return (
            f"BROKEN at link {self.at}: {self.kind}. {self.reason}"
            f" Proven up to link {self.proven}."
        )


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
    until: int = 0
    report: Report = field(default_factory=Report)

    def __post_init__(self) -> None:
        self.seq = self.first - 1
        self.link = self.previous or genesis(self.site)
        self.sealed = self.seq
        self.sealed_link = self.link
        self.met = self.seq
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
                raise self._broken(self.seq + 1, "unreadable", "The line is unknown.")
        self._end()
        return self.report

    def _broken(self, at: int, kind: str, reason: str) -> Broken:
        return Broken(at, self.sealed, kind, reason)

    def _row(self, line: Line, rest: Iterator[Line]) -> None:
        wanted, seq = self.seq + 1, line["seq"]
        if seq != wanted:
            raise self._out_of_order(wanted, seq, rest)
        if "row" not in line:
            raise self._broken(wanted, "deleted", "The link has no row any more.")
        digest = digest_of(line["row"])
        if digest.hex() != line.get("digest"):
            raise self._broken(wanted, "altered", "The row is not what was hashed.")
        self.link = next_link(self.link, digest)
        if self.link.hex() != line.get("link"):
            raise self._broken(wanted, "altered", "The link does not follow.")
        self.seq = wanted
        self._compare_with_head(wanted)

    def _out_of_order(self, wanted: int, seq: Any, rest: Iterator[Line]) -> Broken:
        if not isinstance(seq, int) or isinstance(seq, bool):
            return self._broken(wanted, "unreadable", "The link has no number.")
        if seq == self.seq:
            return self._broken(seq, "inserted", "The link stands there twice.")
        if seq < wanted:
            return self._broken(wanted, "inserted", f"Link {seq} stands there again.")
        if any(line.get("seq") == wanted for line in rest):
            return self._broken(wanted, "reordered", f"Link {seq} stands before it.")
        missing = seq - wanted
        return self._broken(wanted, "deleted", f"Missing here: {missing}.")

    def _compare_with_head(self, seq: int) -> None:
        head = self.by_seq.get(seq)
        if head is None:
            return
        if head.get("link") != self.link.hex():
            # Whoever could seal anew held the key: only published heads prove.
            reason = f"The published head of {head.get('day')} is another one."
            raise Broken(seq, self.met, "rewritten", reason)
        self.met = seq
        self.report.heads += 1

    def _seal(self, seal: dict[str, Any]) -> None:
        first, last = self.sealed + 1, max(self.seq, self.sealed + 1)
        if not isinstance(seal, dict) or not is_signed(seal, self.keys):
            raise self._broken(last, "rewritten", "The seal's signature is not right.")
        if seal["last"] > self.seq:
            raise self._broken(self.seq + 1, "deleted", "The seal counts more rows.")
        fits = (
            seal["first"] == first
            and seal["last"] == self.seq
            and seal["link"] == self.link.hex()
            and seal["previous"] == self.sealed_link.hex()
            and seal["site"] == self.site
            and self.number in {None, seal["number"] - 1}
        )
        if not fits:
            raise self._broken(last, "rewritten", "The seal is of other rows.")
        self.number = seal["number"]
        self.sealed, self.sealed_link = self.seq, self.link
        self.report.seals += 1

    def _end(self) -> None:
        report = self.report
        newest = max([*self.by_seq, self.until])
        if newest > self.seq:
            reason = f"There is a link {newest}; the export ends before."
            raise Broken(self.seq + 1, self.met, "truncated", reason)
        if self.seq > self.sealed:
            raise self._broken(self.sealed + 1, "inserted", "No seal stands below.")
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


def verify_file(path: Path, heads: Sequence[dict[str, Any]], until: int = 0) -> Report:
    """Verify an export against published heads.

    `until`: the link up to which the export was asked for, 0 for a whole one; heads
    behind it are left aside. Raise `Broken` at the first broken link, ValueError where
    the files are no export or no heads of its site.
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
    end = until or max(int(head["last"]) for head in ours)
    wanted = [head for head in ours if first <= int(head["last"]) <= end]
    keys = trusted_keys(ours)
    start = previous if first > 1 else b""
    return Verifier(site, wanted, keys, first, start, until).run(lines)


def _check_beginning(first: int, previous: bytes, heads: Sequence[Line]) -> None:
    """Raise `Broken` unless a part of the chain begins where a published head ends."""
    known = [head["link"] for head in heads if int(head["last"]) == first - 1]
    if previous.hex() not in known:
        reason = "The export does not begin at a published head."
        raise Broken(first, 0, "rewritten", reason)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the files that the command line names."""
    parser = argparse.ArgumentParser(
        description="Verify an export of the audit trail against published heads."
    )
    parser.add_argument("export", type=Path)
    parser.add_argument("--heads", type=Path, required=True)
    parser.add_argument(
        "--until", type=int, default=0, help="the export was asked for up to this link"
    )
    asked = parser.parse_args(arguments)
    try:
        heads = read_heads(json.loads(asked.heads.read_text(encoding="utf-8")))
        report = verify_file(asked.export, heads, asked.until)
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
