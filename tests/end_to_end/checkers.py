"""Checkers of pages: axe-core for readers of every kind, vnu for valid HTML.

Both come from npm, pinned in package.json beside this file, once into `var/npm`.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "var/npm/page_checks"
AXE = FOLDER / "node_modules/axe-core/axe.min.js"
VNU = FOLDER / "node_modules/vnu-jar/build/dist/vnu.jar"
PINNED = ("package.json", "package-lock.json")

# WCAG 2.2 AA and what axe counts as good practice (order of headings, landmarks).
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
SEVERE = ("serious", "critical")
RUN = """async (tags) => (await axe.run(document, {runOnly: tags})).violations.map(
    (each) => ({id: each.id, impact: each.impact, help: each.help,
                nodes: each.nodes.map((node) => node.html.slice(0, 160))}))"""

# What follows these is a name: pages of one type differ in it only.
NAMED = ("dataset", "organization", "group", "code", "resource", "messages", "feeds")
STATIC = ("new", "changes")
NO_PAGE = re.compile(
    r"\.(csv|xlsx?|json|xml|atom|ttl|rdf|jsonld|pdf|zip|txt|md)$|"
    r"/(download|export|dump|api|_logout|logout|uploads|base|file)(/|$)"
)


def install() -> None:
    """Fetch the checkers, when the pinned ones are not there."""
    lock = FOLDER / "package-lock.json"
    pinned = (HERE / "package-lock.json").read_bytes()
    if AXE.exists() and VNU.exists() and lock.read_bytes() == pinned:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PINNED:
        shutil.copy(HERE / name, FOLDER / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=FOLDER, check=True, capture_output=True)


def barriers(page: Any) -> list[dict[str, Any]]:
    """Return what axe-core finds serious or critical on an open page."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(RUN, RULES)
    return [each for each in found if each["impact"] in SEVERE]


def html_errors(pages: dict[str, str], folder: Path) -> list[str]:
    """Return the errors of the HTML of pages by address, a line each."""
    names = {}
    for number, (address, html) in enumerate(pages.items()):
        path = folder / f"{number}.html"
        path.write_text(html, encoding="utf-8")
        names[path.name] = address
    command = ["java", "-jar", str(VNU), "--format", "json", "--exit-zero-always",
               "--errors-only", *(str(folder / name) for name in names)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        f"{names[Path(each['url']).name]}: {each['message']} ({each.get('extract')})"
        for each in json.loads(done.stderr or '{"messages": []}')["messages"]
    ]


def page_types(
    page: Any, root: str, seeds: tuple[str, ...], most: int = 70
) -> Iterator[tuple[str, str]]:
    """Open one page of every type that can be reached; yield its address and HTML."""
    waiting, seen, opened = list(seeds), set(), 0
    while waiting and opened < most:
        address = waiting.pop(0)
        kind = shape(address)
        if kind in seen:
            continue
        seen.add(kind)
        answer = _open(page, urljoin(root, address))
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        opened += 1
        yield address, answer.text()
        links = page.eval_on_selector_all(
            "a[href]:not([download])",
            "all => all.map((each) => each.getAttribute('href'))",
        )
        for link in (urljoin(page.url, each) for each in links):
            parts = urlsplit(link)
            if link.startswith(root) and not NO_PAGE.search(parts.path):
                waiting.append(parts.path)


def shape(address: str) -> str:
    """Return an address with its names taken out: /dataset/*/resource/*."""
    parts, query = urlsplit(address), urlsplit(address).query
    shaped, before = [], ""
    for segment in unquote(parts.path).strip("/").split("/"):
        named = before in NAMED and segment not in STATIC
        odd = re.search(r"\d|[^\x00-\x7f]", segment)
        shaped.append("*" if named or odd else segment)
        before = segment
    return "/".join(shaped) + ("?" + query if query else "")


def _open(page: Any, address: str) -> Any:
    from playwright.sync_api import Error

    try:
        return page.goto(address)
    except Error as err:
        if "Download is starting" in str(err):
            return None
        raise
