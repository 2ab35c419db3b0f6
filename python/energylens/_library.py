# SPDX-License-Identifier: Apache-2.0
"""The shared library: where it is, its prototypes, its errors.

Written down from ``energylens/predictor.h``, ``verb.h``, ``task.h``,
``text.h`` and ``error.h``, the part of the interface that stays
(``docs/library.md``).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import pathlib
import signal
import threading
import warnings
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_bool,
    c_char,
    c_char_p,
    c_double,
    c_int,
    c_size_t,
    c_ssize_t,
    c_uint,
    c_uint64,
    c_void_p,
)
from typing import Any, Callable, List, Optional

SONAME = "libenergylens.so.0"

Progress = Callable[[int, int], None]


class EnergyLensError(Exception):
    """What the library refuses to do, or cannot.

    ``str()`` is the library's message: one line, "where: what (limit)".
    ``status`` is the number of ``el_status``, ``exit_code`` what the program
    would have ended with: 2 usage, 3 bad input, 4 input/output, 5 numerical,
    70 out of memory.
    """

    def __init__(self, message: str, status: int, exit_code: int) -> None:
        super().__init__(message)
        self.status = status
        self.exit_code = exit_code

    def __reduce__(self) -> Any:
        return (EnergyLensError, (str(self), self.status, self.exit_code))


class EnergyLensWarning(UserWarning):
    """A line that the program would have printed as a warning."""


class Error(Structure):
    _fields_ = [("status", c_int), ("message", c_char * 512)]


class Buf(Structure):
    _fields_ = [
        ("text", c_char_p),
        ("len", c_size_t),
        ("cap", c_size_t),
        ("failed", c_bool),
    ]


PROGRESS = CFUNCTYPE(None, c_size_t, c_size_t, c_void_p)
WARN = CFUNCTYPE(None, c_char_p, c_void_p)
CANCELLED = CFUNCTYPE(c_bool, c_void_p)


class Task(Structure):
    _fields_ = [
        ("seed", c_uint64),
        ("threads", c_uint),
        ("progress", PROGRESS),
        ("warn", WARN),
        ("cancelled", CANCELLED),
        ("ctx", c_void_p),
    ]


class Boundary(Structure):
    _fields_ = [("scope", c_int), ("node_gpus", c_double), ("pue", c_double)]


class Subject(Structure):
    _fields_ = [
        ("model", c_char_p),
        ("gpu", c_char_p),
        ("precision", c_char_p),
        ("engine", c_char_p),
        ("workload", c_char_p),
    ]


class Column(Structure):  # el_input and el_output
    _fields_ = [("name", c_char_p), ("value", c_void_p), ("step", c_ssize_t)]


class ColumnSet(Structure):
    _fields_ = [
        ("n_row", c_size_t),
        ("n_input", c_size_t),
        ("input", POINTER(Column)),
        ("n_output", c_size_t),
        ("output", POINTER(Column)),
    ]


_PROTOTYPES = {
    "el_version": (c_char_p, []),
    "el_exit_code": (c_int, [c_int]),
    "el_source_name": (c_char_p, [c_int]),
    "el_buf_clear": (None, [POINTER(Buf)]),
    "el_main": (c_int, [c_int, POINTER(c_char_p)]),
    "el_verb_run": (
        c_int,
        [
            POINTER(c_char_p),
            c_size_t,
            POINTER(Task),
            POINTER(Buf),
            POINTER(c_int),
            POINTER(Error),
        ],
    ),
    "el_predictor_open": (
        c_int,
        [
            c_char_p,
            c_char_p,
            POINTER(Boundary),
            POINTER(c_void_p),
            POINTER(Error),
        ],
    ),
    "el_predictor_close": (None, [c_void_p]),
    "el_predictor_calibrate": (
        c_int,
        [c_void_p, c_char_p, POINTER(Task), POINTER(Error)],
    ),
    "el_predictor_columns": (
        c_int,
        [
            c_void_p,
            POINTER(Subject),
            POINTER(ColumnSet),
            POINTER(Task),
            POINTER(Error),
        ],
    ),
}


def _path() -> str:
    """The library of ENERGYLENS_LIBRARY, of the wheel, or of the system."""
    named = os.environ.get("ENERGYLENS_LIBRARY")
    if named:
        return named
    bundled = pathlib.Path(__file__).with_name(SONAME)
    if bundled.exists():
        return str(bundled)
    return ctypes.util.find_library("energylens") or SONAME


def _load() -> ctypes.CDLL:
    path = _path()
    try:
        library = ctypes.CDLL(path)
    except OSError as why:
        raise ImportError(
            f"{why}; install libenergylens or name it in ENERGYLENS_LIBRARY"
        ) from None
    for name, (result, arguments) in _PROTOTYPES.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


lib = _load()


def encode(text: "str | os.PathLike[str]") -> bytes:
    """Text as the library takes it: UTF-8, paths as the system has them."""
    data = os.fsencode(text)
    if b"\0" in data:
        raise ValueError("text with a NUL character")
    return data


class Call:
    """One call: its task, its warnings, Ctrl-C, and how it ended.

    Callbacks come from any thread of the library. Warnings are kept and given
    to Python's ``warnings`` by the thread that called, once it is back. While
    the main thread is in the library Ctrl-C asks it to stop; its work is given
    up between two items and KeyboardInterrupt raised.
    """

    def __init__(
        self, threads: int = 0, progress: Optional[Progress] = None
    ) -> None:
        if threads < 0:
            raise ValueError(f"threads: {threads}")
        self.error = Error()
        self._lines: List[str] = []
        self._raised: Optional[BaseException] = None
        self._progress = progress
        self._handler: Any = None
        self._catches = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        self.task = Task(threads=threads, warn=WARN(self._on_warning))
        if progress is not None:
            self.task.progress = PROGRESS(self._on_progress)
        if progress is not None or self._catches:
            self.task.cancelled = CANCELLED(self._on_poll)

    def __enter__(self) -> "Call":
        if self._catches:
            self._handler = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(self, *_: Any) -> None:
        if self._catches:
            signal.signal(signal.SIGINT, self._handler)

    def _on_interrupt(self, *_: Any) -> None:
        self._raised = KeyboardInterrupt()

    def _on_warning(self, line: bytes, _: Any) -> None:
        self._lines.append(line.decode(errors="replace"))

    def _on_progress(self, done: int, total: int, _: Any) -> None:
        try:
            if self._progress is not None and self._raised is None:
                self._progress(done, total)
        except BaseException as why:  # the caller's: raised once we are back
            self._raised = why

    def _on_poll(self, _: Any) -> bool:
        return self._raised is not None

    def check(self, status: int, stacklevel: int = 3) -> None:
        """Warn, then raise what went wrong."""
        for line in self._lines:
            warnings.warn(line, EnergyLensWarning, stacklevel=stacklevel)
        if self._raised is not None:
            raise self._raised
        if status:
            raise EnergyLensError(
                self.error.message.decode(errors="replace"),
                status,
                lib.el_exit_code(status),
            )


__all__ = [
    "Boundary",
    "Buf",
    "Call",
    "Column",
    "ColumnSet",
    "EnergyLensError",
    "EnergyLensWarning",
    "Progress",
    "Subject",
    "byref",
    "c_char_p",
    "c_int",
    "c_void_p",
    "encode",
    "lib",
]
