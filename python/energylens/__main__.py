# SPDX-License-Identifier: Apache-2.0
"""``python -m energylens``: the command line, as the program has it."""

import os
import sys

from ._library import c_char_p, lib


def main() -> int:
    words = [b"energylens"] + [os.fsencode(word) for word in sys.argv[1:]]
    argv = (c_char_p * (len(words) + 1))(*words, None)
    sys.stdout.flush()
    code: int = lib.el_main(len(words), argv)
    os._exit(code)  # it closed standard output, which Python would flush


if __name__ == "__main__":
    sys.exit(main())
