"""Write the character mappings of the search from `words.yaml`.

    python config/solr/mappings.py [--check]

Solr's mapping takes the longest entry that fits. A canonical form that contains another
entry is therefore written as mapped to itself, or its middle would be replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
CONF = HERE / "jiangmen" / "conf"
HEAD = "# Written by config/solr/mappings.py from words.yaml.\n"


def equivalents(groups: list[list[str]]) -> dict[str, str]:
    """Return word → indexed form, for all words and the forms themselves.

    :raises ValueError: a word stands in two lines.
    """
    found: dict[str, str] = {}
    for canonical, *others in groups:
        for word in (canonical, *others):
            if word in found:
                raise ValueError(f"{word} stands in two lines of words.yaml")
            found[word] = canonical
    return found


def asked(pairs: list[list[str]], same: dict[str, str]) -> dict[str, str]:
    """Return asked word → itself and the catalogue's words, in their indexed forms."""
    return {
        word: f"{word} " + " ".join(same.get(part, part) for part in words.split())
        for word, words in pairs
    }


def text(mapping: dict[str, str]) -> str:
    """Return the mapping as Solr reads it."""
    lines = [f'"{word}" => "{form}"' for word, form in sorted(mapping.items())]
    return HEAD + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write both files, or with --check only compare; return 1 if they differ."""
    words = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
    same = equivalents(words["equivalents"])
    wanted = {
        "mapping-syn.txt": text(same),
        # An equivalent outranks a question word that looks the same.
        "mapping-synq.txt": text(asked(words["asked"], same) | same),
    }
    differ = 0
    for name, content in wanted.items():
        path = CONF / name
        if path.read_text(encoding="utf-8") != content:
            differ = 1
            if "--check" not in arguments:
                path.write_text(content, encoding="utf-8")
    return differ if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
