"""Every place that can hold text, and which accounts may see what lies there.

A capability that stores words adds its places here and plants them in `world`: a test
fails while a table of ours has a text column without a mark in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa

from ckanext.jiangmen import config

# Accounts of the share site that the crawl acts as, with role and department.
ACCOUNTS: dict[str, tuple[str | None, str | None]] = {
    "c_cataloguer": ("cataloguer", "市民政局"),
    "c_colleague": ("cataloguer", "市民政局"),
    "c_reviewer": ("reviewer", "市民政局"),
    "c_leader": ("leader", "市民政局"),
    "b_cataloguer": ("cataloguer", "市地税局"),
    "b_reviewer": ("reviewer", "市地税局"),
    "b_leader": ("leader", "市地税局"),
    "a_cataloguer": ("cataloguer", "市人力资源社会保障局"),
    "e_cataloguer": ("cataloguer", "市公安局"),
    "d_cataloguer": ("cataloguer", "市政府办公室"),
    "d_reviewer": ("reviewer", "市政府办公室"),
    "coordinator": ("coordinator", None),
    "secrecy": ("secrecy_reviewer", None),
    "city_approver": ("city_approver", None),
    "auditor": ("auditor", None),
    "security_officer": ("security_officer", None),
    "system_operator": ("system_operator", None),
    "stranger": (None, None),
}
# A machine token of 市人力资源社会保障局, bound to its grant.
MACHINE = "machine"
ANONYMOUS = ""

NOBODY: frozenset[str] = frozenset()
SIGNED_IN = frozenset(ACCOUNTS) | {MACHINE}
KEEPERS = frozenset({"security_officer", "system_operator"})
CITY = frozenset({"secrecy", "city_approver"})
OWNER = frozenset({"c_cataloguer", "c_colleague", "c_reviewer", "c_leader"})
OFFICE = OWNER | {"coordinator"}
# Metadata of what is shared: whoever works with entries (architecture.md §3).
DEPARTMENTS = (
    OFFICE
    | CITY
    | {account for account, (_, body) in ACCOUNTS.items() if body is not None}
    | {MACHINE}
)
# 市人力资源社会保障局 holds a grant; that of 市公安局 has expired.
GRANTED = OFFICE | {"a_cataloguer", MACHINE}
SECRECY = OFFICE | {"secrecy"}
INTERNAL = frozenset({"d_cataloguer", "d_reviewer", "coordinator"})


@dataclass(frozen=True)
class Place:
    """One place: who may see it on the share site, and whether the open site holds it.

    `told_by` names channels (parts of an address) that may tell it to `told` as well:
    a list made to say just that.
    """

    seen_by: frozenset[str]
    public: bool = False
    told: frozenset[str] = NOBODY
    told_by: tuple[str, ...] = field(default=())


# Texts of an entry; the first group crosses to the open site with an open entry.
PUBLIC_TEXTS = ("title", "notes", "provider_unit", "data_volume", "open_condition",
                "contact_name", "subject_terms", "format_types",
                "former_codes")  # fmt: skip
INNER_TEXTS = ("system_name", "storage_medium", "share_condition", "share_scope",
               "legal_basis", "exchange_reason", "cycle_reason", "remarks",
               "secrecy_reviewer")  # fmt: skip
TEXTS = (*PUBLIC_TEXTS, *INNER_TEXTS)

# Parts of an item that name it, and what its column holds.
NAMING = ("name", "column", "remarks", "source_department")
HOLDING = ("cell", "number")

GROUND = ("title", "document_number", "article", "authority", "reason", "file_name",
          "file")  # fmt: skip
PUBLIC_INQUIRY = ("title", "text", "answer", "ground")
# Begins on the open site, which knows no message that was planted on the share site.
FROM_THE_PUBLIC = {f"inquiry.{part}" for part in PUBLIC_INQUIRY}
REVISIONS = ("jiangmen_revision", "/desk/revision/", "/revision/")


def _texts(entry: str, seen_by: frozenset[str], **more: object) -> dict[str, Place]:
    return {f"{entry}.{text}": Place(seen_by, **more) for text in TEXTS}  # type: ignore[arg-type]


def _item(
    item: str, naming: Place, holding: Place, person: Place | None = None
) -> dict[str, Place]:
    return {
        **{f"{item}.{part}": naming for part in NAMING},
        **{f"{item}.{part}": holding for part in HOLDING},
        **({f"{item}.person": person} if person else {}),
    }


def _hidden_entry(entry: str, seen_by: frozenset[str]) -> dict[str, Place]:
    """Return the places of an entry that is one account's matter as a whole."""
    whole = Place(seen_by)
    return {
        **_texts(entry, seen_by),
        **_item(f"{entry}.item", whole, whole, whole),
        f"{entry}.spatial": whole,
        f"{entry}.table": whole,
        f"{entry}.note": whole,
        f"{entry}.id": whole,
    }


