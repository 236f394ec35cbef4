"""The way of a revision: 编目 → 部门审核 → (分管领导) → 保密审查 → 市网信统筹局.

江府办函〔2017〕82号 四(一), 七(一); a department switches its leader's step on.

Which steps a revision takes, who may take the one that is due, and who may not.
Plain rules over values; rows and transactions are in `revisions` and `approval`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import rules

REVIEWER, LEADER = "reviewer", "leader"
SECRECY, COORDINATOR = "secrecy", "coordinator"
ORDER = (REVIEWER, LEADER, SECRECY, COORDINATOR)
STEPS_OF_DEPARTMENT = (REVIEWER, LEADER)

ROLE_OF_STEP = {
    REVIEWER: Role.REVIEWER,
    LEADER: Role.LEADER,
    SECRECY: Role.SECRECY_REVIEWER,
    COORDINATOR: Role.COORDINATOR,
}
STEP_TITLES = {
    REVIEWER: "部门审核",
    LEADER: "分管领导审核",
    SECRECY: "保密审查",
    COORDINATOR: "市网信统筹局审核",
}


@dataclass(frozen=True)
class Refusal:
    """Why an account may not take a step; `message` is one sentence."""

    rule: str
    message: str


def opens(entry: dict[str, Any]) -> bool:
    """Return whether anything of the entry is to be opened to the public."""
    return rules.is_open(entry)


def has_leader_step(department: Mapping[str, Any] | None) -> bool:
    """Return whether a department has switched its leader's step on."""
    return (department or {}).get("leader_step") == "是"


def steps(kind: str, entry: dict[str, Any], *, led: bool = False) -> list[str]:
    """Return the steps of a revision in order; `led`: the leader's among them.

    保密审查 only where something is to be opened; taking an entry back opens nothing.
    """
    secret = kind != "withdraw" and opens(entry)
    skipped = {LEADER: not led, SECRECY: not secret}
    return [step for step in ORDER if not skipped.get(step)]


def next_step(
    kind: str, entry: dict[str, Any], step: str | None, *, led: bool = False
) -> str | None:
    """Return the step after `step` (None: the first); None after the last."""
    way = steps(kind, entry, led=led)
    if step is None:
        return way[0]
    # A step that the entry no longer needs is followed by those after it.
    later = ORDER[ORDER.index(step) + 1 :]
    return next((name for name in later if name in way), None)


def may_take(
    caller: Caller, step: str, owner_org: str, wrote: set[str], done_by: set[str]
) -> Refusal | None:
    """Return why `caller` may not take `step`, None if it may.

    `wrote` and `done_by` hold user ids: who wrote in the revision, and who took one
    of its steps since it was last submitted.
    """
    role = ROLE_OF_STEP[step]
    if not caller.has(role, owner_org):
        return Refusal(
            "role", f"现在等待的是{STEP_TITLES[step]}，您的账户没有这一职责。"
        )
    if caller.user_id in wrote:
        return Refusal("own", "不能审核自己编制的修订，请由其他人员办理。")
    if caller.user_id in done_by:
        return Refusal("twice", "同一人不能办理同一修订的两个环节，请由其他人员办理。")
    return None


def waiting_steps(caller: Caller) -> list[tuple[str, frozenset[str] | None]]:
    """Return the steps of a caller: (step, organization ids or None for all)."""
    found: list[tuple[str, frozenset[str] | None]] = []
    for step in STEPS_OF_DEPARTMENT:
        reviews = frozenset(
            organization
            for role, organization in caller.roles
            if role == ROLE_OF_STEP[step] and organization
        )
        if reviews:
            found.append((step, reviews))
    if caller.has(Role.SECRECY_REVIEWER):
        found.append((SECRECY, None))
    if caller.has(Role.COORDINATOR):
        found.append((COORDINATOR, None))
    return found
