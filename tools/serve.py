"""Serve the dashboard with warm kernels and a warm page: what `make serve` runs.

PORT and ADDRESS say where to listen; ORIGIN names further hosts that the page may be opened under (a proxy,
this machine's name), as ``host:port``, several with commas. Arguments go on to `panel serve`.
"""

import errno
import os
import sys
from collections.abc import Iterable, MutableMapping

EVERYWHERE = {"", "0.0.0.0", "::"}
HERE = {"localhost", "127.0.0.1", "::1"}


def origins(address: str, port: int, extra: str = "") -> list[str]:
    """The hosts a page may open its websocket from. A page under any other name would load and stay empty."""
    hosts = ["localhost", "127.0.0.1"]
    if address not in EVERYWHERE | set(hosts):
        hosts.append(f"[{address}]" if ":" in address else address)
    allowed = [f"{host}:{port}" for host in hosts]
    for origin in extra.replace(",", " ").split():
        plain = origin.removeprefix("http://").removeprefix("https://").rstrip("/")
        # A browser leaves the scheme's own port out; Bokeh then reads :80, for https too.
        allowed.append(plain if ":" in plain else f"{plain}:80")
    return list(dict.fromkeys(allowed))


def guard_folders(address: str, environ: MutableMapping[str, str]) -> None:
    """Keep visitors from naming folders of this machine where others can reach it, unless told otherwise."""
    if address not in HERE and not environ.get("HEDGEBOARD_FOLDERS"):
        environ["HEDGEBOARD_FOLDERS"] = "off"


def calm_threads(environ: MutableMapping[str, str]) -> None:
    """Have linear algebra take one thread a computation, unless told otherwise; before NumPy is imported.

    Several computations run at once, on matrices that are small. Threads of their own wait for each other by
    spinning: on two busy cores the search of the Kalman filter took eleven times as long.
    """
    environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def parse_port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise SystemExit(f"PORT is {text!r}; it must be a whole number from 1 to 65535.")
    return int(text)


def check_free(address: str, port: int) -> None:
    """Stop with a plain message when the server could not listen there."""
    from tornado.netutil import bind_sockets

    try:
        sockets = bind_sockets(port, address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            reason = f"Port {port} is taken by another program.\nChoose another: make serve PORT={port + 4}"
        elif problem.errno == errno.EACCES:
            reason = f"Port {port} needs more rights. Choose one above 1023: make serve PORT=5006"
        else:
            reason = f"Cannot listen on {address}: {problem.strerror}.\nADDRESS must be one of this machine."
        raise SystemExit(reason) from None
    for socket in sockets:
        socket.close()


def warm_kernels() -> None:
    """Run the whole pipeline once on the sample: compiles the kernels, or loads them from their cache."""
    from core.pipeline import analyse
    from core.settings import Settings

    analyse(Settings())


def panel_arguments(address: str, port: int, allowed: Iterable[str]) -> list[str]:
    arguments = ["serve", "app.py", "--warm", "--address", address, "--port", str(port)]
    # No --num-threads: the analysis has threads of its own, and a callback on another thread can meet a page
    # that is being changed (Bokeh then loses the change and says so in the log).
    # Bokeh drops a session 15 s after the connection is lost; a closed lid or a lift takes longer.
    arguments += ["--unused-session-lifetime", "120000"]
    arguments += ["--static-dirs", "assets=./assets"]
    for origin in allowed:
        arguments += ["--allow-websocket-origin", origin]
    return arguments


def main(extra: list[str]) -> None:
    address = os.environ.get("ADDRESS") or "localhost"
    port = parse_port(os.environ.get("PORT") or "5006")
    allowed = origins(address, port, os.environ.get("ORIGIN", ""))
    check_free(address, port)
    guard_folders(address, os.environ)
    calm_threads(os.environ)
    print("Warming up (the first start compiles; later ones do not) ...", flush=True)
    warm_kernels()
    if address in EVERYWHERE and not os.environ.get("ORIGIN"):
        print(
            "Listening for other machines. To open the page under this machine's name, allow it:\n"
            f"  make serve ADDRESS={address} PORT={port} ORIGIN=name:{port}",
            flush=True,
        )

    from panel.command import main as panel

    sys.argv = ["panel", *panel_arguments(address, port, allowed), *extra]  # Panel reads them from here
    panel()


if __name__ == "__main__":
    main(sys.argv[1:])
