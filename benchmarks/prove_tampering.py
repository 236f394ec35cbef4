"""1,000 tamperings of an export of the trail: all found, the broken link named right.

`make prove ARGS=tampering SEED=n`. Rows are noted and sealed in a test environment of
its own (`make test-env SUFFIX=bench`), exported, tampered with in twenty ways and given
to verify.py with the published heads; besides, 100 exports that nobody touched. Goes on
where it stopped (var/proof/tampering/<seed>.json). Writes docs/proof/tampering.md.
"""

from __future__ import annotations

import argparse
import copy
import datetime as dt
import json
import os
import platform
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench_audit import environment
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ckanext.jiangmen.audit import verify
from ckanext.jiangmen.audit.keys import SigningKey

ROOT = Path(__file__).parents[1]
WANTED, UNTOUCHED, CHUNK = 1_000, 100, 50
ROWS, HEAD_EVERY = 1_500, 5


def exported(dice: random.Random) -> tuple[list[dict], list[dict], SigningKey]:
    """Note and seal rows in the environment; return export, heads and the key."""
    from ckan.cli import CKANConfigLoader
    from ckan.config.middleware import make_app

    app = make_app(CKANConfigLoader(str(environment())).get_config())
    with app._wsgi_app.app_context():
        return _exported(dice)


def _exported(dice: random.Random) -> tuple[list[dict], list[dict], SigningKey]:
    import sqlalchemy as sa

    from ckanext.jiangmen.audit import config, reading, trail
    from ckanext.jiangmen.audit.keys import load_or_make
    from ckanext.jiangmen.audit.sealing import Sealer

    key = load_or_make(config.key_file())
    sealer = Sealer(sa.create_engine(config.sealer_url()), key, config.site())
    while sealer.step():
        pass
    begin = sealer.publish_now()
    noted = batches = 0
    while noted < ROWS:
        for _ in range(dice.randrange(1, 40)):
            _note(trail, dice)
            noted += 1
        sealer.step()
        batches += 1
        if batches % HEAD_EVERY == 0:
            sealer.publish_now()
    sealer.publish_now()
    with reading.connect() as connection:
        first = begin["last"] + 1 if begin else 1
        lines = json.loads(json.dumps(list(reading.lines(connection, first))))
        return lines, reading.heads(connection), key


def _note(trail, dice: random.Random) -> None:
    who = f"account_{dice.randrange(20)}"
    if dice.random() < 0.2:
        trail.note_refusal({"user": who}, "package_show", reason="HTTP 403")
        return
    trail.note_read(
        {"user": who},
        dice.choice(["datastore_search", "jiangmen_record_query"]),
        entry_id=f"entry-{dice.randrange(50)}",
        items=dice.sample(["姓名", "区划代码", "名称", "地址"], 2),
        rows=dice.randrange(1000),
        purpose=dice.choice(["核对区划", "低保复核"]),
    )


class Export:
    """An export to be tampered with; positions are those of its lines."""

    def __init__(self, lines: list[dict], dice: random.Random) -> None:
        self.lines = copy.deepcopy(lines)
        self.dice = dice
        self.site = lines[0]["site"]
        # The first place that is touched; what has to be named.
        self.touched = 0

    @property
    def places(self) -> list[int]:
        """Return where rows stand."""
        return [i for i, line in enumerate(self.lines) if "seq" in line]

    def place(self, *, but_last: int = 0) -> int:
        """Return the place of a random row, marked as the first one touched."""
        found = self.places
        chosen = self.dice.choice(found[: len(found) - but_last])
        self.touched = self.lines[chosen]["seq"]
        return chosen

    def seals(self) -> list[int]:
        """Return where seals stand."""
        return [i for i, line in enumerate(self.lines) if "seal" in line]

    def change(self, place: int) -> None:
        """Change one part of a row."""
        row = self.lines[place]["row"]
        name = self.dice.choice([n for n in row if n != "id"])
        value = row[name]
        if isinstance(value, list):
            row[name] = [*value, "x"]
        elif isinstance(value, int):
            row[name] = value + 1
        elif isinstance(value, dict):
            row[name] = {**value, "x": ["y"]}
        else:
            row[name] = f"{value}x"

    def chain_anew(self, place: int, key: SigningKey | None = None) -> None:
        """Make numbers, hashes and links anew from `place` on; sign with a key.

        Without a key the seals keep their signatures and get the new sums.
        """
        before = [line for line in self.lines[:place] if "seq" in line]
        link = bytes.fromhex(
            before[-1]["link"] if before else self.lines[0]["previous"]
        )
        seq = before[-1]["seq"] if before else self.lines[0]["first"] - 1
        past = [line["seal"] for line in self.lines[:place] if "seal" in line]
        number = past[-1]["number"] if past else None
        sealed = past[-1]["last"] if past else self.lines[0]["first"] - 1
        sealed_link = past[-1]["link"] if past else self.lines[0]["previous"]
        for line in self.lines[place:]:
            if "seq" in line:
                seq += 1
                digest = verify.digest_of(line["row"])
                link = verify.next_link(link, digest)
                line |= {"seq": seq, "digest": digest.hex(), "link": link.hex()}
            elif "seal" in line:
                seal = line["seal"]
                number = seal["number"] if number is None else number + 1
                seal |= {"number": number, "first": sealed + 1, "last": seq}
                seal |= {"previous": sealed_link, "link": link.hex()}
                if key is not None:
                    seal["key"] = key.name
                    seal["signature"] = key.sign(verify.statement(seal)).hex()
                sealed, sealed_link = seq, link.hex()


