"""What crosses the valve is public: the open site's stores hold nothing else."""

from __future__ import annotations

from pathlib import Path

from leaks import places, stores, world

SEED = 82


def test_databases_index_files_and_log_of_the_open_site_hold_public_words_only(
    request, open_site, send
):
    planted = world.build(SEED, cross=send)
    world.hide(planted)
    share = Path(request.config.getoption("ckan_ini")).resolve()
    ini = share.with_name(share.name.replace("share", "open"))
    found = stores.Stores(ini).holding(planted.marks, open_site.log)
    public = {name for name, place in places.PLACES.items() if place.public}
    hidden = {
        store: told - public - places.GONE.get(store, set())
        for store, told in found.items()
    }
    assert {store: told for store, told in hidden.items() if told} == {}
    assert public - places.FROM_THE_PUBLIC <= set().union(*found.values())
