#!/bin/sh
# Install the Debian packages that are missing. `setup.sh` for building and
# testing, `setup.sh lint` adds clang's tools, `setup.sh mpi` Open MPI,
# `setup.sh web` a browser for the page's test. Needs
# root or sudo only when something is missing.
set -eu
packages="gcc libc6-dev cmake ninja-build pkg-config liblapacke-dev libopenblas-dev
libjansson-dev libcairo2-dev libcurl4-openssl-dev libmicrohttpd-dev libcmocka-dev
libsqlite3-dev libpq-dev python3 mandoc"
[ "${1:-}" = lint ] && packages="$packages clang clang-format clang-tidy
libclang-rt-14-dev gcovr shellcheck"
if [ "${1:-}" = web ]; then
    packages="$packages chromium"
    # Node.js from elsewhere brings its npm, and Debian's would conflict
    command -v node >/dev/null || packages="$packages nodejs"
    command -v npm >/dev/null || packages="$packages npm"
fi
[ "${1:-}" = mpi ] && packages="$packages libopenmpi-dev openmpi-bin"

# forest and boost; the Python module; tests of a TLS server, of a store and of
# an array job
optional="libxgboost0 python3-numpy python3-pandas openssl postgresql slurm-wlm"

installed() {
    status=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || :)
    [ "$status" = installed ]
}
missing=
for package in $packages; do
    installed "$package" || missing="$missing $package"
done
wanted=
for package in $optional; do
    installed "$package" || wanted="$wanted $package"
done
if [ -z "$missing" ]; then
    [ -z "$wanted" ] && exit 0
    # not worth asking for a password, nor for stopping
    [ "$(id -u)" -eq 0 ] || exit 0
fi
echo "installing:$missing$wanted" >&2
as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: not root and no sudo; install by hand:$missing" >&2
        exit 4
    }
    as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
update() { $as_root apt-get -qq update >&2; }
install() {
    $as_root apt-get -qq -y --no-install-recommends install "$@" >/dev/null
}
if [ -n "$missing" ]; then
    update
    # shellcheck disable=SC2086
    install $missing
fi
# shellcheck disable=SC2086
[ -z "$wanted" ] || install $wanted 2>/dev/null ||
    { update && install $wanted; } ||
    echo "setup: went on without$wanted (tests skip)" >&2
