#!/bin/bash
# The Python module over the library just built: its tests, its tutorial, its
# wheel.
set -eu
program=$1
source=$2
build=$(cd "$(dirname "$program")" && pwd)
nm -an "$program" | grep -q -e __asan -e __tsan && { echo 'skip: sanitized'; exit 77; }
python=
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import numpy' 2>/dev/null && { python=$candidate; break; }
done
[ "$python" ] || { echo 'skip: no python3-numpy'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PYTHONDONTWRITEBYTECODE=1 ENERGYLENS_LIBRARY=$build/libenergylens.so

PYTHONPATH=$source/python "$python" "$source/tests/python/test_energylens.py" \
    "$program"
PYTHONPATH=$source/python "$python" -W error "$source/python/tutorial.py"

# What docs/python.md shows runs as it stands there.
mkdir "$folder/docs"
ln -s "$(realpath "$source")/data/fits/h100-sxm5-80gb.fit.json" "$folder/docs/h100.fit.json"
sed -n '/^```python/,/^```$/{/^```/d;p}' "$source/docs/python.md" >"$folder/docs/shown.py"
(cd "$folder/docs" && PYTHONPATH=$(realpath "$source")/python "$python" -W error shown.py)

# The wheel brings the library along, and the same files make the same bytes.
cd "$source"
for round in a b; do
    mkdir "$folder/$round"
    PYTHONPATH=python "$python" -c \
        "import build_backend; print(build_backend.build_wheel('$folder/$round'))"
done
cmp "$folder"/a/*.whl "$folder"/b/*.whl
"$python" -m zipfile -e "$folder"/a/*.whl "$folder/site"
cd "$folder"
unset ENERGYLENS_LIBRARY
export PYTHONPATH=$folder/site
"$python" -c 'import energylens._library as l; assert "site" in l._path(), l._path()'
[ "$("$python" -m energylens version)" = "$("$program" version)" ]
"$python" -W error - "$source/data/fits/a100-sxm4-40gb.fit.json" <<'P'
import sys
import energylens as el
with el.Predictor(sys.argv[1]) as p:
    answer = p.predict(model="llama-3-8b", batch_size=8, output_tokens=100)
assert answer["energy_j"] > 0
P

# pip takes it without a network, where there is pip.
"$python" -m pip --version >/dev/null 2>&1 || { echo 'no pip'; exit 0; }
unset PYTHONPATH
ENERGYLENS_LIBRARY=$build/libenergylens.so "$python" -m pip --quiet \
    --disable-pip-version-check --no-cache-dir install --no-index --no-deps \
    --no-build-isolation --target "$folder/pip" "$source" 2>"$folder/err" ||
    { cat "$folder/err"; exit 1; }
[ "$(PYTHONPATH=$folder/pip "$folder/pip/bin/energylens" version)" = \
    "$("$program" version)" ]
[ ! -e "$source/build/lib" ]
