#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The committed manual page is the one that the tables give, and is clean.
# $1 = program, $2 = source folder
page="$2/docs/man/energylens.1"
cd / || exit 1
if ! diff -u "$page" <("$1" man); then
    echo "run: energylens man > docs/man/energylens.1"
    exit 1
fi
if command -v mandoc >/dev/null; then
    mandoc -Tlint "$page" || exit 1
fi
