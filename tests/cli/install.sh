#!/bin/bash
# What `make install` puts in place can be used by a stranger's program.
set -eu
program=$1
build=$(dirname "$program")
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
nm -an "$program" | grep -q __asan && { echo 'skip: sanitized'; exit 77; }
nm -an "$program" | grep -q __tsan && { echo 'skip: sanitized'; exit 77; }

cmake --install "$build" --prefix "$prefix" >/dev/null
[ "$("$prefix/bin/energylens" version)" = "$("$program" version)" ]
[ -s "$prefix/share/man/man1/energylens.1" ]

cat >"$prefix/use.c" <<'C'
#include <energylens/energylens.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    el_catalog *catalog;
    el_fit_set set;
    el_error err;

    if (argc != 2 || el_catalog_load(NULL, &catalog, &err) != EL_OK ||
        el_fit_set_load(argv[1], &set, &err) != EL_OK)
        return 1;
    printf("%s %zu\n", el_catalog_find_gpu(catalog, "h100")->slug, set.n);
    el_fit_set_clear(&set);
    el_catalog_free(catalog);
    return 0;
}
C
pc=$(dirname "$(find "$prefix" -name energylens.pc)")
export PKG_CONFIG_PATH=$pc
# shellcheck disable=SC2046
cc -std=c17 -Wall -Werror "$prefix/use.c" -o "$prefix/use" \
    $(pkg-config --cflags --libs energylens)
out=$(LD_LIBRARY_PATH=$(dirname "$pc") "$prefix/use" "$2/data/fits/a100-sxm4-40gb.fit.json")
echo "$out"
[[ $out == "h100-sxm5-80gb "[1-9]* ]]