_PUBLIC = Place(DEPARTMENTS, public=True)
_SHARED = Place(DEPARTMENTS)
_GRANT = Place(GRANTED)
# Whoever reviews the opening sees the whole revision, withheld items too.
_WITHHELD = Place(OFFICE, told=frozenset({"secrecy"}), told_by=REVISIONS)
_SECRECY = Place(SECRECY)
_GROUND = Place(OFFICE | {"city_approver"})
# In plain to the owner and under a grant that names the item; who reviews the
# revision gets the file as it was sent.
_PERSON = Place(
    OWNER | {"a_cataloguer", MACHINE},
    told=frozenset({"coordinator"}),
    told_by=REVISIONS,
)  # The sum of a table's original: its owner's, and of who reads whole revisions.
_ORIGINAL = Place(
    OWNER,
    told=frozenset({"coordinator", "secrecy"}),
    told_by=(*REVISIONS, "/history", "jiangmen_entry_"),
)

PLACES: dict[str, Place] = {
    # A published entry with items of all four categories and three kinds of files.
    **{f"open.{text}": _PUBLIC for text in PUBLIC_TEXTS},
    **{f"open.{text}": _SHARED for text in INNER_TEXTS},
    "open.spatial": _PUBLIC,
    "open.table": _PUBLIC,
    "open.original": _ORIGINAL,
    **_item("open.public", _PUBLIC, _PUBLIC),
    **_item("open.shared", _SHARED, _SHARED),
    **_item(
        "open.conditional",
        _SHARED,
        Place(GRANTED, told_by=REVISIONS, told=frozenset({"secrecy"})),
    ),
    **_item("open.withheld", _WITHHELD, _WITHHELD),
    "open.document": _PUBLIC,
    "open.document_text": _PUBLIC,
    "open.document_note": _PUBLIC,
    "open.paper": _WITHHELD,
    "open.paper_text": _WITHHELD,
    "open.paper_note": _WITHHELD,
    "open.approval_comment": _SECRECY,
    # Entries of the other categories, in force.
    **_texts("shared", DEPARTMENTS),
    "shared.spatial": _SHARED,
    "shared.table": _SHARED,
    "shared.original": _ORIGINAL,
    "shared.note": Place(OFFICE),
    **_item("shared.item", _SHARED, _SHARED, _PERSON),
    **_texts("conditional", DEPARTMENTS),
    "conditional.spatial": _SHARED,
    "conditional.table": _SHARED,
    "conditional.original": _ORIGINAL,
    "conditional.note": Place(OFFICE),
    **_item("conditional.item", _SHARED, _GRANT, _PERSON),
    **_hidden_entry("withheld", OFFICE),
    # Not in force: drafts, what is under review, returned, withdrawn, replaced.
    **_hidden_entry("draft", OFFICE),
    **_hidden_entry("submitted", SECRECY),
    **_hidden_entry("returned", OFFICE),
    "returned.comment": Place(OFFICE),
    "returned.said": Place(OFFICE),
    **_hidden_entry("withdrawn", SECRECY),
    "withdrawn.reason": _SECRECY,
    **{f"former.{text}": _SECRECY for text in TEXTS if text != "title"},
    **{f"edit.{text}": Place(OFFICE) for text in TEXTS},
    # Typed into a form and not saved: the account's own.
    **_texts("unsaved", frozenset({"c_cataloguer"})),
    # A body that is no public matter, and what it shares.
    "internal.organization": Place(SIGNED_IN),
    **_texts("internal", DEPARTMENTS),
    "internal.note": Place(INTERNAL),
    **_hidden_entry("internal_withheld", INTERNAL),
    # Grounds for withholding: read by who decides about them.
    **{f"ground.{part}": _GROUND for part in GROUND},
    "ground.comment": _GROUND,
    "ground.decision": _GROUND,
    **{
        f"internal_ground.{part}": Place(INTERNAL | {"city_approver"})
        for part in GROUND
    },
    # Grants and purposes.
    "grant.purpose": _GRANT,
    "grant.rows": _GRANT,
    "ended.purpose": Place(OFFICE | {"e_cataloguer"}),
    "ended.rows": Place(OFFICE | {"e_cataloguer"}),
    "ended.reason": Place(OFFICE | {"e_cataloguer"}),
    "purpose.text": Place(frozenset({"c_colleague", "auditor"})),
    "token.name": Place(frozenset({"a_cataloguer"}) | KEEPERS),
    # Accounts.
    "account.fullname": Place(SECRECY | KEEPERS | {"auditor", "city_approver"}),
    "account.id": Place(SECRECY | KEEPERS | {"auditor"}),
    "account.email": Place(frozenset({"c_cataloguer"}) | KEEPERS),
    "account.about": Place(frozenset({"c_cataloguer"}) | KEEPERS),
    "account.token": Place(frozenset({"c_cataloguer"}) | KEEPERS),
    # What the platform notes down on the way.
    "import.file_name": Place(frozenset({"c_cataloguer", "c_colleague"})),
    "import.title": Place(OFFICE),
    **{
        f"reference.{part}": Place(OFFICE)
        for part in (
            "title",
            "title_key",
            "aliases",
            "content_kind",
            "clause",
            "remarks",
        )
    },
    # Messages of the public, and what their department answers.
    **{f"inquiry.{part}": Place(OFFICE, public=True) for part in PUBLIC_INQUIRY},
    **{f"inquiry.{part}": Place(OFFICE) for part in ("proposal", "comment")},
    "job.error": Place(frozenset({"system_operator"})),
    "publication.error": Place(SECRECY),
    "publication.reason": Place(SECRECY),
    "exception.reason": Place(SECRECY),
}
# Titles of withheld entries and their ground stand in a list of their own, and in the
# text of an edition for departments.
WITHHELD_LISTS = ("withheld", "/desk/editions", "jiangmen_edition_")
for _place in (
    "withheld.title",
    "withheld.legal_basis",
    "internal_withheld.title",
    "internal_withheld.legal_basis",
    "ground.title",
    "ground.document_number",
    "ground.article",
    "internal_ground.title",
    "internal_ground.document_number",
    "internal_ground.article",
):
    PLACES[_place] = Place(
        PLACES[_place].seen_by, told=DEPARTMENTS, told_by=WITHHELD_LISTS
    )