def alter(export: Export, *_):
    export.change(export.place())


def alter_with_digest(export: Export, *_):
    place = export.place()
    export.change(place)
    line = export.lines[place]
    line["digest"] = verify.digest_of(line["row"]).hex()


def alter_link(export: Export, *_):
    line = export.lines[export.place()]
    line["link"] = export.dice.randbytes(32).hex()


def alter_and_chain_anew(export: Export, *_):
    place = export.place()
    export.change(place)
    export.chain_anew(place)


def alter_and_seal_by_a_foreign_key(export: Export, *_):
    place = export.place()
    export.change(place)
    export.chain_anew(place, SigningKey(Ed25519PrivateKey.generate()))


def alter_and_seal_by_the_real_key(export: Export, key: SigningKey):
    place = export.place()
    export.change(place)
    export.chain_anew(place, key)


def delete(export: Export, *_):
    del export.lines[export.place()]


def delete_many(export: Export, *_):
    place = export.place(but_last=60)
    del export.lines[place : place + export.dice.randrange(2, 60)]


def delete_and_chain_anew(export: Export, *_):
    place = export.place()
    del export.lines[place]
    export.chain_anew(place)


def delete_and_seal_by_the_real_key(export: Export, key: SigningKey):
    place = export.place(but_last=1)
    del export.lines[place]
    export.chain_anew(place, key)


def delete_a_batch(export: Export, *_):
    ends = [0, *export.seals()]
    n = export.dice.randrange(len(ends) - 2)
    export.touched = export.lines[ends[n] + 1]["seq"]
    del export.lines[ends[n] + 1 : ends[n + 1] + 1]
    if export.dice.random() < 0.5:
        export.chain_anew(ends[n] + 1)


def take_the_row_out(export: Export, *_):
    del export.lines[export.place()]["row"]


def insert(export: Export, *_):
    place = export.place()
    forged = copy.deepcopy(export.lines[place])
    export.lines.insert(place, forged)
    export.change(place)
    forged["digest"] = verify.digest_of(forged["row"]).hex()


def insert_twice(export: Export, *_):
    place = export.place()
    export.lines.insert(place + 1, copy.deepcopy(export.lines[place]))


def insert_and_chain_anew(export: Export, *_):
    place = export.place()
    export.lines.insert(place, copy.deepcopy(export.lines[place]))
    export.change(place)
    export.chain_anew(place)


def append(export: Export, *_):
    last = export.lines[export.places[-1]]
    export.touched = last["seq"] + 1
    export.lines.append(copy.deepcopy(last))
    export.chain_anew(len(export.lines) - 1)


def swap(export: Export, *_):
    found = export.places
    one, two = sorted(export.dice.sample(found, 2))
    export.touched = export.lines[one]["seq"]
    lines = export.lines
    lines[one], lines[two] = lines[two], lines[one]


def swap_and_chain_anew(export: Export, *_):
    found = export.places
    one, two = sorted(export.dice.sample(found, 2))
    lines = export.lines
    export.touched = lines[one]["seq"]
    lines[one]["row"], lines[two]["row"] = lines[two]["row"], lines[one]["row"]
    export.chain_anew(one)


def truncate(export: Export, *_):
    place = export.place()
    del export.lines[place:]


def truncate_at_a_seal(export: Export, *_):
    place = export.dice.choice(export.seals()[:-1])
    export.touched = export.lines[place]["seal"]["last"] + 1
    del export.lines[place + 1 :]


def change_a_seal(export: Export, *_):
    place = export.dice.choice(export.seals())
    seal = export.lines[place]["seal"]
    export.touched = seal["first"]
    name = export.dice.choice(["at", "link", "previous", "signature", "key"])
    seal[name] = export.dice.randbytes(32).hex()


def drop_a_seal(export: Export, *_):
    place = export.dice.choice(export.seals())
    export.touched = export.lines[place]["seal"]["first"]
    del export.lines[place]


def destroy_a_line(export: Export, *_):
    place = export.place()
    export.lines[place] = {"unreadable": "…"}


