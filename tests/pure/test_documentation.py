"""The documents say what the code says."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PRODUCT = ROOT / "ckanext-jiangmen/ckanext/jiangmen"


def _options():
    for path in sorted(PRODUCT.rglob("config_declaration.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]:
            for option in group["options"]:
                yield option["key"]


@pytest.mark.parametrize("key", sorted(_options()))
def test_every_setting_is_described_in_configuration(key):
    assert f"`{key}`" in (DOCS / "configuration.md").read_text("utf-8")


def _environment():
    names = set()
    for path in (*ROOT.glob("config/stack/*"), ROOT / "Makefile", ROOT / ".ci/run"):
        if path.is_file():
            names |= set(re.findall(r"JIANGMEN_[A-Z_]+[A-Z]", path.read_text("utf-8")))
    return sorted(names)


@pytest.mark.parametrize("name", _environment())
def test_every_variable_of_the_stack_is_described_in_configuration(name):
    assert name in (DOCS / "configuration.md").read_text("utf-8")


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make up" in text
    assert "make test" in text


@pytest.mark.parametrize(
    "page",
    [
        "getting-started.md",
        "configuration.md",
        "command-line.md",
        "api.md",
        "glossary.md",
        "decisions.md",
    ],
)
def test_the_page_exists(page):
    assert (DOCS / page).stat().st_size > 200


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(
        r"`make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8")
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


# What tools leave beside the project's own files.
NOT_OURS = {".git", "var", "node_modules", "build", ".ruff_cache", ".pytest_cache"}

FORBIDDEN = re.compile(
    r"(?<![\w.])/(?:work|farm|root)/|pypi\.org|registry\.npmjs|repo1?\.maven"
)


def test_no_file_names_a_machine_or_a_registry():
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        if not path.is_file() or relative.parts[0] in NOT_OURS:
            continue
        if path.suffix in {".py", ".md", ".yaml", ".sh", ".ini", ".txt", ""}:
            if path == Path(__file__):
                continue
            text = path.read_text("utf-8", errors="ignore")
            assert not FORBIDDEN.search(text), f"{relative}: {FORBIDDEN.search(text)}"
