# SPDX-License-Identifier: Apache-2.0
"""Predictions of many configurations at once, on NumPy arrays in place."""

from __future__ import annotations

import math
import os
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._library import (
    Boundary,
    Call,
    Column,
    ColumnSet,
    Progress,
    Subject,
    byref,
    c_void_p,
    encode,
    lib,
)

if TYPE_CHECKING:
    import pandas

Array = NDArray[np.float64]
Path = Union[str, "os.PathLike[str]"]

SCOPES = ("gpus", "node", "facility")
SOURCES = tuple(lib.el_source_name(i).decode() for i in range(5))

#: Columns that a prediction reads.
INPUTS = (
    "batch_size",
    "output_tokens",
    "input_tokens",
    "tp",
    "pp",
    "ep",
    "dp",
    "num_gpus",
    "avg_batch",
    "vision_tokens",
)
#: Columns that it writes where none are named.
OUTPUTS = (
    "energy_per_request_j",
    "energy_per_request_lo_j",
    "energy_per_request_hi_j",
    "energy_per_output_token_j",
    "prefill_energy_j",
    "decode_energy_j",
    "energy_j",
    "latency_s",
    "ttft_s",
    "tpot_s",
    "avg_power_w",
    "source",
)
NAMES = ("model", "gpu", "precision", "engine", "workload")


def _column(name: str, value: ArrayLike) -> Tuple[str, Array]:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim > 1:
        raise ValueError(f"{name}: {array.ndim} dimensions, one is taken")
    if array.ndim and (array.strides[0] % 8 or not array.flags.aligned):
        array = array.copy()  # a field of packed records
    return name, array


def _length(arrays: Sequence[Tuple[str, Array]]) -> Optional[int]:
    """Rows of the columns; None where all are single numbers."""
    n: Optional[int] = None
    for name, array in arrays:
        if array.ndim and n is not None and len(array) != n:
            raise ValueError(f"{name}: {len(array)} values, others have {n}")
        n = len(array) if array.ndim else n
    return n


def _columns(arrays: Sequence[Tuple[str, Array]]) -> Any:
    made = (Column * len(arrays))()
    for column, (name, array) in zip(made, arrays):
        column.name = name.encode()
        column.value = array.ctypes.data
        column.step = array.strides[0] // 8 if array.ndim else 0
    return made


def _room(n: int, name: str, out: Mapping[str, Array]) -> Array:
    array = out.get(name)
    if array is None:
        return np.empty(n)
    if array.dtype != np.float64 or array.shape != (n,) or (
        not array.flags.writeable or n > 1 and array.strides[0] % 8
    ):
        raise ValueError(f"out[{name!r}]: not {n} writable float64")
    return array


