"""Log lines without the passwords that addresses of servers hold.

The libraries that speak to Solr and Redis repeat the address of a server in their
errors, password included.
"""

from __future__ import annotations

import logging
import re

PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):[^\s/@]+@")


def redact(text: str) -> str:
    """Return the text with the password of every address in it hidden.

    >>> redact("no answer from http://solr:s%40lr@127.0.0.1:8983/solr")
    'no answer from http://solr:***@127.0.0.1:8983/solr'
    """
    return PASSWORD.sub(r"\1:***@", text)


class Formatter(logging.Formatter):
    """The formatter of every log of the platform; tracebacks pass it too."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and its traceback, without passwords."""
        return redact(super().format(record))
