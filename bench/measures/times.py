"""How long a build takes: in a folder of its own, without ccache, on all cores."""

import os
import shutil
import subprocess
import time

import setting

_FOLDER = os.path.join(setting.VAR, "clean-build")
_TOUCHED = "lib/cache/src/read_path.cpp"


def of_builds(bench):
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _run("cmake", "-S", setting.ROOT, "-B", _FOLDER, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DWEIR_TESTS=OFF")
    bench.found("clean", [_build()])
    touched = []
    for _ in range(3):
        os.utime(os.path.join(setting.ROOT, _TOUCHED))
        touched.append(_build())
    bench.found("touched", touched)
    shutil.rmtree(_FOLDER)


def _build():
    began = time.monotonic()
    _run("cmake", "--build", _FOLDER, "--target", "weir")
    return time.monotonic() - began


def _run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, env=dict(os.environ, CCACHE_DISABLE="1"))
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr)[-500:])
