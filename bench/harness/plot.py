"""Requests per second as an SVG: one panel per language, each with its own scale."""

from xml.sax.saxutils import escape

from harness.report import HELLO_NAMES

COLOURS = {
    "favo": "#2563eb", "wasmtime": "#9ca3af", "wasmtime tuned": "#6b7280",
    "go native": "#0d9488", "nginx static": "#d97706",
}
LABELS = {
    "favo": "favo serve", "wasmtime": "wasmtime serve", "wasmtime tuned": "wasmtime serve, tuned",
    "go native": "Go net/http, no sandbox", "nginx static": "nginx, static file",
}
WIDTH, LEFT, BAR, GAP, PANEL = 860, 190, 24, 7, 46
FONT = 'font-family="system-ui, sans-serif"'


def svg(results):
    hello = results["hello"]
    compared = {HELLO_NAMES[guest]: {peer: best(runs) for peer, runs in peers.items()}
                for guest, peers in hello.items() if len(peers) > 1}
    alone = {HELLO_NAMES[guest]: best(peers["favo"])
             for guest, peers in hello.items() if len(peers) == 1}
    shapes, y = [], 84
    for title, bars in compared.items():
        panel_rows = [(LABELS[peer], value, COLOURS[peer]) for peer, value in bars.items()]
        y = panel(shapes, y, title, panel_rows)
    if alone:
        y = panel(shapes, y, "Other languages on favo serve",
                  [(name, value, COLOURS["favo"]) for name, value in alone.items()])
    connections = list(next(iter(hello["rust-hello"].values())))[-1]
    machine = results["machine"]
    subtitle = (f"{connections} connections, server on one core · {machine['cpu']}, "
                f"Linux {machine['kernel']} · {results['date'][:10]}")
    head = [
        text(24, 36, "Requests per second, a fresh instance for every request", 20, weight="600"),
        text(24, 58, subtitle, 12, "#6b7280"),
    ]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" '
        f'height="{y}" {FONT}>',
        f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>', *head, *shapes, "</svg>", ""])


def best(by_connections):
    return list(by_connections.values())[-1]["rps"]


def panel(shapes, y, title, rows):
    """Adds one group of bars; returns where the next begins."""
    shapes.append(text(24, y + 18, title, 15, weight="600"))
    y += 30
    most = max(value for _, value, _ in rows)
    room = WIDTH - LEFT - 110
    for label, value, colour in rows:
        width = max(2, room * value / most)
        middle = y + BAR / 2 + 4.5
        shapes.append(text(LEFT - 10, middle, label, 13, anchor="end"))
        shapes.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" '
                      f'fill="{colour}"/>')
        shapes.append(text(LEFT + width + 8, middle, f"{value:,.0f}", 13))
        y += BAR + GAP
    return y + PANEL - 30


def text(x, y, words, size, fill="#111827", weight="400", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
            f'fill="{fill}" text-anchor="{anchor}">{escape(words)}</text>')
