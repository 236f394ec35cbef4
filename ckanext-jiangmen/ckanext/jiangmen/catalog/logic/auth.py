"""Who may call what of the catalogue.

On the share site an entry is written by the cataloguers of its department, reviewed by
whoever holds the step's role. On the open site nobody but the receiver writes.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan import authz, model
from ckan.types import AuthResult, Context, DataDict

from ckanext.jiangmen import accounts, config
from ckanext.jiangmen.accounts import Caller, Role
from ckanext.jiangmen.catalog import review, revisions, web
from ckanext.jiangmen.catalog.model import Revision

READERS = (Role.COORDINATOR, Role.SECRECY_REVIEWER)
WITHDRAWERS = (Role.COORDINATOR, Role.SECRECY_REVIEWER)
DEPARTMENT_WITHDRAWERS = (Role.REVIEWER, Role.LEADER)


def allowed(yes: bool, sentence: str = "") -> AuthResult:
    """Return the answer core wants."""
    return {"success": True} if yes else {"success": False, "msg": sentence}


def _cataloguer(caller: Caller, owner_org: str | None) -> AuthResult:
    return allowed(
        bool(owner_org) and caller.has(Role.CATALOGUER, owner_org),
        tk._("Entries are written by the cataloguers of their department."),
    )


def _may_write_open_site(context: Context) -> AuthResult:
    caller = accounts.caller_of(context)
    site_user = context.get("user") == tk.config["ckan.site_id"]
    return allowed(
        caller.has(Role.RECEIVER) or (site_user and not web.from_outside()),
        tk._("Entries of this site come from the share site only."),
    )


@tk.auth_sysadmins_check
def package_create(context: Context, data_dict: DataDict | None = None) -> AuthResult:
    """Let cataloguers begin an entry of their own department."""
    if config.is_open_site():
        return _may_write_open_site(context)
    if web.writes_directly(context):
        return {"success": True}
    caller = accounts.caller_of(context)
    wanted = (data_dict or {}).get("owner_org")
    if not wanted:
        return allowed(
            caller.has(Role.CATALOGUER),
            tk._("Entries are written by the cataloguers of their department."),
        )
    group = model.Group.get(wanted)
    return _cataloguer(caller, group.id if group is not None else None)


@tk.auth_sysadmins_check
def package_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose changes of their department's entries."""
    if config.is_open_site():
        return _may_write_open_site(context)
    if web.writes_directly(context):
        return {"success": True}
    package = context.get("package")
    wanted = (data_dict or {}).get("id") or (data_dict or {}).get("name")
    if wanted is None and package is not None:
        wanted = package.id
    found = revisions.standing(model.Session, str(wanted))
    owner = found.owner_org if found is not None else None
    return _cataloguer(accounts.caller_of(context), owner)


@tk.auth_sysadmins_check
def package_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose to take an entry back."""
    return package_update(context, data_dict)


def _of_resource(context: Context, data_dict: DataDict) -> AuthResult:
    if config.is_open_site():
        return _may_write_open_site(context)
    if web.writes_directly(context):
        return {"success": True}
    found = revisions.standing_of_resource(
        model.Session, str((data_dict or {}).get("id"))
    )
    owner = found.owner_org if found is not None else None
    return _cataloguer(accounts.caller_of(context), owner)


@tk.auth_sysadmins_check
def resource_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose files of their department's entries."""
    package_id = (data_dict or {}).get("package_id")
    if package_id:
        return package_update(context, {"id": package_id})
    return package_create(context, None)


