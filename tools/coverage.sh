#!/bin/sh
# Branch coverage of every layer by all tests.
# Target: 90 % in num, model and io (docs/style: gates).
set -eu
cd "$(dirname "$0")/.."
cmake --preset cov >/dev/null
cmake --build --preset cov >/dev/null
find build/cov -name '*.gcda' -delete
ctest --preset cov -j 2 >build/cov/ctest.log 2>&1 || tail -20 build/cov/ctest.log
for layer in base num expr model io app cli; do
    printf '%s ' "$layer"
    gcovr -r . --object-directory build/cov -f "src/$layer/.*" \
        --exclude-throw-branches --branches 2>/dev/null | grep TOTAL || echo
done
