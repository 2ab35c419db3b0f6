#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `make package` makes: Debian packages that hold what they should, and a
# tarball whose program and library run from where it was unpacked.
set -eu
program=$1
build=$(cd "$(dirname "$program")" && pwd)
nm -an "$program" | grep -q -e __asan -e __tsan && { echo 'skip: sanitized'; exit 77; }
command -v dpkg-shlibdeps >/dev/null || { echo 'skip: no dpkg-dev'; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cpack --config "$build/CPackConfig.cmake" -B "$folder/made" >log 2>&1 ||
    { cat log; exit 1; }

# holds PACKAGE PATH...: files it must have
holds() {
    local package=$1
    dpkg-deb -c made/"$package"_*.deb >list
    shift
    for path; do
        grep -q " \./usr/$path\( -> .*\)\?$" list || { echo "$package: no $path"; exit 1; }
    done
    grep -q '/doc/.*/copyright$' list
    grep -q '/doc/.*/changelog\.gz$' list
    if grep -v ' root/root ' list; then exit 1; fi
}
holds energylens bin/energylens share/man/man1/energylens.1.gz \
    share/man/man1/energylens-optimize.1.gz share/zsh/vendor-completions/_energylens \
    share/bash-completion/completions/energylens \
    share/fish/vendor_completions.d/energylens.fish
if grep -e libenergylens -e mpi list; then exit 1; fi
dpkg-deb -f made/energylens_*.deb Depends | grep -q libjansson4
holds libenergylens0 lib/libenergylens.so.0
dpkg-deb -I made/libenergylens0_*.deb shlibs | grep -q '^libenergylens 0 libenergylens0'
holds libenergylens-dev include/energylens/verb.h lib/libenergylens.so \
    lib/pkgconfig/energylens.pc lib/cmake/EnergyLens/EnergyLensConfig.cmake
dpkg-deb -f made/libenergylens-dev_*.deb Depends | grep -q 'libenergylens0 (= '
holds python3-energylens lib/python3/dist-packages/energylens/__init__.py
[ "$(dpkg-deb -f made/python3-energylens_*.deb Architecture)" = all ]

# The packages together, as a system has them
for package in made/*.deb; do dpkg-deb -x "$package" root; done
export LD_LIBRARY_PATH=$folder/root/usr/lib
[ "$(root/usr/bin/energylens version)" = "$("$program" version)" ]
[ "$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=root/usr/lib/python3/dist-packages \
    python3 -c 'import energylens; print(energylens.run("version")[0], end="")')" = \
    "$("$program" version)" ]

tar xzf made/energylens-*.tar.gz
cd energylens-*/
[ "$(bin/energylens version)" = "$("$program" version)" ]
[ -s share/man/man1/energylens-fit.1 ]
[ -s share/doc/energylens/LICENSE ]