# Whether the very row must be named, or that it lies behind what is proven.
EXACT = (
    alter, alter_link, delete, delete_many, take_the_row_out, insert_twice, swap,
    destroy_a_line,
)  # fmt: skip
SEALED = (
    alter_with_digest, alter_and_chain_anew, alter_and_seal_by_a_foreign_key,
    alter_and_seal_by_the_real_key, delete_and_chain_anew,
    delete_and_seal_by_the_real_key, delete_a_batch, insert, insert_and_chain_anew,
    append, swap_and_chain_anew, truncate, truncate_at_a_seal, change_a_seal,
    drop_a_seal,
)  # fmt: skip
WAYS = (*EXACT, *SEALED)


def verdict(lines, heads, until: int = 0) -> verify.Broken | None:
    """Return what the verifier says of these lines, written to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.jsonl"
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        path.write_text(text + "\n", "utf-8")
        try:
            verify.verify_file(path, heads, until)
        except verify.Broken as broken:
            return broken
    return None


def is_right(way, export: Export, broken: verify.Broken) -> bool:
    """Return whether the broken link is named as well as can be known."""
    if way in EXACT:
        return broken.at == export.touched
    # A removed row leaves its number to the next: the seal breaks one earlier.
    return broken.proven < export.touched <= broken.at + 1


def main(seed: int) -> None:
    """Tamper, verify, count, and write the page."""
    kept = ROOT / f"var/proof/tampering/{seed}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    state = {"done": 0, "found": {}, "wrong": [], "alarms": None, "seconds": 0.0}
    if kept.exists():
        state = json.loads(kept.read_text("utf-8"))
    lines, heads, key = exported(random.Random(seed))
    rows = sum("seq" in line for line in lines)
    found = Counter(state["found"])
    if state["alarms"] is None:
        state["alarms"] = false_alarms(lines, heads, random.Random(seed))
    while state["done"] < WANTED:
        began = time.perf_counter()
        for n in range(state["done"], state["done"] + CHUNK):
            dice = random.Random(f"{seed} {n}")
            way = WAYS[n % len(WAYS)]
            export = Export(lines, dice)
            way(export, key)
            broken = verdict(export.lines, heads)
            if broken is not None and is_right(way, export, broken):
                found[way.__name__] += 1
            else:
                state["wrong"].append([n, way.__name__, export.touched, str(broken)])
        state["done"] += CHUNK
        state["found"] = dict(found)
        state["seconds"] += time.perf_counter() - began
        kept.write_text(json.dumps(state), "utf-8")
        print(f"{state['done']:,} of {WANTED:,}", flush=True)
    page(seed, state, rows, sum("seal" in line for line in lines), len(heads))
    for wrong in state["wrong"]:
        print(*wrong)
    if state["wrong"] or state["alarms"]:
        raise SystemExit(1)


def false_alarms(lines, heads, dice: random.Random) -> int:
    """Verify 100 exports that nobody touched; return how many were said broken."""
    first = lines[0]["first"]
    ends = sorted(head["last"] for head in heads if head["last"] >= first)
    alarms = 0
    for _ in range(UNTOUCHED):
        end = dice.choice(ends)
        begin = dice.choice([first, *(e + 1 for e in ends if e < end)])
        before = [x for x in lines if x.get("seq") == begin - 1]
        previous = before[0]["link"] if before else lines[0]["previous"]
        head = lines[0] | {"first": begin, "previous": previous}
        part = [x for x in lines if begin <= _position(x) <= end]
        alarms += verdict([head, *part], heads, end) is not None
    return alarms


def _position(line: dict) -> int:
    return line["seal"]["last"] if "seal" in line else line.get("seq", -1)


def page(seed: int, state: dict, rows: int, seals: int, heads: int) -> None:
    """Write the figures with seed, date and machine."""
    right = sum(state["found"].values())
    lines = [
        "# Tampering with the audit trail",
        "",
        f"`make prove ARGS=tampering SEED={seed}`, "
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        f"An export of {rows:,} rows under {seals} seals and {heads} published heads, "
        f"tampered with {state['done']:,} times in {len(WAYS)} ways, verified each "
        f"time by `verify.py` in {state['seconds']:.0f} s together: **{right:,} found "
        f"and the broken link named right, {len(state['wrong'])} not**. Of {UNTOUCHED} "
        f"exports that nobody touched {state['alarms']} were said broken.",
        "",
        "Right means: the very link, where links were not made anew; else a link at or "
        "behind the tampering while nothing behind it counts as proven: the next seal, "
        "or, against somebody who holds the sealer's key, the next published head.",
        "",
        "| way | found and named right | names the very link |",
        "|---|---|---|",
        *(
            f"| {way.__name__.replace('_', ' ')} "
            f"| {state['found'].get(way.__name__, 0)} "
            f"| {'yes' if way in EXACT else 'the seal or head'} |"
            for way in WAYS
        ),
    ]
    target = ROOT / "docs/proof/tampering.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    main(parser.parse_args().seed)
