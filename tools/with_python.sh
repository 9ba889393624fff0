#!/bin/sh
# Run the arguments with the first Python that is new enough: `sh tools/with_python.sh script.py`.
# PYTHON, when set, is the only one tried. The lock files cover 3.11 to 3.14, so those come before a newer one.

covered='import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
newer='import sys, venv; sys.exit(sys.version_info[:2] < (3, 11))'

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON" -- "$@"
else
    # The last one is for a machine whose other Pythons went away after .venv was made.
    set -- python3 python3.13 python3.12 python3.11 python3.14 python .venv/bin/python -- "$@"
fi

# Take the candidates off the front; what is left is the caller's.
found=''
late=''
seen=''
while [ "$1" != -- ]; do
    candidate=$1
    shift
    [ -n "$found" ] && continue
    if "$candidate" -c "$covered" 2>/dev/null; then
        found=$candidate
    elif [ -z "$late" ] && "$candidate" -c "$newer" 2>/dev/null; then
        late=$candidate
    elif [ -z "$seen" ]; then
        seen=$("$candidate" --version 2>/dev/null)
    fi
done
shift

if [ -z "$found" ] && [ -n "$late" ]; then
    found=$late
    echo "Note: $("$found" --version) is newer than the versions that the lock files cover (3.11 to 3.14)." >&2
fi
if [ -z "$found" ]; then
    echo "Hedgeboard needs Python 3.11, 3.12, 3.13 or 3.14 with its venv module${seen:+; found only $seen}." >&2
    echo "Install one (Debian, Ubuntu: apt-get install python3 python3-pip)," >&2
    echo "or name one that is not on the PATH: make serve PYTHON=/path/to/python3.12" >&2
    exit 1
fi
exec "$found" "$@"
