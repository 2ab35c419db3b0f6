# SPDX-License-Identifier: Apache-2.0
"""Joules of serving a language model, and the configuration that costs least.

The verbs of the command line give their JSON as dicts (``optimize``,
``predict``, ``fit``, ...; any other by ``ask`` or ``run``). ``Predictor``
predicts NumPy arrays and DataFrames of any length. ``docs/python.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._library import EnergyLensError, EnergyLensWarning, lib
from ._verbs import (
    Answer,
    ask,
    catalog,
    discover,
    evaluate,
    explain,
    explore,
    fit,
    optimize,
    predict,
    run,
    sweetspot,
)

if TYPE_CHECKING:
    from ._predict import INPUTS, OUTPUTS, SOURCES, Predictor

__version__: str = lib.el_version().decode()


def __getattr__(name: str) -> Any:
    """What needs NumPy, when it is asked for: the verbs do without."""
    if name in ("INPUTS", "OUTPUTS", "SOURCES", "Predictor"):
        from . import _predict

        return getattr(_predict, name)
    raise AttributeError(f"module 'energylens' has no attribute {name!r}")


__all__ = [
    "INPUTS",
    "OUTPUTS",
    "SOURCES",
    "Answer",
    "EnergyLensError",
    "EnergyLensWarning",
    "Predictor",
    "ask",
    "catalog",
    "discover",
    "evaluate",
    "explain",
    "explore",
    "fit",
    "optimize",
    "predict",
    "run",
    "sweetspot",
]
