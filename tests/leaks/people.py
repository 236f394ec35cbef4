"""The accounts that the crawl acts as, and their departments."""

from __future__ import annotations

from leaks.places import ACCOUNTS
from leaks.world import World

from ckan import model

PASSWORD = "Zhongwen-2026"


def people(world: World) -> None:
    """Make the libraries, five departments and an account for every role."""
    from ckanext.jiangmen.catalog import lists, organizations

    for row in lists.libraries()[:2]:
        world.platform("group_create", **organizations.library_dict(row))
    for title in sorted({body for _, body in ACCOUNTS.values() if body}):
        body = organizations.organization_dict(lists.organization_named(title))
        if body["scope"] == "internal":
            place = "internal.organization"
            body["description"] = world.text(place, "内设机构")
            body["contact_name"] = world.text(place, "值班")
        made = world.platform("organization_create", **body)
        world.ids[title], world.ids[f"{title}.name"] = made["id"], made["name"]
    for name in ACCOUNTS:
        _account(world, name)
    model.Session.commit()


def _account(world: World, name: str) -> None:
    from ckanext.jiangmen import accounts
    from ckanext.jiangmen.accounts import MEMBER_CAPACITY, Role

    role, body = ACCOUNTS[name]
    fields = {"name": name, "email": f"{name}@example.invalid", "fullname": name}
    if name == "c_cataloguer":
        fields["fullname"] = world.text("account.fullname", "编目员")
        fields["email"] = f"{world.marks['account.email'].word}@example.invalid"
        fields["about"] = world.text("account.about", "分机")
    user = world.platform("user_create", password=PASSWORD, **fields)
    if body:
        world.platform(
            "organization_member_create",
            id=world.ids[body],
            username=name,
            role=MEMBER_CAPACITY[Role(str(role))],
        )
    if role:
        accounts.grant_role(user["id"], Role(role), world.ids[body] if body else None)
    token = "leak test"
    if name == "c_cataloguer":
        token = world.text("account.token", "前置机")
    made = world.platform("api_token_create", user=name, name=token)
    world.ids[name], world.tokens[name] = user["id"], made["token"]
    if name == "c_cataloguer":
        world.marks.also("account.id", user["id"])
