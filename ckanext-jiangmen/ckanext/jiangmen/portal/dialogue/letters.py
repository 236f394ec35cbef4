"""What letters say, in Chinese; they hold nothing that somebody else wrote.

A letter never repeats a message's text: nobody can have us send theirs to others.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.jiangmen.portal.dialogue import config, mails, sealing
from ckanext.jiangmen.portal.dialogue.model import Message
from ckanext.jiangmen.publication.dialogue.words import State

FOOT = "\n\n本邮件由系统自动发送，请勿直接回复。"

# What a state is called, in letters and feeds.
STATES = {
    State.WAITING: "待审核",
    State.REJECTED: "未予发布",
    State.TAKEN_BACK: "已撤回",
    State.ACCEPTED: "已受理",
    State.IN_PROGRESS: "办理中",
    State.RELEASED: "已开放",
    State.NOT_COLLECTED: "未采集",
    State.DECLINED: "不予开放",
    State.CORRECTED: "已更正",
    State.ANSWERED: "已答复",
    State.SHOWN: "已展示",
}
REASONS = {
    "spam": "内容为广告或无意义信息",
    "personal_data": "内容含有个人信息",
    "insult": "内容含有侮辱性言辞",
    "off_topic": "内容与本站数据无关",
    "double": "与已有来信重复",
}


def address(route: str, **values: str) -> str:
    """Return an absolute address of this site, without a language."""
    return tk.url_for(route, qualified=True, locale="default", **values)


def _site() -> str:
    return str(tk.config["ckan.site_title"])


def receipt(mail: str, number: str, link: str) -> None:
    """Have a sender told the number and the secret link. Not committed."""
    if not mails.has_room(mail, config.letters_per_day()):
        return
    where = address("jiangmen_dialogue.follow", link=link)
    text = (
        f"您在{_site()}的来信已收到，编号：{number}。\n"
        "工作人员审核后公开，并由责任部门在时限内答复。\n\n"
        f"凭以下链接随时查看办理情况，请勿转发：\n{where}"
    )
    mails.add("receipt", mail, f"来信已收到（{number}）", text + FOOT)


def of_state(message: Message) -> None:
    """Have a sender told what became of the message. Not committed."""
    mail = sealing.unseal(message.mail)
    if not mail:
        return
    state = State(message.state)
    text = f"您的来信（编号：{message.number}）现在的状态：{STATES[state]}。"
    if state in {State.REJECTED, State.TAKEN_BACK}:
        text += f"\n原因：{REASONS.get(message.reason, '')}。"
    else:
        where = address("jiangmen_dialogue.read", number=str(message.number))
        text += f"\n\n详情：{where}"
    subject = f"来信办理情况（{message.number}）：{STATES[state]}"
    mails.add("state", mail, subject, text + FOOT)


def confirmation(mail: str, title: str, link: str) -> None:
    """Have an address asked whether it wants to hear of changes. Not committed."""
    where = address("jiangmen_subscription.confirm", link=link)
    text = (
        f"有人用此邮箱在{_site()}订阅了{title}的更新。\n\n"
        f"如是您本人，请打开以下链接确认：\n{where}\n\n"
        "如非本人，请忽略本邮件；7日内未确认的，订阅信息自动删除。"
    )
    mails.add("confirm", mail, "请确认数据订阅", text + FOOT)


def changes(mail: str, title: str, changed: list[Any], stop: str) -> None:
    """Have a subscriber told what changed. Not committed."""
    lines = [
        f"· {row.title}\n  {address('dataset.read', id=row.name)}" for row in changed
    ]
    ends = address("jiangmen_subscription.stop", link=stop)
    text = (
        f"您订阅的{title}有更新：\n\n" + "\n".join(lines) + f"\n\n退订请打开：\n{ends}"
    )
    mails.add("changes", mail, f"数据更新：{title}", text + FOOT, stop=ends)
