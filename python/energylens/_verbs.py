# SPDX-License-Identifier: Apache-2.0
"""The verbs of the command line, answers as Python objects."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from ._library import (
    Buf,
    Call,
    Progress,
    byref,
    c_char_p,
    c_int,
    encode,
    lib,
)

Word = Union[str, "os.PathLike[str]", int, float]


class Answer(Dict[str, Any]):
    """The ``result`` of ``energylens VERB --json``, a dict of the contract.

    ``ok``         the answer is not "no" (infeasible, not converged)
    ``exit_code``  of the program: 0, or 1 where the answer is no
    ``schema``, ``seed``  of the JSON around the result
    """

    def __init__(self, document: Dict[str, Any], exit_code: int) -> None:
        super().__init__(document.get("result", document))
        self.schema: str = document.get("schema", "")
        self.seed: int = int(document.get("seed", 0))
        self.exit_code = exit_code

    @property
    def ok(self) -> bool:
        return self.exit_code == 0


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 8.0 of a table is --tp 8
    return str(os.fspath(value) if isinstance(value, os.PathLike) else value)


def _option(name: str, value: Any) -> List[str]:
    flag = "--" + name.rstrip("_").replace("_", "-")
    if value is None:
        return []
    if value is True:
        return [flag]
    if value is False:
        return ["--no-" + flag[2:]]
    if flag == "--kernel-table" or flag == "--join":  # once for each value
        values = value if isinstance(value, (list, tuple)) else [value]
        return [word for one in values for word in (flag, _text(one))]
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist"):
        many = value.tolist() if hasattr(value, "tolist") else value
        many = many if isinstance(many, (list, tuple)) else [many]
        return [flag, ",".join(_text(one) for one in many)]
    return [flag, _text(value)]


def run(
    *words: Word,
    threads: int = 0,
    progress: Optional[Progress] = None,
    **options: Any,
) -> Tuple[str, int]:
    """Do what ``energylens WORDS... --options`` does; its text and exit code.

    Options are those of the manual with ``_`` for ``-``: ``request_rate=6``
    is ``--request-rate 6``; ``True`` a flag, a list a list, None not given.
    Neither energylens.json nor ENERGYLENS_* variables are read.

    Raises EnergyLensError with the program's message and exit code.
    """
    line = [_text(word) for word in words]
    for name, value in options.items():
        line += _option(name, value)
    argv = (c_char_p * (len(line) or 1))(*[encode(word) for word in line])
    out, code = Buf(), c_int()
    with Call(threads, progress) as call:
        status = lib.el_verb_run(
            argv, len(line), byref(call.task), byref(out), byref(code),
            byref(call.error),
        )  # fmt: skip
    try:
        text = out.text.decode() if out.text else ""
    finally:
        lib.el_buf_clear(byref(out))
    call.check(status, stacklevel=4)
    return text, code.value


@contextlib.contextmanager
def _files(tables: Tuple[Any, ...]) -> Iterator[List[str]]:
    """Paths as they are; a DataFrame as a file for the time of a call."""
    with contextlib.ExitStack() as stack:
        paths = []
        for table in tables:
            if hasattr(table, "to_csv"):
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                path = os.path.join(folder, "DataFrame.csv")
                table.to_csv(path, index=False)
                paths.append(path)
            else:
                paths.append(os.fspath(table))
        yield paths


def ask(verb: str, *files: Any, **options: Any) -> Answer:
    """Any verb with ``--json``; files are paths, or DataFrames for tables.

    With ``out="FILE"`` the result is in the file and the answer is empty.
    """
    with _files(files) as paths:
        text, code = run(verb, *paths, json=True, **options)
    return Answer(json.loads(text) if text else {}, code)


def predict(**options: Any) -> Answer:
    """Joules and times of configurations: ``answer["rows"]``.

    fit, calibrate, model, gpu, precision, engine, tp, pp, ep, dp, batch, isl,
    osl, workload, scope, node_gpus, pue. Many rows: Predictor.
    """
    return ask("predict", **options)


def explain(**options: Any) -> Answer:
    """A deployment kernel by kernel: model, gpu, tp, batch, isl, osl ..."""
    return ask("explain", **options)


def optimize(**options: Any) -> Answer:
    """The configuration that costs least within the limits.

    fit or model and gpu; isl, osl, request_rate, ttft, tpot, e2e,
    percentile, gpus, scope, current ... Not ``ok`` where none keeps them.
    """
    return ask("optimize", **options)


def explore(**options: Any) -> Answer:
    """Energy against latency over all configurations, and the front."""
    return ask("explore", **options)


def sweetspot(*table: Any, **options: Any) -> Answer:
    """The prompt and answer lengths that cost least a token."""
    return ask("sweetspot", *table, **options)


def fit(*tables: Any, **options: Any) -> Answer:
    """Fit measurement tables; ``out="x.fit.json"`` writes the fit file."""
    return ask("fit", *tables, **options)


def evaluate(*tables: Any, **options: Any) -> Answer:
    """Errors of forms on rows they were not fitted to."""
    return ask("evaluate", *tables, **options)


def discover(table: Any, **options: Any) -> Answer:
    """Seek the law behind a table."""
    return ask("discover", table, **options)


def catalog(*words: Word, **options: Any) -> Answer:
    """GPUs and models that are known: ``catalog("gpus", "h100")``."""
    return ask("catalog", *words, **options)
