"""Imports point one way, and the folders say what they hold."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "ckanext-jiangmen/ckanext/jiangmen"

# A room may import the rooms to its right, and the base.
# Every room may write the trail, so `audit` comes last and imports none.
ROOMS = [
    "portal",
    "desk",
    "publication",
    "sharing",
    "catalog",
    "tables",
    "duties",
    "audit",
]
BASE = "base"


def _room(module: str) -> str:
    head = module.removeprefix("ckanext.jiangmen").lstrip(".").split(".")[0]
    return head if head in ROOMS else BASE


def _imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if name.startswith("ckanext.jiangmen")]


def _modules():
    return sorted(p for p in PRODUCT.rglob("*.py") if "migration" not in p.parts)


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(PRODUCT)))
def test_imports_point_one_way(path):
    relative = path.relative_to(PRODUCT)
    here = relative.parts[0] if relative.parts[0] in ROOMS else BASE
    for name in _imports(path):
        there = _room(name)
        if there in {here, BASE} or name.startswith("ckanext.jiangmen.schemas"):
            continue
        assert here != BASE, f"{relative} of the base imports {name}"
        assert ROOMS.index(there) > ROOMS.index(here), f"{relative} imports {name}"


def test_a_room_never_imports_another_rooms_tables():
    for path in _modules():
        here = path.relative_to(PRODUCT).parts[0]
        for name in _imports(path):
            if ".model" in name:
                assert _room(name) == here, f"{path} imports {name}"


def test_the_namespace_package_has_no_init():
    """With one, the wheels of CKAN hide `ckanext.jiangmen` (docs/decisions.md)."""
    assert not (ROOT / "ckanext-jiangmen/ckanext/__init__.py").exists()


@pytest.mark.parametrize("folder", ["config", "tests", "docker"])
def test_folders_that_ckan_shadows_are_no_packages(folder):
    assert not list((ROOT / folder).rglob("__init__.py"))
