"""What is compiled is kept, never stale, and safe among processes and in folders that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backproof.engines.compiled import cache

PROGRAM = """
import sys, time
import numpy as np
import backproof as bp
from backproof.engines import make_engine
from backproof.network import Network
from backproof.program.program import Program
from backproof.settings import Data, Settings
from backproof.training import fit

x = np.linspace(-1, 1, 12)[:, None]
network = Network([bp.Linear(1, WIDTH), bp.Tanh(), bp.Linear(WIDTH, 1)], bp.MSELoss())
program = Program(network, Settings(epochs=20), Data(x, x ** 2))
said = []
run = fit(make_engine("compiled", program, say=said.append), program)
print(repr(float(run.losses[-1])))
print("compiled" if any(line.startswith("Compiled") for line in said) else "found")
print(*[line for line in said if not line.startswith(("Compiling `", "Compiled in"))], sep="\\n")
"""


def started(folder: Path, width: int = 4) -> subprocess.Popen[str]:
    environment = os.environ | {"BACKPROOF_CACHE": str(folder)}
    command = [sys.executable, "-c", PROGRAM.replace("WIDTH", str(width))]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert not errors
    return output.split("\n")


def test_the_second_process_does_not_compile_and_another_network_does(tmp_path: Path) -> None:
    first, second = answer(started(tmp_path)), answer(started(tmp_path))
    assert (first[1], second[1]) == ("compiled", "found")
    assert first[0] == second[0]
    assert answer(started(tmp_path, width=5))[1] == "compiled"
    assert len(list(tmp_path.glob("*.py"))) == 2


@pytest.mark.slow
def test_two_processes_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    processes = [started(tmp_path) for _ in range(2)]
    losses = {answer(process)[0] for process in processes}
    assert len(losses) == 1
    assert answer(started(tmp_path))[1] == "found"
    assert not list(tmp_path.glob("*.part"))


def test_where_nothing_can_be_kept_it_compiles_in_memory_and_says_so_once(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("in the way")
    told = answer(started(place))
    assert told[1] == "compiled"
    assert [line for line in told[2:] if line] == [
        f"Compiled programs cannot be kept in {place}: each process compiles anew."
    ]


def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    first = answer(started(tmp_path))
    (file,) = tmp_path.glob("*.py")
    for damage in (b"raise SystemExit('damaged')", b"\xff\xfe"):
        file.write_bytes(damage)
        assert answer(started(tmp_path))[0] == first[0]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "left"), [("nbi", 0), ("nbc", 100)])
def test_damaged_machine_code_is_compiled_anew(kind: str, left: int, tmp_path: Path) -> None:
    first = answer(started(tmp_path))
    for file in tmp_path.glob(f"__pycache__/*.{kind}"):
        file.write_bytes(file.read_bytes()[:left])
    assert answer(started(tmp_path))[:2] == [first[0], "compiled"]
    assert answer(started(tmp_path))[0] == first[0]


def test_versions_and_processor_decide_what_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache._key("text")
    assert cache._key("text") == before
    assert cache._key("other text") != before
    monkeypatch.setattr(cache, "_machine", lambda: ("another processor",))
    assert cache._key("text") != before


@pytest.mark.parametrize(
    ("platform", "variable", "ending"),
    [("linux", "XDG_CACHE_HOME", "backproof"), ("darwin", "HOME", "Library/Caches/backproof")],
)
def test_the_folder_is_where_the_system_keeps_caches(
    platform: str, variable: str, ending: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BACKPROOF_CACHE", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache.folder() == tmp_path / ending


@pytest.mark.slow
def test_a_full_disk_costs_the_copy_on_it_alone(tmp_path: Path) -> None:
    text = PROGRAM.replace(
        "said = []",
        """said = []
from numba.core import caching
def full(*_):
    raise OSError(28, "No space left on device")
caching.IndexDataCacheFile.save = full
""",
    )
    environment = os.environ | {"BACKPROOF_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", text.replace("WIDTH", "4")]
    told = answer(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    assert told[1] == "compiled"
    assert "cannot be kept in the cache folder" in told[2]


def test_who_has_no_home_compiles_in_memory() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("BACKPROOF_CACHE", "HOME")}
    environment |= {"XDG_CACHE_HOME": ""}
    lost = "from pathlib import Path\ndef home():\n    raise RuntimeError('no home')\nPath.home = home\n"
    command = [sys.executable, "-c", lost + PROGRAM.replace("WIDTH", "4")]
    told = answer(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    assert told[1] == "compiled"
    assert "a home folder" in told[2]
