"""Rules of the entry itself (江府办函〔2017〕82号, 四 and 五; 1272号核心元数据)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.jiangmen import identity
from ckanext.jiangmen.catalog import former_codes, lists, openness, resource_code
from ckanext.jiangmen.catalog.problems import Problem
from ckanext.jiangmen.catalog.values import (
    as_list,
    has_control_characters,
    is_empty,
    quote_short,
    text,
)

Entry = Mapping[str, Any]

_CHOICES = {
    "content_kind": "content_kind",
    "sharing_category": "sharing_category",
    "legal_basis_type": "legal_basis_type",
    "exchange_method": "exchange_method",
    "open_flag": "yes_no",
    "update_cycle": "update_cycle",
    "format_class": "format_class",
    "secrecy_review_result": "secrecy_review_result",
}
_ONE_LINE = ("title", "provider_unit", "system_name", "contact_name")
_PHONE = re.compile(
    r"(?:\+?86[- ]?)?(?:"
    r"1[3-9]\d{9}"
    r"|(?:[(（]?0\d{2,3}[)）]?[- ]?)?[2-9]\d{6,7}(?:(?:-|转|ext\.?)\d{1,6})?"
    r"|(?:0\d{2,3}-)?1\d{2,4}"
    r"|[48]00[- ]?\d{3}[- ]?\d{4}"
    r")",
    re.ASCII,
)
_PHONE_SEPARATORS = re.compile(r"[、；;，,/]")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LONGEST_TYPE = 32
_LONGEST_TERM = 100
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
)


def check(entry: Entry, organization: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield every broken rule that is not about one item."""
    yield from _check_required(entry)
    yield from _check_texts(entry)
    yield from _check_choices(entry)
    yield from _check_class(entry)
    yield from _check_codes(entry)
    yield from _check_formats(entry)
    yield from _check_sharing(entry)
    yield from _check_exchange(entry)
    yield from _check_flags(entry)
    yield from _check_opening(entry, organization)
    yield from _check_details(entry)


def _check_required(entry: Entry) -> Iterator[Problem]:
    for field in lists.requirements()["entry"]:
        if is_empty(entry.get(field)):
            message = f"缺少{lists.label(field)}，请填写。"
            yield Problem(field, "required", message)
    kind = text(entry.get("content_kind"))
    for field in lists.requirements()["content_kind"].get(kind, []):
        if is_empty(entry.get(field)):
            message = f"内容类别为“{kind}”的，须填写{lists.label(field)}，请补充。"
            yield Problem(field, "kind_requires", message)


def _check_texts(entry: Entry) -> Iterator[Problem]:
    for field, limit in lists.requirements()["max_length"].items():
        value = entry.get(field)
        if value is not None and not isinstance(value, (str, int, float)):
            message = f"{lists.label(field)}须为文字，请改正。"
            yield Problem(field, "text", message)
        elif len(text(value)) > limit:
            message = (
                f"{lists.label(field)}有{len(text(value))}个字符，"
                f"最多{limit}个，请精简。"
            )
            yield Problem(field, "too_long", message)
    for field in _ONE_LINE:
        if has_control_characters(text(entry.get(field))):
            message = f"{lists.label(field)}中有换行或控制字符，请删除。"
            yield Problem(field, "text", message)


def _check_choices(entry: Entry) -> Iterator[Problem]:
    for field, name in _CHOICES.items():
        value = text(entry.get(field))
        if value and value not in lists.value_set(name):
            permitted = "、".join(lists.values(name))
            message = (
                f"{lists.label(field)}{quote_short(value)}不在列表中，"
                f"请改为：{permitted}。"
            )
            yield Problem(field, "choice", message)
    kind, subkind = text(entry.get("content_kind")), text(entry.get("content_subkind"))
    if subkind and subkind not in lists.subkinds(kind):
        permitted = "、".join(lists.subkinds(kind)) or "先选内容类别"
        message = (
            f"内容子类{quote_short(subkind)}不属于内容类别“{kind}”，"
            f"请改为：{permitted}。"
        )
        yield Problem("content_subkind", "subkind", message)


def _check_class(entry: Entry) -> Iterator[Problem]:
    segments = [text(entry.get(field)) for field in lists.CLASS_FIELDS]
    if not any(segments):
        return
    for position, (field, value) in enumerate(
        zip(lists.CLASS_FIELDS, segments, strict=True)
    ):
        label = lists.label(field)
        if not value and position < 3:
            message = f"类、项、目要么都填、要么都不填，请补充{label}。"
            yield Problem(field, "class", message)
            continue
        problem = resource_code.segment_problem(position, value)
        if problem:
            message = f"{problem}，现为{quote_short(value)}，请改正。"
            yield Problem(field, "class", message)
    lei, xiang = segments[:2]
    if lists.class_name(lei) is None:
        if len(lei) == 1 and lei.isdigit():
            names = "、".join(f"{row['code']} {row['name']}" for row in lists.classes())
            message = f"类“{lei}”不在分类表中，请改为：{names}。"
            yield Problem("class_lei", "class", message)
    elif len(xiang) == 2 and lists.class_name(lei, xiang) is None:
        message = f"项“{xiang}”不在类“{lei}”的分类表中，请对照分类表改正。"
        yield Problem("class_xiang", "class", message)