# What was public and is gone, in stores of the open site that keep it: an address that
# answers 410 is known by its id and name (made of the title), receipts, trail and log
# name what was withdrawn, and core keeps the tag of a former version, shown nowhere.
GONE = {
    "table jiangmen_public_entry": {"withdrawn.id", "withdrawn.title"},
    "table jiangmen_receipt": {"withdrawn.id"},
    "table jiangmen_audit": {"withdrawn.id", "withdrawn.title"},
    "table tag": {"former.subject_terms"},
    "log open.log": {"withdrawn.id"},
}


def _is_kept_for(account: str, place: str, address: str) -> bool:
    """Return whether a record made for `account` may name the place.

    The trail names entries, accounts and items (no cell of them) to the auditor, work
    that waits names entries to the operator.
    """
    if account == "auditor":
        return "audit" in address and place.endswith((".id", ".name"))
    return account == "system_operator" and "jobs" in address and place.endswith(".id")


def may_see(place: str, account: str, address: str) -> bool:
    """Return whether `account` may find the mark of `place` at `address`.

    The open site tells everybody the same: what is public.
    """
    where = PLACES[place]
    if config.is_open_site():
        return where.public
    if account in where.seen_by or _is_kept_for(account, place, address):
        return True
    return account in where.told and any(part in address for part in where.told_by)


