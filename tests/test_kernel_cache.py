"""Compiled kernels are kept where they can be, and read from a place that nobody can write."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULE = """\
import sys
import numba
from detector.detection.kernel_cache import kept

@kept(numba.njit)
def double(x):
    return 2 * x

for text in sys.argv[1:]:
    assert double(eval(text)) == 2 * eval(text)
print(sum(double.stats.cache_hits.values()), sum(double.stats.cache_misses.values()))
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "code" / "double.py"
    path.parent.mkdir()
    path.write_text(MODULE)
    return path


def run(program, *values, cache):
    """Hits and misses of the cache in a process of its own, which not even root's rights let write
    where the mode forbids it.
    """
    command = [sys.executable, str(program), *values]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root writes everywhere, and there is no setpriv to stop it")
        command = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", *command]
    environ = {"NUMBA_CACHE_DIR": str(cache), "HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    hits, misses = result.stdout.split()
    return int(hits), int(misses)


def test_a_second_process_reads_what_the_first_compiled(program, tmp_path):
    assert run(program, "1", cache=tmp_path / "cache") == (0, 1)
    assert run(program, "1", cache=tmp_path / "cache") == (1, 0)


def test_a_cache_that_nobody_can_write_is_read_and_what_it_lacks_is_compiled(program, tmp_path):
    cache = tmp_path / "cache"
    run(program, "1", cache=cache)
    for path in (cache, *cache.rglob("*"), program.parent):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(cache.rglob("*"))

    hits, misses = run(program, "1", "1.5", cache=cache)

    assert (hits, misses) == (1, 1)
    assert sorted(cache.rglob("*")) == before
    for path in (program.parent, *cache.rglob("*"), cache):
        path.chmod(0o755)


def test_without_any_place_each_process_compiles(program, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    for path in (cache, program.parent):
        path.chmod(0o555)

    run(program, "1", cache=cache)

    assert list(cache.iterdir()) == []
    for path in (cache, program.parent):
        path.chmod(0o755)