def _check_codes(entry: Entry) -> Iterator[Problem]:
    own = text(entry.get("resource_code"))
    yield from former_codes.check(entry)
    if own and not (resource_code.is_resource_code(own) or former_codes.is_legacy(own)):
        message = (
            f"信息资源代码{quote_short(own)}应为“类项目细目/顺序码”，"
            "如 221211003/1003；新资源请留空。"
        )
        yield Problem("resource_code", "resource_code", message)
    seen: set[str] = set()
    for code in map(
        resource_code.canonical_related, as_list(entry.get("related_codes"))
    ):
        problem = _related_code_problem(code, own, seen)
        if problem:
            yield Problem("related_codes", "related_code", problem)
        seen.add(code)
    provider = text(entry.get("provider_code"))
    if provider:
        try:
            identity.check_credit_code(provider)
        except identity.IdentityNumberWrong as wrong:
            yield Problem("provider_code", "provider_code", str(wrong))
    region = text(entry.get("region_code"))
    if region and region[:6] not in lists.regions():
        permitted = "、".join(
            f"{code} {name}" for code, name in lists.regions().items()
        )
        message = (
            f"行政区划代码{quote_short(region)}不是江门市现行代码，"
            f"请改为：{permitted}。"
        )
        yield Problem("region_code", "region", message)


def _related_code_problem(code: str, own: str, seen: set[str]) -> str | None:
    if resource_code.is_external(code):
        if not resource_code.is_external_code(code):
            return (
                f"关联资源代码{quote_short(code)}的“外部:”之后应为"
                "“分类码/顺序码”，如“外部:440783001/12”，请改正。"
            )
    elif not resource_code.is_resource_code(code):
        return f"关联资源代码{quote_short(code)}应为“类项目细目/顺序码”，请改正。"
    if code == own:
        return f"关联资源代码“{code}”是本资源自身，请删除。"
    if code in seen:
        return f"关联资源代码“{code}”重复，请删除一个。"
    return None


def _check_formats(entry: Entry) -> Iterator[Problem]:
    chosen = text(entry.get("format_class"))
    for name in as_list(entry.get("format_types")):
        if len(name) > _LONGEST_TYPE:
            message = f"格式类型{quote_short(name)}超过{_LONGEST_TYPE}个字符，请精简。"
            yield Problem("format_types", "too_long", message)
        known = lists.classes_of_format(name)
        if known and chosen in lists.value_set("format_class") and chosen not in known:
            if chosen == "自描述格式":
                continue
            message = (
                f"格式类型“{name}”属于{'、'.join(known)}，不属于“{chosen}”，"
                "请改正格式分类或类型。"
            )
            yield Problem("format_types", "format_type", message)


def _check_sharing(entry: Entry) -> Iterator[Problem]:
    category = text(entry.get("sharing_category"))
    if category == openness.CONDITIONAL:
        for field in ("share_condition", "share_scope"):
            if is_empty(entry.get(field)):
                label = lists.label(field)
                message = f"共享方式类别为“有条件共享”的，须写明{label}，请填写。"
                yield Problem(field, "condition", message)


def _check_exchange(entry: Entry) -> Iterator[Problem]:
    method = lists.by_value("exchange_method").get(text(entry.get("exchange_method")))
    if method and method["rank"] > 1 and is_empty(entry.get("exchange_reason")):
        better = "、".join(
            row["value"]
            for row in lists.choices("exchange_method")
            if row["rank"] < method["rank"]
        )
        message = (
            f"交换方式为“{method['value']}”，未采用更优的{better}，"
            "请填写未采用更优方式的理由。"
        )
        yield Problem("exchange_reason", "exchange_reason", message)
    cycle = text(entry.get("update_cycle"))
    if (
        cycle in lists.value_set("update_cycle")
        and cycle != "实时"
        and is_empty(entry.get("cycle_reason"))
    ):
        message = f"更新周期为“{cycle}”，不是实时更新，请填写非实时理由。"
        yield Problem("cycle_reason", "cycle_reason", message)


