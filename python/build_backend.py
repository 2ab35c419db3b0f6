# SPDX-License-Identifier: Apache-2.0
"""Makes the wheel (PEP 517) with nothing but Python's own library.

The wheel holds python/energylens and libenergylens.so: that of
ENERGYLENS_LIBRARY, else of build/release, which is built first. It runs where
the libraries that this one needs are (LAPACK, jansson, cairo, SQLite).
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sysconfig
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python" / "energylens"
SONAME = "libenergylens.so.0"
EPOCH = (2026, 1, 1, 0, 0, 0)  # same files, same wheel


def _version():
    text = (ROOT / "CMakeLists.txt").read_text()
    return re.search(r"project\(energylens VERSION ([0-9.]+)", text).group(1)


def _library():
    named = os.environ.get("ENERGYLENS_LIBRARY")
    if named:
        return pathlib.Path(named).read_bytes()
    for step in (
        ["cmake", "--preset", "release"],
        ["cmake", "--build", "--preset", "release", "-t", "energylens_shared"],
    ):
        subprocess.run(step, cwd=ROOT, check=True)
    return (ROOT / "build" / "release" / "libenergylens.so").read_bytes()


def _metadata():
    return (
        f"Metadata-Version: 2.1\nName: energylens\nVersion: {_version()}\n"
        "Summary: Joules of serving a language model, and the configuration "
        "that costs least\nLicense: Apache-2.0\nRequires-Python: >=3.9\n"
        "Requires-Dist: numpy>=1.21\nProvides-Extra: pandas\n"
        "Requires-Dist: pandas>=1.3; extra == 'pandas'\n"
        "Description-Content-Type: text/markdown\n\n"
        + (ROOT / "docs" / "python.md").read_text()
    )


def _tag():
    platform = re.sub("[-.]", "_", sysconfig.get_platform())
    return f"py3-none-{platform}"


def _info():
    """Files of the dist-info folder but RECORD."""
    return {
        "METADATA": _metadata(),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: energylens\n"
        f"Root-Is-Purelib: false\nTag: {_tag()}\n",
        "entry_points.txt": "[console_scripts]\n"
        "energylens = energylens.__main__:main\n",
        "LICENSE": (ROOT / "LICENSE").read_text(),
    }


def _files(editable):
    """Path in the wheel -> bytes."""
    files = {}
    if editable:
        files["energylens.pth"] = str(ROOT / "python").encode() + b"\n"
    else:
        for path in sorted(PACKAGE.iterdir()):
            if path.suffix == ".py" or path.name == "py.typed":
                files["energylens/" + path.name] = path.read_bytes()
        files["energylens/" + SONAME] = _library()
    for name, text in _info().items():
        files[f"energylens-{_version()}.dist-info/{name}"] = text.encode()
    return files


def _record(files):
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest())
        lines.append(f"{name},sha256={digest.rstrip(b'=').decode()},{len(data)}")
    return lines


def _wheel(folder, editable):
    name = f"energylens-{_version()}-{_tag()}.whl"
    files = _files(editable)
    record = f"energylens-{_version()}.dist-info/RECORD"
    lines = _record(files) + [record + ",,", ""]
    files[record] = "\n".join(lines).encode()
    with zipfile.ZipFile(
        pathlib.Path(folder) / name, "w", zipfile.ZIP_DEFLATED
    ) as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = (0o755 if ".so" in path else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _wheel(wheel_directory, False)


def build_editable(
    wheel_directory, config_settings=None, metadata_directory=None
):
    return _wheel(wheel_directory, True)