# Columns that hold no words of a person, by the reason.
WORDLESS: dict[str, frozenset[str]] = {
    "an id": frozenset(
        {"id", "package_id", "resource_id", "revision_id", "import_id", "user_id",
         "owner_org", "organization_id", "organization", "basis_id", "actor", "author",
         "previous_id", "reviewer", "created_by", "revoked_by", "decided_by",
         "crossing", "editor", "resolved_by", "jiangmen_duty.account",
         "jiangmen_duty.subject", "jiangmen_unsaved.form", "jiangmen_token.grants",
         "jiangmen_token.replaced_by", "jiangmen_public_entry.gone_resources"}
    ),
    "a word of the platform's own": frozenset(
        {"jiangmen_duty.outcome", "jiangmen_revision_comment.field",
         "state", "kind", "step", "event", "verb", "change", "role", "door", "mimetype",
         "place_key", "channels", "library", "jiangmen_revision_event.detail",
         "jiangmen_inquiry.stage", "jiangmen_inquiry_step.department",
         "jiangmen_reference_match.decision", "jiangmen_reference_match.reference_id",
         "jiangmen_catalog_job.payload", "jiangmen_legal_basis_event.detail",
         "jiangmen_code.origin", "jiangmen_document.name", "jiangmen_edition.message",
         "jiangmen_edition.counts"}
    ),
    "a sum, a code or an address": frozenset(
        {"sha256", "hash", "number", "jiangmen_code.resource_code",
         "jiangmen_code.class_code", "jiangmen_edition.address",
         "jiangmen_edition.files", "jiangmen_code.serial", "jiangmen_attempt.key",
         "jiangmen_password.hash", "jiangmen_token.last_address",
         "jiangmen_token.ranges"}
    ),
    "filled on the open site only": frozenset(
        {"jiangmen_public_entry.name", "jiangmen_public_entry.title",
         "jiangmen_public_entry.resources", "jiangmen_document.body",
         "jiangmen_message.title", "jiangmen_message.text", "jiangmen_message.packages",
         "jiangmen_message.url", "jiangmen_message.mail", "jiangmen_message.follow",
         "jiangmen_message.digest", "jiangmen_message.reason",
         "jiangmen_message.department", "jiangmen_message_event.text",
         "jiangmen_message_event.ground", "jiangmen_message_event.department",
         "jiangmen_refusal_count.reason", "jiangmen_rating.browser",
         "jiangmen_subscription.scope", "jiangmen_subscription.target",
         "jiangmen_subscription.pace", "jiangmen_subscription.mail",
         "jiangmen_subscription.mail_key", "jiangmen_mail.mail_key",
         "jiangmen_mail.letter"}
    ),
    "the migrations' own": frozenset({"version_num"}),
}  # fmt: skip
NO_WORDS = frozenset().union(*WORDLESS.values())


def text_columns() -> list[tuple[str, str]]:
    """Return (table, column) of every column of our tables that can hold words."""
    from ckan import model

    found = model.Session.execute(
        sa.text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name LIKE 'jiangmen\\_%'"
            " AND (data_type IN ('text', 'character varying', 'jsonb', 'json')"
            " OR data_type = 'ARRAY') ORDER BY 1, 2"
        )
    )
    return [(row[0], row[1]) for row in found]
