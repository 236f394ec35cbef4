"""The files in docker/ say what the stack and the documents know, without an engine."""

import ipaddress
import re
from pathlib import Path

import pytest
import yaml
from layout import SERVICE_USER
from state import PORTS

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
TEXT = (DOCKER / "compose.yaml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
DOCKERFILE = (DOCKER / "Dockerfile").read_text("utf-8")
SITES = ("share", "open")
# What the containers need of the product's own servers (docs/configuration.md).
IMAGES = {
    "share": "jiangmen/platform",
    "open": "jiangmen/platform",
    "postgres": "postgis/postgis:15-3.3",
    "redis": "redis:7",
    "solr": "jiangmen/solr",
}


def _default(value):
    """Return the value that compose takes where docker/.env is silent."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_every_service_has_the_image_that_is_meant():
    assert {name: of["image"] for name, of in SERVICES.items()} == IMAGES
    assert "NAME=${1:-jiangmen/platform}" in (DOCKER / "build.sh").read_text("utf-8")


def test_files_that_images_are_built_from_exist():
    for of in SERVICES.values():
        if "build" in of:
            assert (DOCKER / of["build"]["context"]).resolve() == ROOT
            assert (ROOT / of["build"]["dockerfile"]).is_file()
    for text in (DOCKERFILE, (DOCKER / "solr.Dockerfile").read_text("utf-8")):
        for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
            words = [word for word in line.split() if not word.startswith("--")]
            for source in words[:-1]:
                assert (ROOT / source).exists(), source


def test_the_version_of_solr_is_that_of_the_private_one():
    pom = (ROOT / "config/solr/server/pom.xml").read_text("utf-8")
    version = re.search(r"<solr>([\d.]+)</solr>", pom)
    assert version
    image = (DOCKER / "solr.Dockerfile").read_text("utf-8")
    assert f"FROM solr:{version[1]}\n" in image


@pytest.mark.parametrize("site", SITES)
def test_a_site_says_who_it_is_and_brings_all_three_servers(site):
    environment = SERVICES[site]["environment"]
    assert environment["JIANGMEN_SITE"] == site
    for name in ("POSTGRES", "REDIS", "SOLR"):
        address = environment[f"JIANGMEN_{name}_URL"]
        assert f"{name.lower()}:" in address.split("://")[1].split("@")[-1]
        assert f"JIANGMEN_{name}_URL" in (DOCKER / "entrypoint.sh").read_text("utf-8")


def test_every_variable_is_known_to_the_stack_and_documented():
    layout = (ROOT / "config/stack/layout.py").read_text("utf-8")
    documented = (ROOT / "docs/configuration.md").read_text("utf-8")
    named = set(re.findall(r"JIANGMEN_([A-Z_]+)", TEXT + DOCKERFILE))
    known = set(re.findall(r'_setting\(\s*"([A-Z_]+)"', layout))
    assert named <= known
    for name in known:
        assert f"JIANGMEN_{name}" in documented, name


def test_every_word_of_the_env_file_is_used_and_every_used_one_is_explained():
    example = (DOCKER / "env.example").read_text("utf-8")
    explained = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == explained


def test_volumes_are_declared_and_hold_the_data_of_their_servers():
    mounted = {
        volume.split(":")[0] for of in SERVICES.values() for volume in of["volumes"]
    }
    assert mounted == set(COMPOSE["volumes"])
    (folder,) = re.findall(r"^VOLUME (\S+)$", DOCKERFILE, re.MULTILINE)
    for site in SITES:
        assert f"{site}:{folder}" in SERVICES[site]["volumes"]
    assert f"JIANGMEN_VAR={folder}" in DOCKERFILE
    assert f"--uid 7077 {SERVICE_USER}" in DOCKERFILE


def test_ports_are_those_of_the_sites():
    for site in SITES:
        (mapping,) = SERVICES[site]["ports"]
        assert mapping.split(":")[-1] == str(PORTS[site])
        assert str(PORTS[site]) in re.findall(r"^EXPOSE (.+)$", DOCKERFILE, re.M)[0]
    # The departments' site is not opened to the network by default.
    assert SERVICES["share"]["ports"][0].startswith("127.0.0.1:")


def test_the_open_site_takes_publications_from_the_share_site_alone():
    known = SERVICES["open"]["environment"]["JIANGMEN_PUBLICATION_ADDRESSES"]
    fixed = SERVICES["share"]["networks"]["default"]["ipv4_address"]
    (subnet,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    assert known == fixed
    assert ipaddress.ip_address(_default(fixed)) in ipaddress.ip_network(
        _default(subnet["subnet"])
    )
    share = SERVICES["share"]["environment"]
    assert share["JIANGMEN_PUBLICATION_URL"] == f"http://open:{PORTS['open']}"


def test_the_share_site_reads_the_receivers_token_from_the_open_sites_volume():
    path = SERVICES["share"]["environment"]["JIANGMEN_RECEIVER_FILE"]
    assert "open:/open:ro" in SERVICES["share"]["volumes"]
    assert path == "/open/etc/accounts-open.json"
    assert SERVICES["share"]["depends_on"]["open"] == {"condition": "service_healthy"}


def test_redis_has_databases_enough_for_both_sites_and_forgets_nothing():
    first = {
        site: int(SERVICES[site]["environment"]["JIANGMEN_REDIS_URL"].rsplit("/", 1)[1])
        for site in SITES
    }
    # The official image has 16; a site takes one, the rest is room.
    assert abs(first["share"] - first["open"]) >= 2
    assert max(first.values()) < 16
    assert "noeviction" in SERVICES["redis"]["command"]


def test_scripts_that_the_image_starts_exist_and_may_be_run():
    (entry,) = re.findall(r'^ENTRYPOINT \["([^"]+)"\]$', DOCKERFILE, re.MULTILINE)
    for path in (ROOT / entry, DOCKER / "build.sh"):
        assert path.stat().st_mode & 0o111
    for script in re.findall(r"config/stack/\w+\.py", DOCKERFILE):
        assert (ROOT / script).is_file()
    assert not (DOCKER / ".env").exists()
