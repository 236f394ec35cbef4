"""Actions of the open site: what its one service account may do. POST only."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.jiangmen.errors import JiangmenError
from ckanext.jiangmen.publication import (
    cleanup,
    documents,
    holdings,
    locks,
    receive,
    staging,
)
from ckanext.jiangmen.publication.logic import schema

DataDict = dict[str, Any]

PAGE_LIMIT = 500


def _checked(data_dict: DataDict, wanted: schema.Schema) -> DataDict:
    given = {key: data_dict[key] for key in wanted if key in data_dict}
    data, errors = tk.navl_validate(given, wanted)
    if errors:
        raise tk.ValidationError(errors)
    return data


def jiangmen_publication_stage(context: Context, data_dict: DataDict) -> DataDict:
    """Take a piece of a file; ask with an empty piece from where to go on.

    ``ckanapi action jiangmen_publication_stage sha256=… size=9 offset=0 upload@F``

    :param sha256: the whole file's sum, 64 hexadecimal digits
    :param size: the whole file's bytes
    :param offset: where the piece begins
    :param upload: the piece, a multipart file

    :returns: ``received`` (bytes, where the next piece begins) and ``complete``
    """
    tk.check_access("jiangmen_publication_stage", context, data_dict)
    data = _checked(data_dict, schema.stage())
    upload = data_dict.get("upload")
    piece = getattr(upload, "stream", upload)
    try:
        return staging.stage(data["sha256"], data["size"], data["offset"], piece)
    except JiangmenError as err:
        raise tk.ValidationError({"upload": [str(err)]}) from err


def jiangmen_publication_receive(context: Context, data_dict: DataDict) -> DataDict:
    """Publish one version of an entry whose files were staged, or a document.

    A document of the platform itself is sent as ``kind`` (``audit_head``), ``name``
    and ``body`` alone; it is kept once and never changes.

    ``ckanapi action jiangmen_publication_receive -i -r URL < crossing.json``

    :param crossing: id of the crossing, equal on every try
    :param package_id: id of the entry, equal on both sites
    :param verb: ``publish``
    :param version: of the entry
    :param sequence: grows with every crossing of the entry
    :param hash: SHA-256 of what is said in the three parts
    :param bytes: of all files
    :param repair: whether an equal version is written again
    :param organization: the provider, public fields only
    :param entry: metadata, public fields only
    :param resources: files and tables, public fields only
    :param kind: of a document, instead of all the others
    :param name: of the document
    :param body: of the document, an object

    :returns: ``status`` (``published``, or ``already`` for an older or equal
        version), ``version`` and ``hash`` as they are now; of a document ``status``
        (``received`` or ``already``) and ``name``
    """
    tk.check_access("jiangmen_publication_receive", context, data_dict)
    if "kind" in data_dict:
        return _receive_document(data_dict)
    data = _checked(data_dict, schema.receive())
    for name, kind in (("organization", dict), ("entry", dict), ("resources", list)):
        if not isinstance(data_dict.get(name), kind):
            raise tk.ValidationError({name: [tk._("Missing value")]})
        data[name] = data_dict[name]
    try:
        return receive.receive(data)
    except JiangmenError as err:
        raise tk.ValidationError({"entry": [str(err)]}) from err


def _receive_document(data_dict: DataDict) -> DataDict:
    try:
        return documents.receive(*(data_dict.get(n) for n in ("kind", "name", "body")))
    except JiangmenError as err:
        raise tk.ValidationError({"body": [str(err)]}) from err


def jiangmen_publication_withdraw(context: Context, data_dict: DataDict) -> DataDict:
    """Take an entry back with its files, tables, index document and organization.

    ``ckanapi action jiangmen_publication_withdraw -i -r URL < crossing.json``

    :param crossing: id of the crossing
    :param package_id: id of the entry
    :param verb: ``withdraw``
    :param version: of the entry
    :param sequence: grows with every crossing of the entry
    :param bytes: 0

    :returns: ``status`` (``withdrawn``, or ``already``), ``version`` and ``hash``
    """
    tk.check_access("jiangmen_publication_withdraw", context, data_dict)
    data = _checked(data_dict, schema.withdraw())
    try:
        with locks.exclusive(data["package_id"]):
            return cleanup.withdraw(data)
    except JiangmenError as err:
        raise tk.ValidationError({"package_id": [str(err)]}) from err


def jiangmen_publication_state(context: Context, data_dict: DataDict) -> DataDict:
    """Say what the site holds, for the reconciliation.

    ``ckanapi action jiangmen_publication_state after= limit=100 -r URL``

    :param after: id of the last entry of the page before, empty for the first
    :param limit: entries a page, 500 at most
    :param verify: whether the sums of files are computed again

    :returns: ``entries`` (``package_id``, ``title``, ``version``, ``hash``, ``state``
        and ``faults``: sentences), ``next`` (empty at the end), and on the first page
        ``strays``: packages, tables and files that belong to no entry
    """
    tk.check_access("jiangmen_publication_state", context, data_dict)
    data = _checked(data_dict, schema.state())
    limit = max(1, min(data["limit"], PAGE_LIMIT))
    return holdings.page(data["after"], limit, verify=data["verify"])


def jiangmen_publication_clean(context: Context, data_dict: DataDict) -> DataDict:
    """Remove tables and files that belong to no entry, and unfinished old files.

    ``ckanapi action jiangmen_publication_clean -r URL``

    :returns: numbers of removed ``tables``, ``files`` and ``unfinished``
    """
    tk.check_access("jiangmen_publication_clean", context, data_dict)
    return {
        "tables": holdings.remove_stray_tables(),
        "files": len(cleanup.remove_unowned_files()),
        "unfinished": staging.sweep(),
    }
