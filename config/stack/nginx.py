"""nginx in front of both sites: headers, compression, limits, streaming."""

from __future__ import annotations

from layout import HERE, Layout, Wishes
from process import make_folder, write_file
from site_ini import site_url
from state import State


def prepare(layout: Layout, state: State) -> bool:
    """Write the configuration from the templates in `config/nginx/`.

    Return whether it changed.
    """
    source = layout.root / "config" / "nginx"
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        make_folder(layout.run / "nginx" / name)
    server = (source / "server.conf").read_text(encoding="utf-8")
    servers = [_fill(server, _server_values(layout, state, site)) for site in HERE]
    main = _fill(
        (source / "nginx.conf").read_text(encoding="utf-8"),
        {"RUN": str(layout.run), "LOG": str(layout.log), "SERVERS": "\n".join(servers)},
    )
    return write_file(layout.etc / "nginx.conf", main)


def _server_values(layout: Layout, state: State, site: str) -> dict[str, str]:
    secure = site_url(state, site).startswith("https://")
    hsts = 'add_header Strict-Transport-Security "max-age=31536000" always;'
    return {
        "SITE": site,
        "LISTEN": f"{Wishes().listen}:{state.port(site)}",
        "UPSTREAM": f"127.0.0.1:{state.port(site + '_app')}",
        "SCHEME": "https" if secure else "http",
        "HSTS": hsts if secure else "",
        "MAX_BODY_MB": str(int(Wishes().max_upload_mb) + 2),
        "REAL_IP": _real_ip(),
    }


def _real_ip() -> str:
    """Return who may tell the client's address: nobody, unless a proxy is named."""
    proxy = Wishes().proxy
    if not proxy:
        return ""
    return f"set_real_ip_from {proxy};\n        real_ip_header X-Forwarded-For;"


def _fill(template: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        template = template.replace(f"@{key}@", value)
    return template


def command(layout: Layout) -> str:
    """Return the server's command line for the supervisor."""
    serve = f"/usr/sbin/nginx -e stderr -p {layout.run} -c {layout.etc / 'nginx.conf'}"
    script = layout.root / "config" / "stack" / "alone.py"
    return f"{layout.bin('python')} -B {script} {serve}"