class Predictor:
    """A fit, or the analytic model, ready for any number of questions.

    fit        fit file; None: the analytic model
    catalog    folder of further GPUs and models
    calibrate  table whose rows correct the analytic model
    scope      whose joules: "gpus" in use, "node" (its idle GPUs too) or
               "facility" (node times pue); the latter two need node_gpus

    Raises EnergyLensError (file not readable, malformed, of another scope).
    Threads may share one. Closed by ``with``, ``close()`` or the collector.

    >>> with Predictor("h100.fit.json") as p:
    ...     p.predict(model="llama-3.1-8b", batch_size=np.arange(1, 257),
    ...               input_tokens=1000, output_tokens=250)
    """

    def __init__(
        self,
        fit: Optional[Path] = None,
        *,
        catalog: Optional[Path] = None,
        calibrate: Optional[Path] = None,
        scope: str = "gpus",
        node_gpus: float = math.nan,
        pue: float = 1.2,
    ) -> None:
        self._handle = c_void_p()
        if scope not in SCOPES:
            raise ValueError(f"scope: {scope!r}, one of {', '.join(SCOPES)}")
        boundary = Boundary(SCOPES.index(scope), node_gpus, pue)
        with Call() as call:
            status = lib.el_predictor_open(
                None if fit is None else encode(fit),
                None if catalog is None else encode(catalog),
                byref(boundary),
                byref(self._handle),
                byref(call.error),
            )
        call.check(status)
        if calibrate is not None:
            with Call() as call:
                status = lib.el_predictor_calibrate(
                    self._handle,
                    encode(calibrate),
                    byref(call.task),
                    byref(call.error),
                )
            call.check(status)

    def close(self) -> None:
        """Free it; again is fine."""
        handle, self._handle = self._handle, c_void_p()
        lib.el_predictor_close(handle)

    def __enter__(self) -> "Predictor":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self.close()

    def predict(
        self,
        *,
        model: Optional[Path] = None,
        gpu: Optional[str] = None,
        precision: Optional[str] = None,
        engine: Optional[str] = None,
        workload: Optional[str] = None,
        outputs: Sequence[str] = OUTPUTS,
        out: Optional[Mapping[str, Array]] = None,
        threads: int = 0,
        progress: Optional[Progress] = None,
        **columns: ArrayLike,
    ) -> Dict[str, Array]:
        """Predict rows of one model on one GPU.

        model, gpu, precision, engine may be left out where the fit has one;
        model may be a path to a config.json. Columns: INPUTS, of which
        batch_size and output_tokens are needed; each a float64 array of n
        values, strided or not, read in place, or one number for all rows.
        Other types are converted, which copies.

        Returns n float64 values for each name of ``outputs`` (numbers where
        all columns are numbers): OUTPUTS, ttft_lo_s, ttft_hi_s, tpot_lo_s,
        tpot_hi_s, extrapolated_axes, breakdown_<cause>_j. Arrays in ``out``
        are written in place of new ones. ``source`` is an index of SOURCES.
        Joules and seconds; NaN: not known. Rows that cannot be predicted are
        NaN and warned about (EnergyLensWarning).

        Raises EnergyLensError (unknown name or column, a value out of range:
        "row:17: tp: must be ..."), ValueError (lengths that differ).

        Same bits for any number of threads. About 5 us a row from a fit and
        10 us from the analytic model, divided by the threads.
        """
        if not self._handle:
            raise ValueError("the predictor is closed")
        arrays = [_column(name, value) for name, value in columns.items()]
        length = _length(arrays)
        n = 1 if length is None else length
        room = [(name, _room(n, name, out or {})) for name in outputs]
        # of length 1 an array may have any stride, 0 too
        made = _columns(room)
        for column in made:
            column.step = column.step or 1
        inputs = _columns(arrays)
        together = ColumnSet(n, len(arrays), inputs, len(room), made)
        named = (model, gpu, precision, engine, workload)
        subject = Subject(
            *[None if name is None else encode(name) for name in named]
        )
        with Call(threads, progress) as call:
            status = lib.el_predictor_columns(
                self._handle,
                byref(subject),
                byref(together),
                byref(call.task),
                byref(call.error),
            )
        call.check(status)
        if length is None:
            return {name: array[0] for name, array in room}
        return dict(room)

    def predict_frame(
        self,
        frame: "pandas.DataFrame",
        *,
        outputs: Sequence[str] = OUTPUTS,
        threads: int = 0,
        **same: Any,
    ) -> "pandas.DataFrame":
        """Predict every row of a DataFrame: its columns, then the outputs.

        Columns of INPUTS and of names (model, gpu, precision, engine,
        workload) are read, others kept as they are; ``same`` gives what has
        no column. Index and order stay. A column with the name of an output
        becomes ``measured_<name>``, as in ``predict --rows``; ``source`` is
        categorical. Needs pandas.
        """
        import pandas

        read = [name for name in INPUTS if name in frame and name not in same]
        by = [name for name in NAMES if name in frame and name not in same]
        result = {name: np.full(len(frame), np.nan) for name in outputs}
        for key, rows in _groups(frame, by):
            values = {
                name: frame[name].to_numpy(dtype=np.float64)[rows]
                for name in read
            }
            names: Dict[str, Any] = {n: k for n, k in zip(by, key) if k}
            part = self.predict(
                outputs=outputs, threads=threads, **names, **values, **same
            )
            for name, value in part.items():
                result[name][rows] = value
        predicted = pandas.DataFrame(result, index=frame.index)
        if "source" in predicted:
            codes = predicted["source"].fillna(-1).astype(int)
            predicted["source"] = pandas.Categorical.from_codes(
                codes, categories=list(SOURCES)
            )
        clash = {n: "measured_" + n for n in outputs if n in frame}
        return pandas.concat([frame.rename(columns=clash), predicted], axis=1)


def _groups(
    frame: "pandas.DataFrame", by: List[str]
) -> List[Tuple[Tuple[str, ...], Any]]:
    """Names and row numbers of what is predicted together; blank: ""."""
    if not by:
        return [((), slice(None))]
    blank = frame[by].astype(object).where(frame[by].notna(), "")
    found = blank.groupby(by, sort=False).indices
    groups = []
    for key, rows in found.items():
        names = key if isinstance(key, tuple) else (key,)
        groups.append((tuple(str(k) for k in names), rows))
    return groups
