"""A department with its people on the share site, and the open site beside it."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests

HERE = Path(__file__).parent
CSV = "区划代码,名称\n440703,蓬江区\n440704,江海区\n440705,新会区\n"


class OpenSiteProcess:
    """The open site's test configuration, served by a process that can be killed."""

    def __init__(self, ini, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.pid = None
        self.log = folder / "open.log"
        with self.log.open("ab") as log:
            self.parent = subprocess.Popen(
                [sys.executable, str(HERE / "open_site.py"), str(ini), str(self.port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.token = self._said("token")
        self.moderator = self._said("moderator")

    def _said(self, word):
        """Return what the process says after `word`; other lines are passed over."""
        while line := self.parent.stdout.readline():
            if line.startswith(word + " "):
                return line.split()[1]
        return pytest.fail(self.log.read_text()[-3000:])

    def start(self, die_at="-"):
        """Serve from a fresh process, perhaps one that dies at a point."""
        self.stop()
        self.parent.stdin.write(f"start {die_at}\n")
        self.parent.stdin.flush()
        self.pid = int(self._said("ready"))

    def running(self):
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def stop(self):
        """Kill the serving process without any farewell."""
        while self.running():
            os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.01)

    def close(self):
        self.stop()
        self.parent.kill()
        self.parent.wait()

    def get(self, path, **params):
        """Fetch an address; redirects name the configured site, not this port."""
        target = f"{self.url}{path}"
        for _ in range(5):
            answer = requests.get(
                target, params=params, timeout=30, allow_redirects=False
            )
            if not answer.is_redirect:
                break
            moved = urlsplit(answer.headers["Location"])
            target, params = f"{self.url}{moved.path}", {}
        return answer

    def post(self, name, token="", **data):
        """Call an action that writes; return its result."""
        headers = {"Authorization": token} if token else {}
        target = f"{self.url}/api/3/action/{name}"
        answer = requests.post(target, json=data, headers=headers, timeout=30)
        return answer.json().get("result")

    def action(self, name, **params):
        answer = self.get(f"/api/3/action/{name}", **params)
        return answer.json().get("result")


@pytest.fixture(scope="module")
def open_process(request, tmp_path_factory):
    """The open site, empty at the start of the module."""
    share = Path(request.config.getoption("ckan_ini")).resolve()
    ini = share.with_name(share.name.replace("share", "open"))
    site = OpenSiteProcess(ini, tmp_path_factory.mktemp("open"))
    yield site
    site.close()


@pytest.fixture
def open_site(platform, open_process, monkeypatch):
    """The open site with nothing published, known to the share site."""
    import ckan.plugins.toolkit as tk

    if not open_process.running():
        open_process.start()
    _point_to(open_process, tk, monkeypatch)
    _withdraw_everything()
    return open_process


def _point_to(site, tk, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.publication.open_url", site.url)
    monkeypatch.setitem(tk.config, "ckanext.jiangmen.publication.token", site.token)


def _withdraw_everything():
    """Take back what an earlier test left, in the order numbers of this one."""
    from ckanext.jiangmen.publication.sender import OpenSite

    caller, after = OpenSite(), ""
    for entry in caller.state(after, 500, verify=False)["entries"]:
        if entry["state"] != "withdrawn":
            caller.withdraw(
                {
                    "crossing": entry["package_id"],
                    "package_id": entry["package_id"],
                    "verb": "withdraw",
                    "version": entry["version"],
                    "sequence": 10**6,
                    "bytes": 0,
                }
            )


@pytest.fixture
def restart(open_process):
    """Restart the open site, perhaps to die at a point."""
    return open_process.start


@pytest.fixture
def worker_process(request, open_site, tmp_path):
    """Run a command of the publication room in a process of its own."""
    share = Path(request.config.getoption("ckan_ini")).resolve()
    ini = tmp_path / "share.ini"

    def run(*command, die_at=""):
        ini.write_text(
            f"[app:main]\nuse = config:{share}\n"
            f"ckanext.jiangmen.publication.open_url = {open_site.url}\n"
            f"ckanext.jiangmen.publication.token = {open_site.token}\n"
            "ckanext.jiangmen.publication.chunk_bytes = 20\n"
            "[loggers]\nkeys = root\n[handlers]\nkeys = console\n"
            "[formatters]\nkeys = plain\n[logger_root]\nlevel = WARNING\n"
            "handlers = console\n[handler_console]\nclass = StreamHandler\n"
            "args = (sys.stderr,)\n[formatter_plain]\nformat = %(message)s\n"
        )
        ckan = Path(sys.executable).with_name("ckan")
        return subprocess.run(
            [str(ckan), "-c", str(ini), "jiangmen", "publication", *command],
            env=os.environ | {"JIANGMEN_DIE_AT": die_at},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def people(platform, as_platform):
    """市民政局 with a cataloguer and a reviewer, and the city's offices."""
    from ckan import model

    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.accounts import MEMBER_CAPACITY, Role
    from ckanext.jiangmen.catalog import lists, organizations

    row = organizations.organization_dict(lists.organization_named("市民政局"))
    civil = as_platform("organization_create", **row)["id"]
    for library in lists.libraries()[:3]:
        as_platform("group_create", **organizations.library_dict(library))
    for name, role in (
        ("c_cataloguer", Role.CATALOGUER),
        ("c_reviewer", Role.REVIEWER),
        ("secrecy", Role.SECRECY_REVIEWER),
        ("coordinator", Role.COORDINATOR),
        ("auditor", Role.AUDITOR),
    ):
        user = as_platform(
            "user_create",
            name=name,
            email=f"{name}@example.invalid",
            password="Zhongwen-2026",
        )
        of = civil if role in MEMBER_CAPACITY else None
        if of:
            capacity = MEMBER_CAPACITY[role]
            as_platform(
                "organization_member_create", id=of, username=name, role=capacity
            )
        accounts.grant_role(user["id"], role, of)
    model.Session.commit()
    return SimpleNamespace(civil=civil)


@pytest.fixture
def entry(people):
    """Return a function that makes the dict of a right, open entry of 市民政局."""

    def make(**changes):
        return {
            "title": "江门市行政区划",
            "owner_org": people.civil,
            "content_kind": "基础信息",
            "content_subkind": "地理空间",
            "notes": "全市区划代码与名称。",
            "format_class": "电子表格",
            "format_types": ["csv"],
            "sharing_category": "可社会公开",
            "exchange_method": "系统对接",
            "update_cycle": "每年",
            "cycle_reason": "区划按年调整。",
            "secrecy": "非涉密",
            "secrecy_review_result": "可公开",
            "secrecy_reviewer": "值班审查员",
            "license_id": "CC-BY-4.0",
            "subject_terms": ["行政区划"],
            "contact_phone": "0750-3501398",
            "information_items": [
                {"name": "区划代码", "data_type": "字符型", "data_length": "12"},
                {"name": "名称", "data_type": "字符型", "data_length": "60"},
            ],
        } | changes

    return make


@pytest.fixture
def approve(act, entry):
    """Return a function that takes an entry, a table with it, to its approval."""
    from werkzeug.datastructures import FileStorage

    def attach(revision_id, content, name):
        data = content.encode() if isinstance(content, str) else content
        upload = FileStorage(stream=io.BytesIO(data), filename=name)
        act(
            "jiangmen_revision_attach",
            user="c_cataloguer",
            id=revision_id,
            upload=upload,
        )

    def go(content=CSV, name="江门市行政区划.csv", package=None, **changes):
        if package is None:
            draft = act("package_create", user="c_cataloguer", **entry(**changes))
        else:
            draft = act("package_patch", user="c_cataloguer", id=package, **changes)
        if content is not None:
            attach(draft["revision_id"], content, name)
        revision = draft["revision_id"]
        act("jiangmen_revision_submit", user="c_cataloguer", id=revision)
        answer = act("jiangmen_revision_approve", user="c_reviewer", id=revision)
        if answer["step"] == "secrecy":
            act("jiangmen_revision_approve", user="secrecy", id=revision)
        act("jiangmen_revision_approve", user="coordinator", id=revision)
        return draft["id"]

    return go


@pytest.fixture
def send():
    """Make every crossing that waits, as the worker does, whatever its next time is."""
    import sqlalchemy as sa

    from ckan import model

    from ckanext.jiangmen import clock
    from ckanext.jiangmen.publication import worker
    from ckanext.jiangmen.publication.model import Publication

    def now():
        model.Session.execute(sa.update(Publication).values(due=clock.now()))
        model.Session.commit()
        with contextlib.suppress(KeyboardInterrupt):
            return worker.run_once()

    return now
