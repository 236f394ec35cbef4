"""The score of a published entry by the method of data.europa.eu: 405 points (pure).

What is not known does not count: an address that was not looked at earns nothing, and
says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ckanext.jiangmen.catalog import lists, vocabularies
from ckanext.jiangmen.catalog.values import is_empty

Entry = Mapping[str, Any]
Share = tuple[float, str]

NONE = "未填写"
NO_FILE = "没有数据文件"
NOT_CHECKED = "未检查"


@dataclass(frozen=True)
class Facts:
    """What is looked at: an entry, and what its addresses answered.

    `access` and `download` hold per file, by id, whether the address answers; one that
    was not looked at is absent. `period` says what the data are of, "" if unknown.
    """

    entry: Entry
    access: Mapping[str, bool]
    download: Mapping[str, bool]
    period: str = ""

    @property
    def files(self) -> Sequence[Entry]:
        """Return the entry's files and tables."""
        return self.entry.get("resources") or []


@functools.cache
def settings() -> MappingProxyType[str, Any]:
    """Return ``schemas/mqa.yaml``."""
    return MappingProxyType(lists.read_yaml("mqa.yaml"))


def most() -> int:
    """Return the most points that an entry can have.

    >>> most()
    405
    """
    return sum(row["points"] for row in _indicators())


def report(facts: Facts) -> dict[str, Any]:
    """Return the score, its band, and each indicator with what would raise it.

    Figures are of the entry's own files; exports that the platform makes of a table
    do not count a second time.
    """
    dimensions = []
    for row in settings()["dimensions"]:
        found = [_indicator(each, facts) for each in row["indicators"]]
        dimensions.append(
            {
                "name": row["name"],
                "title": row["title"],
                "points": _sum(found, "points"),
                "of": sum(each["of"] for each in found),
                "indicators": found,
            }
        )
    score = round(_sum(dimensions, "points"))
    return {"score": score, "of": most(), **band(score), "dimensions": dimensions}


def band(score: int) -> dict[str, str]:
    """Return the band of a score: {band, band_title}.

    >>> band(351)["band_title"], band(350)["band_title"], band(0)["band_title"]
    ('优秀', '良好', '较差')
    """
    row = next(row for row in settings()["bands"] if score >= row["least"])
    return {"band": row["name"], "band_title": row["title"]}


def _indicators() -> list[dict[str, Any]]:
    return [each for row in settings()["dimensions"] for each in row["indicators"]]


def _indicator(row: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    share, figure = _SHARES[row["name"]](facts)
    points = round(row["points"] * share, 1)
    lacking = round(row["points"] - points, 1)
    return {
        "name": row["name"],
        "title": row["title"],
        "points": points,
        "of": row["points"],
        "figure": figure,
        "raise": row["raise"] if lacking else "",
        "lacking": lacking,
    }


def _sum(rows: Sequence[Mapping[str, Any]], key: str) -> float:
    return round(sum(row[key] for row in rows), 1)


def _field(*names: str) -> Callable[[Facts], Share]:
    """Return a look at whether one of these fields is filled in."""

    def look(facts: Facts) -> Share:
        values = [facts.entry.get(name) for name in names]
        filled = [value for value in values if not is_empty(value)]
        if not filled:
            return 0.0, NONE
        return 1.0, _short(filled[0])

    return look


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _publisher(facts: Facts) -> Share:
    title = (facts.entry.get("organization") or {}).get("title")
    return (1.0, str(title)) if title else (0.0, NONE)


def _modified(facts: Facts) -> Share:
    changed = str(facts.entry.get("metadata_modified") or "")
    return (1.0, changed[:10]) if changed else (0.0, NONE)


def _of_files(holds: Callable[[Entry], bool]) -> Callable[[Facts], Share]:
    """Return a look at how many of the files have something."""

    def look(facts: Facts) -> Share:
        return _counted(facts, [holds(file) for file in facts.files])

    return look


def _counted(facts: Facts, held: Sequence[bool]) -> Share:
    if not facts.files:
        return 0.0, NO_FILE
    said = f"{len(facts.files)}个文件中{sum(held)}个"
    return sum(held) / len(facts.files), said


def _answering(which: str) -> Callable[[Facts], Share]:
    """Return a look at how many addresses answered when they were tried."""

    def look(facts: Facts) -> Share:
        answers: Mapping[str, bool] = getattr(facts, which)
        tried = [answers.get(file["id"]) for file in facts.files]
        share, said = _counted(facts, [bool(answer) for answer in tried])
        unknown = sum(answer is None for answer in tried)
        return share, f"{said}（{unknown}个{NOT_CHECKED}）" if unknown else said

    return look


def _keyword(facts: Facts) -> Share:
    words = facts.entry.get("tags") or facts.entry.get("subject_terms") or []
    return (1.0, f"{len(words)}个") if words else (0.0, NONE)


def _category(facts: Facts) -> Share:
    if is_empty(facts.entry.get("class_lei")):
        return 0.0, NONE
    return 1.0, "、".join(label for _code, label in vocabularies.themes(facts.entry))


def _spatial(facts: Facts) -> Share:
    region = vocabularies.region(facts.entry)
    if region:
        return 1.0, region[1]
    return (1.0, "已划定范围") if facts.entry.get("spatial") else (0.0, NONE)


def _temporal(facts: Facts) -> Share:
    return (1.0, facts.period) if facts.period else (0.0, "未知")


def _compliance(facts: Facts) -> Share:
    """Every document is written by one profile that tests hold against the shapes."""
    mandatory = ("title", "notes")
    lacking = [name for name in mandatory if is_empty(facts.entry.get(name))]
    if lacking:
        return 0.0, "缺" + "、".join(lists.label(name) for name in lacking)
    return 1.0, "由平台统一生成并经形状检验"


def _licence(facts: Facts) -> Share:
    known = vocabularies.licence_iri(facts.entry.get("license_id"))
    return (1.0, str(facts.entry.get("license_id"))) if known else (0.0, NONE)


_SHARES: dict[str, Callable[[Facts], Share]] = {
    "keyword": _keyword,
    "category": _category,
    "spatial": _spatial,
    "temporal": _temporal,
    "access": _answering("access"),
    "download": _of_files(lambda file: bool(file.get("url"))),
    "download_works": _answering("download"),
    "format": _of_files(lambda file: bool(file.get("format"))),
    "media_type": _of_files(
        lambda file: bool(
            file.get("mimetype") or vocabularies.format_of(file.get("format"))
        )
    ),
    "format_known": _of_files(
        lambda file: vocabularies.format_of(file.get("format")) is not None
    ),
    "open_format": _of_files(
        lambda file: getattr(vocabularies.format_of(file.get("format")), "open", False)
    ),
    "machine_readable": _of_files(
        lambda file: getattr(
            vocabularies.format_of(file.get("format")), "machine", False
        )
    ),
    "compliance": _compliance,
    "licence": _field("license_id"),
    "licence_known": _licence,
    "access_rights": _field("sharing_category"),
    "access_rights_known": _field("sharing_category"),
    "contact": _field("contact_name", "contact_phone"),
    "publisher": _publisher,
    "rights": _field("open_condition"),
    "size": _of_files(lambda file: bool(file.get("size"))),
    "issued": _field("publish_date"),
    "modified": _modified,
}
