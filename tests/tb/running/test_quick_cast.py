"""quick_cast.cc: a cast that is remembered finds what the one of libstdc++ finds."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tb.running import quick_cast as module
from tb.running.quick_cast import quick_cast

# Bases that are shared, that lie one behind the other, and one that is at the address of its class but not to be seen
PROGRAM = """
#include <cstdio>
struct One { virtual ~One() {} long a = 1; };
struct Two { virtual ~Two() {} long b = 2; };
struct Shared : virtual One { long c = 3; };
struct Other : virtual One { long d = 4; };
struct Both : Shared, Other, Two { long e = 5; };
struct Hidden : private Two { Two *two() { return this; } };
struct Last : Hidden { long f = 6; };

template <class To, class From> void tell(const char *name, From *from, const void *whole) {
    To *to = dynamic_cast<To *>(from);
    std::printf("%s %ld\\n", name, to ? (long)((const char *)(const void *)to - (const char *)whole) : -1);
}

int main() {
    Both both; Shared shared; Other other; Last last; Two two; One one;
    for (int n = 0; n < 3; ++n) {
        tell<Two>("one of both to two", static_cast<One *>(&both), &both);
        tell<Other>("shared of both to other", static_cast<Shared *>(&both), &both);
        tell<Both>("two of both", static_cast<Two *>(&both), &both);
        tell<Shared>("one of shared", static_cast<One *>(&shared), &shared);
        tell<Other>("one of shared to other", static_cast<One *>(&shared), &shared);
        tell<Other>("one of other", static_cast<One *>(&other), &other);
        tell<Last>("hidden of last", static_cast<Hidden *>(&last), &last);
        tell<Last>("two of last, which nobody sees", last.two(), &last);
        tell<Both>("two alone", &two, &two);
        tell<Two>("one alone", &one, &one);
        tell<void>("whole of both", static_cast<Two *>(&both), &both);
        tell<Two>("nothing", static_cast<One *>(nullptr), nullptr);
    }
}
"""


@pytest.mark.skipif(shutil.which(module.COMPILER) is None, reason="no C++ compiler: vvp runs without it")
def test_a_remembered_cast_finds_what_the_first_one_found(tmp_path: Path) -> None:
    """From each base to each class, asked for three times, with one library and the other."""
    (tmp_path / "casts.cc").write_text(PROGRAM)
    program = tmp_path / "casts"
    subprocess.run([module.COMPILER, "-O0", "-o", program, tmp_path / "casts.cc"], check=True)
    expected = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    library = quick_cast(tmp_path)
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    found = subprocess.run([program], env=environment, capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == (expected, "")
    lines = expected.splitlines()
    assert len(set(lines)) == 12 and lines[:12] * 3 == lines
    assert {"hidden of last 0", "two of last, which nobody sees -1"} <= set(lines)


def test_where_there_is_no_compiler_simulations_run_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where one fails, or is another program of that name."""
    monkeypatch.setattr(module, "COMPILER", "no-such-compiler")
    assert quick_cast(tmp_path / "without") is None
    monkeypatch.setattr(module, "COMPILER", "false")
    assert quick_cast(tmp_path / "failing") is None
    assert not list((tmp_path / "failing").iterdir())
