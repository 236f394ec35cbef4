"""Write the character mappings of the search from `schemas/search_*`.

    python config/solr/mappings.py [--check]

Solr's mapping takes the longest entry that fits. A canonical form that contains another
entry is therefore written as mapped to itself, or its middle would be replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ckanext.jiangmen.catalog.search import words

CONF = Path(__file__).resolve().parent / "jiangmen" / "conf"
HEAD = "# Written by config/solr/mappings.py.\n"


def for_queries() -> dict[str, str]:
    """Return what is looked for by what is asked, in the indexed forms.

    What the catalogue's word is asked for goes for all words that mean the same.
    """
    same, found = words.equivalents(), dict(words.equivalents())
    for word, others in words.asked().items():
        forms = [same.get(other, other) for other in others if other != word]
        # Twice: what was asked itself weighs more than what it is asked for.
        found[word] = " ".join([word, word, *forms])
    for word, form in same.items():
        found[word] = found.get(form, form)
    return found


def text(mapping: Mapping[str, str]) -> str:
    """Return the mapping as Solr reads it."""
    lines = [f'"{word}" => "{form}"' for word, form in sorted(mapping.items())]
    return HEAD + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write the files, or with --check only compare; return 1 if they differ."""
    simple = {chr(code): form for code, form in words.simplified().items()}
    wanted = {
        "mapping-syn.txt": text(words.equivalents()),
        "mapping-synq.txt": text(for_queries()),
        "mapping-ts.txt": text(simple),
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