@tk.auth_sysadmins_check
def resource_update(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose changes of their department's files."""
    return _of_resource(context, data_dict)


@tk.auth_sysadmins_check
def resource_delete(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose to take a file back."""
    return _of_resource(context, data_dict)


@tk.auth_sysadmins_check
def package_resource_reorder(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers propose another order of files."""
    return package_update(context, data_dict)


def may_read(caller: Caller, revision: Revision) -> bool:
    """Return whether an account may read a revision.

    Its department, the coordinating office, and 保密审查 what is to be opened.
    """
    if revision.owner_org in caller.organizations or caller.has(Role.COORDINATOR):
        return True
    return (
        caller.has(Role.SECRECY_REVIEWER)
        and revision.state not in ("draft", "returned", "discarded", "aside")
        and review.opens(revision.data)
    )


def jiangmen_revision_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Let a department, the coordinating office and 保密审查 read a revision."""
    revision = data_dict.get("revision")
    if revision is None:
        revision = revisions.get(model.Session, str(data_dict.get("id")))
    if revision is None:
        return allowed(False, tk._("There is no such revision."))
    return allowed(
        may_read(accounts.caller_of(context), revision),
        tk._("There is no such revision."),
    )


def jiangmen_revision_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let those who work with entries list revisions; the list is theirs only."""
    caller = accounts.caller_of(context)
    yes = bool(caller.organizations) or any(caller.has(role) for role in READERS)
    return allowed(yes, tk._("This account does not work with entries."))


def jiangmen_revision_change(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the cataloguers of its department work on a revision."""
    revision = data_dict.get("revision")
    owner = revision.owner_org if revision is not None else None
    return _cataloguer(accounts.caller_of(context), owner)


def jiangmen_revision_review(context: Context, data_dict: DataDict) -> AuthResult:
    """Let holders of a reviewing role take steps; which one, the step decides."""
    caller = accounts.caller_of(context)
    return allowed(
        bool(review.waiting_steps(caller)),
        tk._("This account holds no role in the review."),
    )


def jiangmen_entry_withdraw(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the department's reviewer or leader and two offices withdraw an entry."""
    caller = accounts.caller_of(context)
    owner = data_dict.get("owner_org")
    yes = any(caller.has(role) for role in WITHDRAWERS) or any(
        owner and caller.has(role, owner) for role in DEPARTMENT_WITHDRAWERS
    )
    return allowed(
        yes,
        tk._(
            "An entry is withdrawn by its department's reviewer or leader, "
            "the secrecy reviewer or the coordinating office."
        ),
    )


def jiangmen_entry_history(context: Context, data_dict: DataDict) -> AuthResult:
    """Let an entry's department and the coordinating office read its history."""
    caller = accounts.caller_of(context)
    owner = data_dict.get("owner_org")
    return allowed(
        owner in caller.organizations or caller.has(Role.COORDINATOR),
        tk._("The history is read by the department and the coordinating office."),
    )


@tk.auth_allow_anonymous_access
def jiangmen_code_resolve(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may search entries follow a code to one."""
    return authz.is_authorized("package_search", context, data_dict)


@tk.auth_allow_anonymous_access
def jiangmen_search_suggest(context: Context, data_dict: DataDict) -> AuthResult:
    """Let whoever may search entries have words suggested."""
    return authz.is_authorized("package_search", context, data_dict)


def jiangmen_quality_show(context: Context, data_dict: DataDict) -> AuthResult:
    """Let an entry's department and the coordinating office see its score."""
    caller = accounts.caller_of(context)
    owner = data_dict.get("owner_org")
    return allowed(
        owner in caller.organizations or caller.has(Role.COORDINATOR),
        tk._("The score is for the department and the coordinating office."),
    )


def jiangmen_guide_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the coordinating office see and change the guide that entries follow."""
    return allowed(
        accounts.caller_of(context).has(Role.COORDINATOR),
        tk._("The guide is changed by the coordinating office."),
    )


def jiangmen_table_replace(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers bring new rows for their department's tables."""
    return _cataloguer(accounts.caller_of(context), data_dict.get("owner_org"))


def jiangmen_survey_import(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers import their department's survey."""
    return allowed(
        accounts.caller_of(context).has(Role.CATALOGUER),
        tk._("A survey is imported by the cataloguers of its department."),
    )


def jiangmen_survey_template(context: Context, data_dict: DataDict) -> AuthResult:
    """Let every signed-in account take the empty workbook."""
    return allowed(not accounts.caller_of(context).anonymous)


def jiangmen_survey_export(context: Context, data_dict: DataDict) -> AuthResult:
    """Let departments export their own entries, and the coordinating office all."""
    caller = accounts.caller_of(context)
    return allowed(
        bool(caller.organizations) or caller.has(Role.COORDINATOR),
        tk._("Entries are exported by their department or the coordinating office."),
    )


def jiangmen_jobs_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the system operator see what work waits."""
    return allowed(
        accounts.caller_of(context).has(Role.SYSTEM_OPERATOR),
        tk._("This is for the system operator."),
    )


def jiangmen_reference_import(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the coordinating office say what departments are expected to file."""
    return allowed(
        accounts.caller_of(context).has(Role.COORDINATOR),
        tk._("The reference list is kept by the coordinating office."),
    )


def jiangmen_reference_match(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the coordinating office and the department correct a match."""
    caller, owner = accounts.caller_of(context), data_dict.get("owner_org")
    its_own = bool(owner) and any(
        caller.has(role, owner) for role in (Role.CATALOGUER, Role.REVIEWER)
    )
    if owner not in caller.organizations and not caller.has(Role.COORDINATOR):
        # Absent and another department's are one answer: the action gives it.
        return jiangmen_survey_export(context, data_dict)
    return allowed(
        its_own or caller.has(Role.COORDINATOR),
        tk._("Matches are corrected by the department or the coordinating office."),
    )


# Each action asks under its own name, so that one can be told from another later.
jiangmen_reference_preview = jiangmen_reference_import
jiangmen_reference_template = jiangmen_survey_export
jiangmen_reference_list = jiangmen_survey_export
jiangmen_reference_coverage = jiangmen_survey_export
jiangmen_reference_export = jiangmen_survey_export
jiangmen_guide_preview = jiangmen_guide_apply = jiangmen_guide_list
jiangmen_summary_show = jiangmen_survey_export
jiangmen_summary_export = jiangmen_survey_export
jiangmen_summary_compare = jiangmen_survey_export
jiangmen_revision_count = jiangmen_revision_list
jiangmen_entry_retired_show = jiangmen_revision_list
jiangmen_entry_compare = jiangmen_entry_history
jiangmen_entry_retire = jiangmen_entry_withdraw
jiangmen_revision_submit = jiangmen_revision_change
jiangmen_revision_discard = jiangmen_revision_change
jiangmen_revision_take_over = jiangmen_revision_change
jiangmen_revision_attach = jiangmen_revision_change
jiangmen_revision_detach = jiangmen_revision_change
jiangmen_revision_merge = jiangmen_revision_change
jiangmen_revision_approve = jiangmen_revision_review
jiangmen_revision_return = jiangmen_revision_review
jiangmen_revision_comment_create = jiangmen_revision_review
jiangmen_revision_comment_resolve = jiangmen_revision_change
jiangmen_survey_preview = jiangmen_survey_import
jiangmen_survey_undo = jiangmen_survey_import
jiangmen_survey_annotated = jiangmen_survey_import
jiangmen_survey_show = jiangmen_survey_import
jiangmen_survey_list = jiangmen_survey_import


def jiangmen_legal_basis_create(context: Context, data_dict: DataDict) -> AuthResult:
    """Let cataloguers register and mend grounds of their own department."""
    return allowed(
        bool(data_dict.get("owner_org"))
        and accounts.caller_of(context).has(Role.CATALOGUER, data_dict["owner_org"]),
        tk._("Grounds are registered by the cataloguers of their department."),
    )


def jiangmen_legal_basis_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let departments, the coordinating office and the city's approver read grounds.

    Departments read their own only.
    """
    caller = accounts.caller_of(context)
    offices = (Role.COORDINATOR, Role.CITY_APPROVER)
    yes = bool(caller.organizations) or any(caller.has(role) for role in offices)
    return allowed(yes, tk._("This account does not work with entries."))


def jiangmen_legal_basis_decide(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the two deciding offices decide; which one, the ground's door decides."""
    caller = accounts.caller_of(context)
    return allowed(
        caller.has(Role.COORDINATOR) or caller.has(Role.CITY_APPROVER),
        tk._("This account does not decide about grounds for withholding."),
    )


def jiangmen_legal_basis_check(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the department's reviewer or leader do the yearly check."""
    caller, owner = accounts.caller_of(context), data_dict.get("owner_org")
    return allowed(
        any(owner and caller.has(role, owner) for role in DEPARTMENT_WITHDRAWERS),
        tk._("The yearly check is done by the department's reviewer or leader."),
    )


def jiangmen_withheld_list(context: Context, data_dict: DataDict) -> AuthResult:
    """Let every account that works with entries know what is withheld, by title."""
    if web.is_platform(context):
        return {"success": True}
    caller = accounts.caller_of(context)
    offices = (*READERS, Role.CITY_APPROVER)
    yes = bool(caller.organizations) or any(caller.has(role) for role in offices)
    return allowed(yes, tk._("This account does not work with entries."))


def jiangmen_sharing_ratio(context: Context, data_dict: DataDict) -> AuthResult:
    """Let the coordinating office see how much each department shares."""
    yes = accounts.caller_of(context).has(Role.COORDINATOR)
    return allowed(yes, tk._("This is for the coordinating office."))


jiangmen_legal_basis_update = jiangmen_legal_basis_create
jiangmen_legal_basis_show = jiangmen_legal_basis_list
jiangmen_legal_basis_due = jiangmen_legal_basis_list
jiangmen_withheld_counts = jiangmen_withheld_list
