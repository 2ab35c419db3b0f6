# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # EnergyLens in Python
# A plain script with cells: run it as it is from the repository, or cell by
# cell in an editor that knows `# %%`.

# %%
import math
import pathlib
import tempfile

import numpy as np

import energylens as el

root = pathlib.Path(__file__).resolve().parent.parent
fit = root / "data" / "fits" / "a100-sxm4-40gb.fit.json"

# %% [markdown]
# ## What does a request cost as the batch grows?
# A `Predictor` is a fit file in memory. Columns are NumPy arrays, or one number
# for all rows; answers are arrays too, in joules and seconds.

# %%
predictor = el.Predictor(fit)
batch = np.arange(1.0, 65.0)
curve = predictor.predict(
    model="llama-3-8b", batch_size=batch, input_tokens=1000, output_tokens=250
)
for i in (0, 7, 63):
    print(
        f"batch {batch[i]:3.0f}: {curve['energy_per_request_j'][i]:6.1f} J a "
        f"request ({curve['energy_per_request_lo_j'][i]:.1f} to "
        f"{curve['energy_per_request_hi_j'][i]:.1f}), "
        f"{el.SOURCES[int(curve['source'][i])]}"
    )
assert np.all(np.diff(curve["energy_per_request_j"]) < 0)  # sharing pays

# %% [markdown]
# Many configurations at once: a grid of lengths, nothing copied.

# %%
isl, osl = np.meshgrid(np.geomspace(64, 4096, 40), np.geomspace(16, 1024, 40))
grid = predictor.predict(
    model="llama-3-8b",
    batch_size=16,
    input_tokens=isl.ravel(),
    output_tokens=osl.ravel(),
    outputs=["energy_per_output_token_j"],
)
token_j = grid["energy_per_output_token_j"].reshape(isl.shape)
at = np.unravel_index(np.nanargmin(token_j), token_j.shape)
print(
    f"least joules a token of this grid: {token_j[at]:.3f} at "
    f"{isl[at]:.0f} in, {osl[at]:.0f} out"
)

# %% [markdown]
# ## Which configuration costs least within the limits?
# Every verb of the command line is a function; options have `_` for `-`. The
# answer is the dict that `--json` prints.

# %%
best = el.optimize(
    fit=fit, model="llama-3-8b", gpus=4, isl=1000, osl=250,
    request_rate=4, tpot="80ms",
)  # fmt: skip
chosen = best["chosen"]
print("chosen:", {k: chosen[k] for k in ("tp", "dp", "batch_size")})
assert best.ok

# %% [markdown]
# No configuration can do one microsecond a token. That is an answer, not an
# exception: `ok` is false. What cannot be asked at all raises.

# %%
never = el.optimize(
    fit=fit, model="llama-3-8b", gpus=4, isl=1000, osl=250, tpot="1us"
)
assert not never.ok and never.exit_code == 1
try:
    el.optimize(fit="no-such.fit.json", osl=250)
except el.EnergyLensError as error:
    print(f"exit code {error.exit_code}: {error}")

# %% [markdown]
# ## Before anything was measured
# Without a fit the analytic model answers: for a model of the catalogue, or for
# any `config.json`.

# %%
with tempfile.TemporaryDirectory() as folder:
    config = pathlib.Path(folder) / "config.json"
    config.write_text(
        '{"architectures": ["LlamaForCausalLM"], "model_type": "llama",'
        ' "hidden_size": 4096, "intermediate_size": 14336,'
        ' "num_hidden_layers": 32, "num_attention_heads": 32,'
        ' "num_key_value_heads": 8, "vocab_size": 128256}'
    )
    with el.Predictor() as analytic:
        one = analytic.predict(
            model=config, gpu="h100", tp=2, batch_size=32,
            input_tokens=2000, output_tokens=400,
        )  # fmt: skip
print(
    f"modelled: {one['energy_per_request_j']:.0f} J a request, 90 % between "
    f"{one['energy_per_request_lo_j']:.0f} and "
    f"{one['energy_per_request_hi_j']:.0f}"
)

# %% [markdown]
# ## From measurements to a fit
# Measurements are a CSV table (`docs/tables.md`) or, where pandas is installed,
# a DataFrame. These here are made up: the joules of the fit above, with noise.

# %%
rng = np.random.default_rng(7)
n = 60
load = {
    "tp": rng.choice([1.0, 2.0, 4.0], n),
    "batch_size": rng.choice([1.0, 4.0, 16.0, 64.0], n),
    "input_tokens": rng.choice([128.0, 512.0, 2048.0], n),
    "output_tokens": rng.choice([64.0, 256.0], n),
}
truth = predictor.predict(model="llama-3-8b", **load)
load["energy_j"] = truth["energy_j"] * np.exp(rng.normal(0, 0.03, n))
load["latency_s"] = truth["latency_s"]

with tempfile.TemporaryDirectory() as folder:
    table, mine = (pathlib.Path(folder) / name for name in ("t.csv", "fit.json"))
    header = "model,gpu,precision,engine," + ",".join(load)
    rows = [
        "llama-3-8b,a100-sxm4-40gb,bfloat16,vLLM,"
        + ",".join(f"{value[i]:.9g}" for value in load.values())
        for i in range(n)
    ]
    table.write_text("\n".join([header, *rows, ""]))
    el.fit(table, out=mine, min_latency=0)
    with el.Predictor(mine) as own:
        again = own.predict(
            batch_size=load["batch_size"],
            tp=load["tp"],
            input_tokens=load["input_tokens"],
            output_tokens=load["output_tokens"],
        )
error = np.abs(again["energy_j"] / truth["energy_j"] - 1).mean()
print(f"a fit to {n} noisy rows: {100 * error:.1f} % from the truth")
assert error < 0.05

# %% [markdown]
# ## DataFrames
# Columns by name, as in the table; what is not in the frame is an argument.

# %%
try:
    import pandas as pd
except ImportError:
    print("pandas is not installed: the last cell is left out")
else:
    frame = pd.DataFrame(
        {
            "model": ["llama-3-8b", "llama-3-8b", "llama-2-13b"],
            "tp": [1, 2, 2],
            "batch_size": [8, 8, 16],
            "output_tokens": [250, 250, 100],
        }
    )
    answer = predictor.predict_frame(frame, input_tokens=1000)
    print(answer[["model", "tp", "energy_per_request_j", "source"]])
    assert list(answer.index) == [0, 1, 2]

predictor.close()
assert math.isfinite(one["energy_per_request_j"])
