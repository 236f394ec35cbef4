"""How many saves a minute 20 cataloguers get through, and how many of them are lost.

    make bench ARGS=saving      # needs the demonstration of `make up`

Twenty threads, half of them at one entry that they all have open, half at an entry of
their own. Each save changes what nobody else touches (an item, or the own entry), so
every one must be found in the drafts afterwards. The drafts are discarded again.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUERS = 20
SECONDS = 30
ITEMS = 100


class Site:
    """The share site, called as one cataloguer."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def act(self, action: str, **data: object) -> dict:
        """Call an action; raise HTTPError with its answer where it is refused."""
        request = urllib.request.Request(
            f"{self.url}/api/3/action/{action}",
            json.dumps(data).encode(),
            {"Authorization": self.token, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["result"]


def items(changed: dict[int, str] | None = None) -> list[dict[str, str]]:
    """Return a hundred right items; `changed` gives lengths by position."""
    lengths = changed or {}
    return [
        {
            "name": f"指标{number}",
            "data_type": "字符型",
            "data_length": lengths.get(number, "10"),
        }
        for number in range(ITEMS)
    ]


def draft(site: Site, organization: str, title: str) -> dict:
    """Store a draft that no review needs to see."""
    return site.act(
        "package_create",
        title=title,
        owner_org=organization,
        content_kind="统计数据",
        content_subkind="",
        notes="保存性能测试用的草稿，测试后作废。",
        format_class="电子表格",
        format_types=["xlsx"],
        sharing_category="无条件共享",
        exchange_method="系统对接",
        update_cycle="每年",
        cycle_reason="按年统计。",
        secrecy="非涉密",
        subject_terms=["统计"],
        information_items=items(),
    )


class Cataloguer(threading.Thread):
    """Saves one entry again and again and remembers what it saved last."""

    def __init__(self, site: Site, entry: dict, place: int, until: float) -> None:
        super().__init__()
        self.site, self.entry, self.place, self.until = site, entry, place, until
        self.saves, self.last, self.failures = 0, "10", list[str]()

    def run(self) -> None:
        """Save until the time is over, each time from the copy that it holds."""
        seen = {key: self.entry[key] for key in ("lock_version", "revision_id")}
        while time.monotonic() < self.until:
            length = str(100 + self.saves)
            own = items({self.place: length})
            try:
                answer = self.site.act(
                    "package_patch", id=self.entry["id"], information_items=own, **seen
                )
            except urllib.error.HTTPError as err:
                self.failures.append(err.read().decode()[:300])
                return
            seen = {key: answer[key] for key in ("lock_version", "revision_id")}
            self.saves, self.last = self.saves + 1, length


def lost(site: Site, savers: list[Cataloguer]) -> int:
    """Return how many of the last saves are not in the drafts."""
    missing = 0
    for saver in savers:
        revision = saver.entry["revision_id"]
        shown = site.act("jiangmen_revision_show", id=revision)["entry"]
        kept = shown["information_items"][saver.place]["data_length"]
        missing += kept != saver.last
    return missing


def main() -> int:
    """Print saves a minute and lost updates; return 1 if any was lost or refused."""
    var = Path(os.environ.get("JIANGMEN_VAR") or ROOT / "var")
    run = json.loads((var / "run.json").read_text(encoding="utf-8"))["share"]
    account = run["accounts"]["c_cataloguer"]
    site, organization = Site(run["url"], account["token"]), account["organization"]
    stamp = f"{time.time():.0f}"
    shared = draft(site, organization, f"保存性能测试{stamp}")
    own = [
        draft(site, organization, f"保存性能测试{stamp}-{number}")
        for number in range(CATALOGUERS // 2)
    ]
    try:
        until = time.monotonic() + SECONDS
        savers = [
            Cataloguer(site, entry, place, until)
            for place, entry in enumerate([*own, *[shared] * (CATALOGUERS // 2)])
        ]
        began = time.monotonic()
        for saver in savers:
            saver.start()
        for saver in savers:
            saver.join()
        spent = time.monotonic() - began
        missing = lost(site, savers)
        failures = [text for saver in savers for text in saver.failures]
        saves = sum(saver.saves for saver in savers)
        print(
            f"{CATALOGUERS} cataloguers, {ITEMS} items an entry, {spent:.0f} s: "
            f"{saves} saves, {saves / spent * 60:.0f} a minute; "
            f"{missing} lost, {len(failures)} refused"
        )
        for text in failures[:3]:
            print(text)
        return 1 if missing or failures else 0
    finally:
        for entry in (shared, *own):
            site.act("jiangmen_revision_discard", id=entry["revision_id"])


if __name__ == "__main__":
    sys.exit(main())
