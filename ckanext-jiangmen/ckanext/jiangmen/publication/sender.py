"""The one connection between the sites: the share site calls, the open site answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from ckanext.jiangmen.publication import config, faults
from ckanext.jiangmen.publication.errors import OpenSiteFailed

Progress = Callable[[int], None]


class OpenSite:
    """The open site's receiving actions over HTTP, one session with a service token.

    Every method raises `OpenSiteFailed` if the site is not reached or refuses.
    """

    def __init__(self) -> None:
        self.url = config.open_url()
        self.session = requests.Session()
        self.session.headers["Authorization"] = config.token()
        self.session.headers["User-Agent"] = "jiangmen-publication"

    def receive(self, said: dict[str, Any]) -> dict[str, Any]:
        """Have a version published; its files were staged before."""
        return self._call("jiangmen_publication_receive", json=said)

    def withdraw(self, said: dict[str, Any]) -> dict[str, Any]:
        """Have an entry taken back with everything derived from it."""
        return self._call("jiangmen_publication_withdraw", json=said)

    def state(self, after: str, limit: int, *, verify: bool) -> dict[str, Any]:
        """Return one page of what the site holds, ids after `after`."""
        asked = {"after": after, "limit": limit, "verify": verify}
        return self._call("jiangmen_publication_state", json=asked)

    def dialogue(self, after: int, limit: int) -> dict[str, Any]:
        """Return one page of moderated messages, those behind `after`."""
        asked = {"after": after, "limit": limit}
        return self._call("jiangmen_dialogue_pull", json=asked)

    def clean(self) -> dict[str, Any]:
        """Have tables and files removed that belong to no entry."""
        return self._call("jiangmen_publication_clean", json={})

    def stage(self, path: Path, sha256: str, size: int, progress: Progress) -> None:
        """Send a file in pieces; what the site has of it already is not sent again.

        `progress` is called with the bytes that the site has.
        """
        answer = self._stage_call(sha256, size, 0, b"")
        with path.open("rb") as stream:
            while not answer["complete"]:
                received = int(answer["received"])
                progress(received)
                stream.seek(received)
                piece = stream.read(config.chunk_bytes())
                if not piece and received < size:
                    raise OpenSiteFailed("文件在发送时变短，稍后重试。")
                answer = self._stage_call(sha256, size, received, piece)
                if received:
                    faults.reach("worker-half-staged")
        progress(size)

    def _stage_call(
        self, sha256: str, size: int, offset: int, piece: bytes
    ) -> dict[str, Any]:
        return self._call(
            "jiangmen_publication_stage",
            data={"sha256": sha256, "size": str(size), "offset": str(offset)},
            files={"upload": ("piece", piece, "application/octet-stream")},
        )

    def _call(self, action: str, **body: Any) -> dict[str, Any]:
        try:
            answer = self.session.post(
                f"{self.url}/api/3/action/{action}",
                timeout=(5, config.timeout_s()),
                allow_redirects=False,
                **body,
            )
        except requests.RequestException as err:
            raise OpenSiteFailed(
                f"无法连接开放门户（{type(err).__name__}），稍后自动重试。"
            ) from err
        try:
            content = answer.json()
        except ValueError as err:
            raise OpenSiteFailed(
                f"开放门户暂时不能服务（HTTP {answer.status_code}），稍后自动重试。"
            ) from err
        if not answer.ok or not content.get("success"):
            raise OpenSiteFailed(
                f"开放门户拒绝接收（HTTP {answer.status_code}）："
                f"{_words(content.get('error'))}"
            )
        return content["result"]


def _words(error: Any) -> str:
    """Return the sentences of an action's error without its type."""
    if not isinstance(error, dict):
        return str(error or "")[:500]
    if error.get("message"):
        return str(error["message"])[:500]
    parts = (f"{k}: {v}" for k, v in error.items() if not k.startswith("__"))
    return "; ".join(parts)[:500]
