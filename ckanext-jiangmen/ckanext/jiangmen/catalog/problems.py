"""What a rule says when an entry breaks it, and the table of all rules.

The table is data for documents and tests: `docs/rules.md` is written from it.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: the field, the rule's id, one Chinese sentence.

    `item` is the 0-based place in `information_items` and `item_field` the field of
    that item; both are None for problems of the entry itself.
    """

    field: str
    rule: str
    message: str
    item: int | None = None
    item_field: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its id, the clause it carries out, what it demands."""

    id: str
    clause: str
    demands: str


PLAN = "江府办函〔2017〕82号"
GUIDE = "发改高技〔2017〕1272号"

RULES = (
    Rule("required", GUIDE, "必填字段不得为空"),
    Rule("kind_requires", f"{PLAN} 四(一)4", "电子文档须有主题词和存储介质"),
    Rule("choice", GUIDE, "选择字段只能取列表中的值"),
    Rule("subkind", f"{PLAN} 四(一)", "内容子类须属于所选的内容类别"),
    Rule("too_long", GUIDE, "文本不得超过规定字数（摘要256个字符）"),
    Rule("text", GUIDE, "文本字段须为文字，名称中不得有换行和控制字符"),
    Rule("secrecy", f"{PLAN} 三(一)", "涉密资源不得填报，平台不保存其任何内容"),
    Rule(
        "class", f"{GUIDE} 信息资源分类", "类、项、目、细目须完整、格式正确并在分类表中"
    ),
    Rule(
        "resource_code", f"{GUIDE} 信息资源代码", "信息资源代码须为“类项目细目/顺序码”"
    ),
    Rule(
        "related_code",
        f"{GUIDE} 关联资源代码",
        "关联资源代码须格式正确、不重复、不指向自身，且已在本目录中；"
        "其他目录的代码写作“外部:代码”",
    ),
    Rule("former_code", "GB/T 21063.5-2007", "原编号不超过64个字符，不得重复"),
    Rule("provider_code", "GB 32100-2015", "提供方代码须通过两次校验"),
    Rule("region", "GB/T 2260", "行政区划代码须为江门市现行代码"),
    Rule("format_type", f"{GUIDE} 信息资源格式", "格式类型须属于所选的格式分类"),
    Rule("items_required", f"{GUIDE} 信息项信息", "数据库、电子表格须填写信息项"),
    Rule("condition", f"{PLAN} 四(二)3", "有条件共享须写明共享条件和共享范围"),
    Rule(
        "legal_basis",
        f"{PLAN} 四(二)",
        "不予共享须指明本单位登记的依据：三种之一，内容齐全，在有效期内并按年核查",
    ),
    Rule("exchange_reason", f"{PLAN} 四(二)", "未采用系统对接的须说明理由"),
    Rule("cycle_reason", f"{PLAN} 五(四)", "更新周期不是实时的须说明理由"),
    Rule(
        "open_contradiction", f"{PLAN} 四(二)1", "是否向社会开放不得与共享方式类别矛盾"
    ),
    Rule("derived", f"{GUIDE} 共享类型", "由平台推定的字段不能另填"),
    Rule("licence", f"{PLAN} 四(二)1", "可社会公开须选择开放许可"),
    Rule("review", f"{PLAN} 五(六)", "可社会公开须有保密审查结果，且不是不可公开"),
    Rule("partial_review", f"{PLAN} 五(六)", "部分公开须逐项标明开放的信息项"),
    Rule("internal_organization", f"{PLAN} 四(二)1", "内部单位不得有可社会公开的内容"),
    Rule("phone", GUIDE, "联系电话须为固定电话、手机或服务号码"),
    Rule("date", GUIDE, "日期须真实，写作 2017-04-05"),
    Rule("spatial", "GB/T 19710", "空间范围须为 GeoJSON 几何，经度在前"),
    Rule("items_shape", GUIDE, "信息项须为列表，每项为字段与值"),
    Rule("item_duplicate", GUIDE, "同一资源内信息项名称不得重复"),
    Rule("column_too_long", "PostgreSQL 标识符上限", "列名不得超过63字节（21个汉字）"),
    Rule("column_duplicate", "本平台", "同一资源内列名不得重复"),
    Rule(
        "column_name", "CKAN DataStore", "列名不得以下划线开头，不得有双引号和控制字符"
    ),
    Rule("length", GUIDE, "需要长度的数据类型须填写数据长度"),
    Rule("type_note", GUIDE, "备注型须在备注中说明内容"),
    Rule("item_condition", f"{PLAN} 四(二)3", "有条件共享的信息项须有共享条件"),
)


def rule_ids() -> frozenset[str]:
    """Return the ids of all rules."""
    return frozenset(rule.id for rule in RULES)


def as_markdown() -> str:
    """Return `docs/rules.md`: every rule with its clause, in the order of the table."""
    rows = "\n".join(f"| `{one.id}` | {one.demands} | {one.clause} |" for one in RULES)
    return (
        "# Rules of the catalogue\n\n"
        "Every broken rule is reported with its id, the field and one sentence that\n"
        "says how to mend it, by the workbook import, the form and the API alike.\n"
        "This page is written from `catalog/problems.py`.\n\n"
        f"| rule | 要求 | 依据 |\n|---|---|---|\n{rows}\n"
    )
