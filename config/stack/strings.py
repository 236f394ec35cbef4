"""The strings of the interface: what code and pages pass to the catalogue.

Found in CKAN's core, in the extensions that the sites enable and in our own package, as
`pybabel extract` would find them.
"""

from __future__ import annotations

import configparser
import importlib.util
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [ROOT / "config/share.ini", ROOT / "config/open.ini"]
OURS = "ckanext.jiangmen"
# Not part of a page: tests, scripts of others, and what only operators read.
SKIPPED = ("tests/", "test/", "vendor", "migration/", "cli/", "cli.py", "node_modules")

PAGES = ["**/templates/**.html", "**/templates/**.txt"]
PAGES += [page.replace("templates", "templates-midnight-blue") for page in PAGES]
SCRIPTS = ["**/public/**.js", "**/assets/**.js"]
METHODS = [
    *((page, "jinja2") for page in PAGES),
    ("**.py", "python"),
    *((script, "javascript") for script in SCRIPTS),
]
TAGS = (
    "CkanExtend SnippetExtension LinkForExtension UrlForStaticExtension UrlForExtension"
    " AssetExtension"
)
OPTIONS = {
    "extensions": ",".join(
        ["jinja2.ext.do", *(f"ckan.lib.jinja_extensions.{tag}" for tag in TAGS.split())]
    ),
    "silent": "false",
    "trimmed": "true",
}


def of(package: str) -> set[str]:
    """Return the strings of an installed package, singular forms of plural ones."""
    found = set()
    folder = _folder(package)
    for name, _, message, _, _ in extract_from_dir(
        str(folder), METHODS, dict.fromkeys(PAGES, OPTIONS)
    ):
        if not any(skipped in name for skipped in SKIPPED):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def enabled() -> list[str]:
    """Return the packages whose pages the sites show: core and extensions."""
    named = {each.name: each.value for each in entry_points(group="ckan.plugins")}
    packages = {"ckan", OURS}
    for path in SETTINGS:
        settings = configparser.RawConfigParser()
        settings.read(path, encoding="utf-8")
        for plugin in settings["app:main"]["ckan.plugins"].split():
            packages.add(".".join(named[plugin].split(":")[0].split(".")[:2]))
    return sorted(packages)


def core_catalogue(name: str = "zh_Hans_CN/LC_MESSAGES/ckan.po") -> dict[str, str]:
    """Return the translations that CKAN brings, or its own list `ckan.pot`."""
    entries = polib.pofile(str(_folder("ckan") / "i18n" / name))
    return {
        entry.msgid: entry.msgstr or entry.msgstr_plural.get(0, "")
        for entry in entries
        if not entry.fuzzy
    }


@cache
def of_core() -> frozenset[str]:
    """Return the strings that CKAN itself lists, but those of its examples."""
    entries = polib.pofile(str(_folder("ckan") / "i18n/ckan.pot"))
    return frozenset(
        entry.msgid
        for entry in entries
        if not all("ckanext/example_" in place for place, _ in entry.occurrences)
    )


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        message = f"{package} is not installed"
        raise LookupError(message)
    return Path(next(iter(spec.submodule_search_locations)))
