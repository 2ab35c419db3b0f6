# SPDX-License-Identifier: Apache-2.0
"""The Python module against the program; argv[1] is the program."""

import json
import math
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings

import numpy as np

import energylens as el
from energylens import _predict

try:
    import pandas
except ImportError:
    pandas = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIT = ROOT / "data" / "fits" / "a100-sxm4-40gb.fit.json"
LOAD = {"input_tokens": 1000, "output_tokens": 250}


def program(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


class Columns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.predictor = el.Predictor(FIT)

    def predict(self, **columns):
        return self.predictor.predict(model="llama-3-8b", **columns)

    def test_same_bits_as_the_program(self):
        batch = [1, 7, 64, 300]
        names = [n for n in el.OUTPUTS if n != "source"]
        got = self.predict(batch_size=np.array(batch), tp=2, **LOAD)
        rows = json.loads(
            program(
                "predict", "--fit", str(FIT), "--model", "llama-3-8b", "--tp",
                "2", "--batch", ",".join(map(str, batch)), "--isl", "1000",
                "--osl", "250", "--json",
            )
        )["result"]["rows"]  # fmt: skip
        for i, row in enumerate(rows):
            for name in names:
                self.assertEqual(got[name][i], row[name], name)
            self.assertEqual(el.SOURCES[int(got["source"][i])], row["source"])

    def test_views_in_place(self):
        table = np.empty((50, 3))
        table[:, 0] = np.arange(1, 51)
        table[:, 1:] = 1000, 250
        want = self.predict(batch_size=table[:, 0].copy(), **LOAD)
        for view in (table[:, 0], table[::-1, 0][::-1], np.asfortranarray(table)[:, 0]):
            _, array = _predict._column("batch_size", view)
            self.assertEqual(array.ctypes.data, view.ctypes.data)
            got = self.predict(
                batch_size=view, input_tokens=table[:, 1], output_tokens=table[:, 2]
            )
            for name in el.OUTPUTS:
                np.testing.assert_array_equal(got[name], want[name])
        back = self.predict(batch_size=table[::-1, 0], **LOAD)
        np.testing.assert_array_equal(
            back["energy_j"], want["energy_j"][::-1]
        )
        broadcast = np.broadcast_to(np.float64(8), (5,))
        self.assertEqual(len(self.predict(batch_size=broadcast, **LOAD)["energy_j"]), 5)

    def test_out(self):
        room = np.zeros((20, 2))
        got = self.predict(
            batch_size=np.arange(1, 21), outputs=["energy_j", "ttft_hi_s"],
            out={"energy_j": room[:, 1]}, **LOAD,
        )  # fmt: skip
        self.assertEqual(list(got), ["energy_j", "ttft_hi_s"])
        self.assertIs(got["energy_j"].base, room)
        self.assertTrue((room[:, 1] > 0).all() and (room[:, 0] == 0).all())
        for bad in (np.zeros(19), np.zeros(20, np.float32), np.zeros((20, 1))):
            with self.assertRaises(ValueError):
                self.predict(
                    batch_size=np.arange(1, 21), out={"energy_j": bad}, **LOAD
                )

    def test_numbers_and_blanks(self):
        one = self.predict(batch_size=8, **LOAD)
        self.assertEqual(np.ndim(one["energy_j"]), 0)
        self.assertEqual(len(self.predict(batch_size=[], **LOAD)["energy_j"]), 0)
        blank = self.predict(batch_size=8, tp=math.nan, **LOAD)
        self.assertEqual(blank["energy_j"], one["energy_j"])
        lengths = self.predict(batch_size=8, output_tokens=250)
        self.assertTrue(np.isnan(lengths["prefill_energy_j"]))

    def test_errors(self):
        cases = [
            (dict(batch_size=0, output_tokens=1), 3, "row:0: batch_size"),
            (dict(batch_size=[1, 0.5], output_tokens=1), 3, "row:1: batch_size"),
            (dict(batch_size=1), 2, "output_tokens: needed"),
            (dict(batch_size=1, output_tokens=1, odd=1), 2, '"odd"'),
            (dict(batch_size=1, output_tokens=1, outputs=["x"]), 2, '"x"'),
            (dict(batch_size=1, output_tokens=1, gpu="toaster"), 2, "toaster"),
        ]
        for asked, code, text in cases:
            with self.assertRaises(el.EnergyLensError) as caught:
                self.predict(**asked)
            self.assertEqual(caught.exception.exit_code, code)
            self.assertIn(text, str(caught.exception))
            again = pickle.loads(pickle.dumps(caught.exception))
            self.assertEqual((str(again), again.exit_code), (str(caught.exception), code))
        for asked in (
            dict(batch_size=[1, 2], output_tokens=[1, 2, 3]),
            dict(batch_size=np.ones((2, 2)), output_tokens=1),
            dict(batch_size=1, output_tokens=1, threads=-1),
            dict(batch_size=1, output_tokens=1, gpu="a\0b"),
        ):
            with self.assertRaises(ValueError):
                self.predict(**asked)
        with self.assertRaises(el.EnergyLensError) as caught:
            el.Predictor("/no/such.json")
        self.assertEqual(caught.exception.exit_code, 4)
        with self.assertRaises(ValueError):
            el.Predictor(scope="planet")
        closed = el.Predictor(FIT)
        closed.close()
        closed.close()
        with self.assertRaises(ValueError):
            closed.predict(batch_size=1, output_tokens=1)

    def test_refused_rows_warn(self):
        with el.Predictor() as analytic, self.assertWarns(el.EnergyLensWarning) as w:
            got = analytic.predict(
                model="llama-3.1-8b", gpu="h100", tp=[7, 8], batch_size=8, **LOAD
            )
        self.assertIn("1 of 2 rows cannot be predicted; row 0", str(w.warning))
        self.assertEqual(w.filename, __file__)
        self.assertTrue(np.isnan(got["energy_j"][0]) and got["energy_j"][1] > 0)

    def test_scope(self):
        with el.Predictor(FIT, scope="facility", node_gpus=4, pue=1.5) as whole:
            got = whole.predict(
                model="llama-3-8b", batch_size=8, **LOAD,
                outputs=["energy_per_request_j", "breakdown_idle_j"],
            )  # fmt: skip
        bare = self.predict(batch_size=8, **LOAD)["energy_per_request_j"]
        self.assertAlmostEqual(
            got["energy_per_request_j"], 1.5 * (bare + got["breakdown_idle_j"])
        )

    def test_progress_and_interrupt(self):
        seen = []
        batch = np.tile(np.arange(1.0, 65.0), 1000)
        self.predict(
            batch_size=batch, progress=lambda *at: seen.append(at), threads=1, **LOAD
        )
        self.assertEqual(seen[-1], (len(batch), len(batch)))
        self.assertGreater(len(seen), 1)

        def stop(done, total):
            raise RuntimeError("enough")

        with self.assertRaisesRegex(RuntimeError, "enough"):
            self.predict(batch_size=batch, progress=stop, **LOAD)
        with self.assertRaises(KeyboardInterrupt):
            self.predict(
                batch_size=batch, threads=1, **LOAD,
                progress=lambda *_: os.kill(os.getpid(), signal.SIGINT),
            )  # fmt: skip
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_threads_share(self):
        want = self.predict(batch_size=np.arange(1, 500), **LOAD)["energy_j"]
        wrong = []

        def work():
            for _ in range(20):
                got = self.predict(batch_size=np.arange(1, 500), **LOAD, threads=1)
                if not np.array_equal(got["energy_j"], want):
                    wrong.append(got)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_no_leak(self):
        def rss_kib():
            text = pathlib.Path("/proc/self/status").read_text()
            return int(text.split("VmRSS:")[1].split()[0])

        def calls(n):
            for _ in range(n):
                self.predict(batch_size=8, threads=1, **LOAD)
                el.run("version")
                try:
                    self.predict(batch_size=0, output_tokens=1)
                except el.EnergyLensError:
                    pass

        calls(500)
        before = rss_kib()
        calls(3000)
        self.assertLess(rss_kib() - before, 1024)


class Verbs(unittest.TestCase):
    def test_same_text_as_the_program(self):
        words = ["optimize", "--fit", str(FIT), "--model", "llama-3-8b", "--isl",
                 "1000", "--osl", "250", "--gpus", "4"]  # fmt: skip
        text, code = el.run(
            "optimize", fit=FIT, model="llama-3-8b", isl=1000, osl=250.0, gpus=4,
            json=True, calibrate=None,
        )  # fmt: skip
        self.assertEqual((text, code), (program(*words, "--json"), 0))
        self.assertEqual(el.run(*words)[0].split("\n")[0], program(*words).split("\n")[0])

    def test_answer(self):
        best = el.optimize(
            model="llama-3.1-8b", gpu="h100", isl=1000, osl=250, tp=[1, 2],
            batch=np.array([8, 16]), seed=5,
        )  # fmt: skip
        self.assertTrue(best.ok)
        self.assertEqual((best.schema, best.seed), ("energylens.optimize", 5))
        self.assertIn(best["chosen"]["tp"], (1, 2))
        never = el.optimize(
            model="llama-3.1-8b", gpu="h100", isl=1000, osl=250, tpot="1us"
        )
        self.assertFalse(never.ok)
        self.assertEqual(el.catalog("gpus", "h100").schema, "energylens.catalog")

    def test_errors(self):
        for words, code in (
            (["prdict"], 2),
            (["predict", "--no-such"], 2),
            (["predict", "--fit", "/no/such", "--osl", "1"], 4),
            ([], 2),
        ):
            with self.assertRaises(el.EnergyLensError) as caught:
                el.run(*words)
            self.assertEqual(caught.exception.exit_code, code)

    def test_out_file_and_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            table = pathlib.Path(folder) / "t.csv"
            table.write_text(
                "model,gpu,tp,batch_size,output_tokens,energy_j,odd\n"
                + "".join(
                    f"llama-3-8b,a100-sxm4-40gb,1,{b},{o},{b * (5 + o)},1\n"
                    for b in (1, 4, 16)
                    for o in (50, 100, 400)
                )
            )
            with self.assertWarnsRegex(el.EnergyLensWarning, "odd"):
                answer = el.fit(table, out=table.with_suffix(".json"), min_latency=0)
            self.assertEqual(dict(answer), {})
            with el.Predictor(table.with_suffix(".json")) as own:
                self.assertGreater(own.predict(batch_size=4, output_tokens=100)["energy_j"], 0)


@unittest.skipUnless(pandas, "no pandas")
class Frames(unittest.TestCase):
    def frame(self):
        return pandas.DataFrame(
            {
                "model": ["llama-2-13b", "llama-3-8b", "llama-2-13b", "llama-3-8b"],
                "tp": [2, 1, 2, None],
                "batch_size": [8, 4, 16, 4],
                "output_tokens": [100, 250, 100, 250],
                "energy_j": [1.0, 2.0, 3.0, 4.0],
                "note": list("abcd"),
            },
            index=[10, 7, 7, 3],
        )

    def test_rows_as_one_by_one(self):
        frame = self.frame()
        with el.Predictor(FIT) as p:
            got = p.predict_frame(frame, input_tokens=500, gpu="a100-sxm4-40gb")
            alone = [
                p.predict(
                    model=row.model, tp=row.tp, batch_size=row.batch_size,
                    output_tokens=row.output_tokens, input_tokens=500,
                )
                for row in frame.itertuples()
            ]  # fmt: skip
        self.assertEqual(list(got.index), [10, 7, 7, 3])
        self.assertEqual(list(got["measured_energy_j"]), [1, 2, 3, 4])
        self.assertEqual(list(got["note"]), list("abcd"))
        self.assertEqual(list(got["energy_j"]), [a["energy_j"] for a in alone])
        self.assertEqual(
            list(got["source"]), [el.SOURCES[int(a["source"])] for a in alone]
        )
        self.assertEqual(got["source"].iloc[1], "FITTED")
        self.assertEqual(got["energy_j"].iloc[1], got["energy_j"].iloc[3])
        self.assertNotIn("measured_energy_j", frame)

    def test_frame_as_table(self):
        with el.Predictor(FIT) as p:
            frame = pandas.DataFrame(
                [(t, b, o) for t in (1, 2, 4) for b in (1, 8, 32) for o in (64, 256)],
                columns=["tp", "batch_size", "output_tokens"],
            ).assign(model="llama-3-8b", gpu="a100-sxm4-40gb", input_tokens=200)
            frame["energy_j"] = p.predict_frame(frame)["energy_j"]
            answer = el.fit(frame, min_latency=0)
        self.assertEqual(len(answer["fits"]), 1)


class Surroundings(unittest.TestCase):
    def python(self, code, **environment):
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True,
            env={**os.environ, **environment},
        )  # fmt: skip

    def test_without_numpy(self):
        done = self.python(
            "import sys; sys.modules['numpy'] = None\n"
            "import energylens as el\n"
            "assert el.run('version')[0] == f'energylens {el.__version__}\\n'\n"
            "try: el.Predictor\n"
            "except ImportError: print('as it should')\n"
        )
        self.assertEqual(done.stdout, "as it should\n", done.stderr)

    def test_no_library(self):
        done = self.python("import energylens", ENERGYLENS_LIBRARY="/no/such.so")
        self.assertIn("ENERGYLENS_LIBRARY", done.stderr)
        self.assertIn("ImportError", done.stderr)

    def test_module_is_the_program(self):
        done = subprocess.run(
            [sys.executable, "-m", "energylens", "predict", "--osl"],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertIn("energylens predict: --osl", done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    warnings.simplefilter("always")
    unittest.main()
