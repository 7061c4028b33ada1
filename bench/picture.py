"""SVG by hand. Pure: results in, text out. It has a background of its own and both colour schemes, so that it is readable
wherever it is shown."""

from html import escape
from statistics import median

_WIDTH = 780
_LABELS = 190  # the column of the servers' names
_BARS = 430
_LINE = 24
_NAMES = {"weir": "Weir", "epoll_loop": "bare epoll loop", "nginx_return": "nginx return", "nginx_lua": "nginx + Lua dict",
          "nginx_proxy_cache": "nginx proxy_cache", "varnish": "Varnish", "fastify": "Node, fastify + Redis"}

_STYLE = """<style>
.card{fill:#fff;stroke:#d0d7de}text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.note{font-size:12px;fill:#59636e}.other{fill:#afb8c1}.ours{fill:#0969da}
.us{font-weight:600}.axis{stroke:#d0d7de}.line{stroke:#0969da;stroke-width:2;fill:none}.away{fill:#cf222e;opacity:.12}
@media(prefers-color-scheme:dark){.card{fill:#0d1117;stroke:#3d444d}text{fill:#f0f6fc}.note{fill:#9198a1}
.other{fill:#6e7681}.ours{fill:#4493f8}.axis{stroke:#3d444d}.line{stroke:#4493f8}.away{fill:#f85149;opacity:.2}}
</style>"""


def _text(x, y, words, kind="", anchor="start"):
    of = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{of} text-anchor="{anchor}">{escape(words)}</text>'


def _document(height, parts, title):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" height="{height:g}" '
            f'role="img" aria-label="{escape(title, quote=True)}">')
    card = f'<rect class="card" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1:g}" rx="8"/>'
    return "\n".join([head, _STYLE, card, *parts, "</svg>"]) + "\n"


def _group(top, title, bars):
    """`bars`: (name, value), the cheapest first. Each group has a scale of its own: the longest bar is its dearest."""
    longest = max(value for _, value in bars)
    parts = [_text(20, top + 16, title, "title")]
    for number, (name, value) in enumerate(bars):
        y = top + 28 + number * _LINE
        is_ours = name == "weir"
        width = max(_BARS * value / longest, 1)
        parts.append(_text(_LABELS + 10, y + 14, _NAMES.get(name, name), "us" if is_ours else "", "end"))
        parts.append(f'<rect class="{"ours" if is_ours else "other"}" x="{_LABELS + 20}" y="{y + 2:g}" width="{width:.1f}" '
                     f'height="{_LINE - 7}" rx="2"/>')
        parts.append(_text(_LABELS + 28 + width, y + 14, f"{value:.1f} µs", "us" if is_ours else ""))
    return parts, top + 28 + len(bars) * _LINE + 14


def bars(title, note, groups):
    """`groups`: (title, {server: CPU microseconds of each round})."""
    parts, y = [_text(20, 30, title, "title"), _text(20, 50, note, "note")], 66
    for name, servers in groups:
        ordered = sorted(((server, median(values)) for server, values in servers.items()), key=lambda bar: bar[1])
        group, y = _group(y, name, ordered)
        parts += group
    return _document(y + 6, parts, title)


def outage(title, note, samples):
    """`samples`: [phase, queries a second], one a second; the time without Redis is shaded."""
    left, top, width, height = 70, 70, _WIDTH - 100, 150
    most = max(max(value for _, value in samples), 1)
    step = width / len(samples)
    away = [at for at, (phase, _) in enumerate(samples) if phase == "during"]
    points = " ".join(f"{left + (at + .5) * step:.1f},{top + height * (1 - value / most):.1f}"
                      for at, (_, value) in enumerate(samples))
    parts = [_text(20, 30, title, "title"), _text(20, 50, note, "note")]
    if away:
        parts.append(f'<rect class="away" x="{left + away[0] * step:.1f}" y="{top}" width="{len(away) * step:.1f}" height="{height}"/>')
        parts.append(_text(left + (away[0] + len(away) / 2) * step, top + height + 18, f"Redis is away, {len(away)} s", "note", "middle"))
    parts += [f'<path class="axis" d="M{left},{top}V{top + height}H{left + width}" fill="none"/>',
              f'<polyline class="line" points="{points}"/>',
              _text(left - 8, top + 10, f"{most:,.0f}", "note", "end"), _text(left - 8, top + height, "0", "note", "end")]
    return _document(top + height + 34, parts, title)