def _check_flags(entry: Entry) -> Iterator[Problem]:
    """Refuse a derived field that says anything but what follows."""
    category = text(entry.get("sharing_category"))
    if category not in lists.value_set("sharing_category"):
        return
    categories = {category, openness.declared_badge(entry)}
    if openness.WITHHELD in categories:
        # An entry as it was read may show what holds until a ground is decided.
        categories.add(openness.CONDITIONAL)
    flag = text(entry.get("open_flag"))
    if flag in lists.value_set("yes_no") and flag not in {
        openness.flag_of(one) for one in categories
    }:
        message = (
            f"是否向社会开放为“{flag}”，与共享方式类别“{category}”矛盾，"
            "请改正其中之一，或留空由平台推定。"
        )
        yield Problem("open_flag", "open_contradiction", message)
    share_type = text(entry.get("share_type"))
    if share_type and share_type not in {
        openness.share_type_of(one) for one in categories
    }:
        message = (
            f"共享类型由共享方式类别“{category}”推定，不能填为{quote_short(share_type)}，"
            "请留空。"
        )
        yield Problem("share_type", "derived", message)


def _check_opening(entry: Entry, organization: Mapping[str, Any]) -> Iterator[Problem]:
    licence = text(entry.get("license_id"))
    if licence and lists.licence_id(licence) is None:
        permitted = "、".join(row["title"] for row in lists.licences())
        message = f"开放许可{quote_short(licence)}不在列表中，请改为：{permitted}。"
        yield Problem("license_id", "choice", message)
    review = text(entry.get("secrecy_review_result"))
    wants_open = _wants_open(entry)
    if wants_open and review == openness.PARTIAL and not _opens_something(entry):
        message = (
            "保密审查结果为“部分公开”，但没有信息项标明开放，"
            "请在要开放的信息项上把是否向社会开放填为“是”。"
        )
        yield Problem("secrecy_review_result", "partial_review", message)
    if not wants_open:
        return
    if organization.get("scope") == "internal":
        message = "本单位为内部单位，不得有可社会公开的内容，请改为其他共享方式类别。"
        yield Problem("sharing_category", "internal_organization", message)
    if not licence:
        message = "可社会公开的资源须选择开放许可，请填写，如 CC BY 4.0。"
        yield Problem("license_id", "licence", message)
    if not review:
        message = "可社会公开的资源须先经本单位保密审查，请填写保密审查结果。"
        yield Problem("secrecy_review_result", "review", message)
    elif review == "不可公开":
        message = "保密审查结果为“不可公开”，与可社会公开矛盾，请改正共享方式类别。"
        yield Problem("secrecy_review_result", "review", message)


def _wants_open(entry: Entry) -> bool:
    """Return whether the department asks for anything to be 可社会公开."""
    items = openness.items_of(entry)
    if text(entry.get("sharing_category")) != openness.OPEN:
        return any(item.get("sharing_category") == openness.OPEN for item in items)
    return not items or any(
        not item.get("sharing_category")
        or item.get("sharing_category") == openness.OPEN
        for item in items
    )


def _opens_something(entry: Entry) -> bool:
    return openness.declared_badge(entry) == openness.OPEN


def _check_details(entry: Entry) -> Iterator[Problem]:
    for phone in _PHONE_SEPARATORS.split(text(entry.get("contact_phone"))):
        if phone.strip() and not _PHONE.fullmatch(phone.strip()):
            message = (
                f"联系电话{quote_short(phone.strip())}不是固定电话、手机或服务号码，"
                "请改正，如 0750-3123456。"
            )
            yield Problem("contact_phone", "phone", message)
    date = text(entry.get("publish_date"))
    if date and not _is_date(date):
        message = f"发布日期{quote_short(date)}不是真实日期，请写作 2017-04-05。"
        yield Problem("publish_date", "date", message)
    for term in as_list(entry.get("subject_terms")):
        if len(term) > _LONGEST_TERM or has_control_characters(term):
            message = f"主题词{quote_short(term)}过长或有控制字符，请改正。"
            yield Problem("subject_terms", "too_long", message)
    outline = entry.get("spatial")
    if not is_empty(outline) and not _is_geometry(outline):
        message = "空间范围须为 GeoJSON 几何（经度在前、纬度在后），请改正。"
        yield Problem("spatial", "spatial", message)


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value[:10]):
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_geometry(outline: Any) -> bool:
    try:
        shape = json.loads(outline) if isinstance(outline, str) else outline
    except ValueError:
        return False
    if not isinstance(shape, dict) or shape.get("type") not in _GEOMETRIES:
        return False
    return _all_in_range(shape.get("coordinates"))


def _all_in_range(coordinates: Any) -> bool:
    """Return whether all positions are longitude, latitude; [] is none."""
    if not isinstance(coordinates, list) or not coordinates:
        return False
    if all(isinstance(part, (int, float)) for part in coordinates):
        return (
            2 <= len(coordinates) <= 3
            and -180 <= coordinates[0] <= 180
            and -90 <= coordinates[1] <= 90
        )
    return all(_all_in_range(part) for part in coordinates)
