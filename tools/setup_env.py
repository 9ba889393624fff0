"""Make .venv hold exactly what a lock file says; do nothing when it already does.

Run as ``python tools/setup_env.py runtime|dev|lock`` with any Python that the project supports. Only the
standard library is used, because nothing else is there yet. The rules:

- A stamp in .venv names the lock's content and the Python version. It is written last, so an install that did
  not finish never counts.
- A marker is there while packages are being written. If a run finds it, the one before was cut off; what it
  left cannot be trusted (pip takes a half-written package for installed), so .venv is made anew.
- Debian's python3 comes without ensurepip. Then the pip outside installs into .venv (``pip --python``).
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
PIP_SINCE = (22, 3)  # the first pip with --python


class SetupError(Exception):
    """What to tell the reader; no stack trace would help them."""


def stamp_path(root: Path, group: str) -> Path:
    return root / ".venv" / f".installed-{group}"


def stamp_text(root: Path, group: str, version: str) -> str:
    digest = hashlib.sha256((root / LOCKS[group]).read_bytes()).hexdigest()
    return f"python {version}\nsha256 {digest}\n"


def venv_python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def venv_version(root: Path) -> str | None:
    """The version of .venv's Python, or None when there is none that runs (its base was removed)."""
    try:
        done = subprocess.run(
            [venv_python(root), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def is_ready(root: Path, group: str) -> bool:
    """True when .venv was filled from the lock as it is now, by the Python it has now."""
    try:
        stamp = stamp_path(root, group).read_text()
    except OSError:
        return False
    if (root / ".venv" / ".installing").exists():
        return False
    version = venv_version(root)
    return version is not None and stamp == stamp_text(root, group, version)


@contextmanager
def one_at_a_time(root: Path) -> Iterator[int]:
    """Hold a lock on the project folder, so that `make serve` and `make test` may start together.

    pip inherits it: if this script is killed, the next one still waits for that pip to end.
    """
    handle = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another install into .venv to end ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: go on without
        yield handle
    finally:
        os.close(handle)


def base_python() -> str:
    """The real interpreter, also when this one belongs to a virtual environment (perhaps .venv itself)."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix) / "bin" / name
    return str(base) if base.exists() else sys.executable


def pip_version(python: str) -> tuple[int, ...]:
    done = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"pip (\d+)\.(\d+)", done.stdout) if done.returncode == 0 else None
    return tuple(map(int, found.groups())) if found else ()


def pip_command(root: Path, base: str) -> list[str]:
    """A command that installs into .venv: the base's pip, else the one that ensurepip brings."""
    target = str(venv_python(root))
    found: tuple[int, ...] = ()
    for python in dict.fromkeys((base, sys.executable)):
        version = pip_version(python)
        if version >= PIP_SINCE:
            return [python, "-m", "pip", "--python", target]
        found = max(found, version)
    if subprocess.run([target, "-m", "ensurepip"], capture_output=True, check=False).returncode == 0:
        return [target, "-m", "pip"]
    have = f"pip {found[0]}.{found[1]} is too old" if found else "it has none"
    raise SetupError(
        f"{base} needs pip 22.3 or later; {have}.\n"
        "Install it (Debian, Ubuntu: apt-get install python3-pip) and run the same command again."
    )


def make_venv(root: Path, base: str) -> None:
    """A new .venv, without pip: see `pip_command`. The marker is there before anything else is."""
    folder = root / ".venv"
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    (folder / ".installing").touch()
    done = subprocess.run([base, "-m", "venv", "--without-pip", folder], check=False)
    if done.returncode != 0 or venv_version(root) is None:
        raise SetupError(f"{base} could not make a virtual environment in .venv: see above.")


def pip_install(root: Path, base: str, arguments: list[str], handle: int) -> None:
    """Run pip with the user's own settings (index, proxy, cache), less those that would install elsewhere."""
    marker = root / ".venv" / ".installing"
    marker.touch()
    packages = next((root / ".venv" / "lib").glob("python*/site-packages"))
    before = sorted(path.name for path in packages.iterdir())
    elsewhere = {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PYTHONHOME"}
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environment |= {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    command = [*pip_command(root, base), "install", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, pass_fds=(handle,), check=False)
    if done.returncode == 0:
        return
    if sorted(path.name for path in packages.iterdir()) == before:
        marker.unlink()  # pip gave up before it wrote anything: what was there is still good
    raise SetupError(
        f"pip could not install what the lock file names; its lines above say why (code {done.returncode}).\n"
        "Check the network, the proxy and pip's own settings, then run the same command again."
    )


def install(root: Path, group: str) -> None:
    """Fill .venv from the lock of `group`. The development lock holds the runtime lock, so it stamps both."""
    if is_ready(root, group):
        return
    with one_at_a_time(root) as handle:
        if is_ready(root, group):  # the one waited for did it
            return
        base = base_python()
        if (root / ".venv" / ".installing").exists():
            print("The last install did not finish: making .venv anew.", flush=True)
            make_venv(root, base)
        elif (version := venv_version(root)) is None:
            make_venv(root, base)
        elif not (root / ".venv" / "lib" / f"python{version}" / "site-packages").is_dir():
            print(f".venv was made for another Python than {version}: making it anew.", flush=True)
            make_venv(root, base)
        print(f"Installing what {LOCKS[group]} names into .venv (once; a minute or two) ...", flush=True)
        # The lock is complete, and an override in pyproject.toml is not known to pip.
        arguments = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", LOCKS[group]]
        pip_install(root, base, arguments, handle)
        version = venv_version(root)
        if version is None:
            raise SetupError("The Python in .venv does not run: remove .venv and run the same command again.")
        for name in ("runtime", "dev") if group == "dev" else ("runtime",):
            stamp = stamp_path(root, name)
            stamp.write_text(stamp_text(root, name, version))
        (root / ".venv" / ".installing").unlink()


def install_uv(root: Path) -> None:
    """Add uv, which writes the lock files; only `make lock` needs it."""
    install(root, "dev")
    pins = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]["lock"]
    with one_at_a_time(root) as handle:
        pip_install(root, base_python(), ["--quiet", *pins], handle)
        (root / ".venv" / ".installing").unlink()


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in {*LOCKS, "lock"}:
        print("usage: setup_env.py runtime|dev|lock", file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parent.parent
    try:
        if arguments[0] == "lock":
            install_uv(root)
        else:
            install(root, arguments[0])
    except SetupError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to install afresh.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
