"""A stranger's file costs its own verdict and nothing else, whatever it does."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from pathlib import Path

import pytest

from backproof.check.examine import examine
from backproof.check.report import Report, Verdict
from backproof.check.reporting.reports import Options
from backproof.check.sandbox.containment import contain
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.programs import RIGHT
from tests.check.reported import reported

LIMITS = Limits(seconds=2, memory=1_500_000_000, patience=0.2)


def _missing() -> list[str]:
    """What this system cannot be asked to refuse, found out in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, ";".join(contain(tempfile.gettempdir(), seconds=5, memory=8_000_000_000)).encode() or b"-")
        os._exit(0)
    os.close(writing)
    said = os.read(reading, 1000).decode()
    os.close(reading)
    os.waitpid(child, 0)
    return [] if said == "-" else said.split(";")


MISSING = _missing()
needs_filter = pytest.mark.skipif("network and processes" in MISSING, reason="the system has no seccomp filter")
needs_landlock = pytest.mark.skipif("writing elsewhere" in MISSING, reason="the system has no Landlock")


def check(text: str, folder: Path, sandbox: Sandbox) -> Report:
    before = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    before[folder / "stranger.py"] = text.encode()
    report = reported(text, folder, sandbox, name="stranger.py")
    assert {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()} == before, (
        "the folder was written into"
    )
    return report


def processes() -> set[int]:
    """The processes below this one, however deep."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
    found: set[int] = set()
    grown = {os.getpid()}
    while grown:
        grown = {child for child, parent in parents.items() if parent in grown and child not in found}
        found |= grown
    return found


def goes_on(sandbox: Sandbox, folder: Path) -> None:
    """The next file is judged as ever."""
    (folder / "next").mkdir()
    report = check(RIGHT, folder / "next", sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason


CRASHES = {
    "reads a file that is not there": ("open('data.csv')\n", "data.csv"),
    "leaves by os._exit": ("import os\nos._exit(0)\n", "ended its own process"),
    "leaves by os._exit with an error": ("import os\nos._exit(7)\n", "ended its own process"),
    "crashes": ("import ctypes\nctypes.string_at(0)\n", "crashed"),
    "aborts": ("import os\nos.abort()\n", "crashed"),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "SIGKILL"),
    "calls itself without end": ("def f(x):\n    return f(x + 1.0)\nf(0.0)\n", "RecursionError"),
    "allocates without end": (
        "import numpy as np\nkept = []\nwhile True:\n    kept.append(np.empty(10_000_000))\n",
        "memory",
    ),
    # on a busy machine its time is up before the memory is
    "allocates lists without end": ("kept = []\nwhile True:\n    kept.append([0] * 20_000_000)\n", ""),
    "loops without end": ("while True:\n    pass\n", "2 seconds"),
    "sleeps": ("import time\ntime.sleep(60)\n", "2 seconds"),
    "prints without end": ("while True:\n    print('x' * 10_000)\n", ""),
    "asks": ("name = input('Your name? ')\n", ""),
    "raises": ("raise ValueError('that is not it')\n", "that is not it"),
    "raises something odd": ("class Odd(BaseException):\n    def __str__(self):\n        raise self\nraise Odd\n", ""),
    "needs a library that is nowhere": ("import a_library_that_is_nowhere\n", "a_library_that_is_nowhere"),
    "closes its streams": ("import os\nfor n in range(3):\n    os.close(n)\nprint('x')\n", ""),
    "ignores the signals": (
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)\n",
        "2 seconds",
    ),
    "does nothing": ("", ""),
    "spoils the folder it stands in": ("import os\nos.remove('stranger.py')\nopen('new.txt', 'w').write('x')\n", ""),
    "raises an error in a thread": ("import threading\nthreading.Thread(target=lambda: 1 / 0).start()\n", ""),
    "waits in a thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n", ""),
}


@pytest.mark.parametrize("what", CRASHES)
def test_a_file_that_fails_costs_its_own_verdict_only(what: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text, reason = CRASHES[what]
    started = time.monotonic()
    report = check(text, tmp_path, sandbox)
    assert time.monotonic() - started < 12
    assert report.verdict == Verdict.CANNOT_JUDGE, report.reason
    assert "backproof itself failed" not in report.reason
    assert reason in report.reason
    assert len(report.reason) > 15
    goes_on(sandbox, tmp_path)


FORGED = {
    "half a record": "open('../end.json', 'w').write('{')\nopen('../sites.json', 'w').write('{')\n",
    "an end that is a list": "open('../end.json', 'w').write('[1, 2]')\n",
    "an end that is of other types": "open('../end.json', 'w').write('{\"ended\": 3, \"error\": []}')\n",
    "modules that are a number": "open('../imported.json', 'w').write('7')\n",
    "modules that are lists": "open('../imported.json', 'w').write('[[1], {}]')\n",
    "a folder in place of its output": "os.remove('../printed')\nos.mkdir('../printed')\n",
    "a pipe in place of its output": "os.remove('../printed')\nos.mkfifo('../printed')\n",
    "a pipe in place of its end": "os.mkfifo('../end.json')\n",
    "a pipe in place of its modules": "os.mkfifo('../imported.json')\n",
    "a link in place of its output": "os.remove('../printed')\nos.symlink('/etc/passwd', '../printed')\n",
    "a deep end": "open('../end.json', 'w').write('[' * 100_000)\n",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_record_that_a_file_forges_is_no_record(what: str, tmp_path: Path) -> None:
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(20)
    try:
        with Sandbox(LIMITS) as opened:
            report = check(f"import os\n{FORGED[what]}os._exit(0)\n", tmp_path, opened)
            assert report.verdict == Verdict.CANNOT_JUDGE
            assert "backproof itself failed" not in report.reason
            assert report.printed == ""
            assert opened._forks._process is not None
            assert opened._forks._process.poll() is None, "the server died of it"
    finally:
        signal.alarm(0)


class _Waiting(BaseException):
    """Not an Exception, so that nobody catches it."""


def _give_up(*_: object) -> None:
    raise _Waiting


@needs_filter
def test_a_file_cannot_fork(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)\nprint('forked')\n"
    before = processes()
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.CANNOT_JUDGE
    assert "forked" not in report.printed
    assert not _sleepers(before)
    goes_on(sandbox, tmp_path)


def _sleepers(before: set[int]) -> list[int]:
    """The processes that came since, but for the sandbox's own server."""
    found = []
    for process in processes() - before:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if b"backproof.check.sandbox.server" not in command or b"stranger" in command:
            found.append(process)
    return found


@needs_filter
def test_a_file_cannot_start_a_program(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "import subprocess\nprint(subprocess.run(['echo', 'star' + 'ted'], capture_output=True).stdout)\n"
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.CANNOT_JUDGE
    assert "started" not in report.printed
    goes_on(sandbox, tmp_path)


@needs_filter
def test_a_file_cannot_reach_the_network(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_STREAM)\nprint('opened')\n"
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.CANNOT_JUDGE
    assert "opened" not in report.printed
    goes_on(sandbox, tmp_path)


@needs_filter
def test_a_file_that_downloads_is_told_to_put_the_data_beside_it(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "from urllib.request import urlopen\nurlopen('http://127.0.0.1:9/data.csv')\n"
    assert "internet" in check(text, tmp_path, sandbox).reason


@needs_filter
@pytest.mark.parametrize("sent", ["SIGKILL", "SIGTERM", "SIGSTOP"])
def test_a_file_cannot_end_its_parent(sent: str, sandbox: Sandbox, tmp_path: Path) -> None:
    text = f"import os, signal\nos.kill(os.getppid(), signal.{sent})\nprint('sent')\n"
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.CANNOT_JUDGE
    assert "sent" not in report.printed
    goes_on(sandbox, tmp_path)


@needs_landlock
def test_a_file_cannot_write_elsewhere(sandbox: Sandbox, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.txt").write_text("kept")
    here = tmp_path / "here"
    here.mkdir()
    for deed in (
        f"open({str(elsewhere / 'new.txt')!r}, 'w')",
        f"open({str(elsewhere / 'kept.txt')!r}, 'a')",
        f"__import__('os').remove({str(elsewhere / 'kept.txt')!r})",
        f"__import__('os').mkdir({str(elsewhere / 'folder')!r})",
        f"__import__('os').truncate({str(elsewhere / 'kept.txt')!r}, 0)",
        f"__import__('os').rename('stranger.py', {str(elsewhere / 'moved.py')!r})",
        f"__import__('os').symlink('/etc', {str(elsewhere / 'link')!r})",
        f"open({str(here / 'stranger.py')!r}, 'w')",
    ):
        report = check(f"{deed}\nprint('done')\n", here, sandbox)
        assert "done" not in report.printed, deed
        assert [p.name for p in elsewhere.iterdir()] == ["kept.txt"]
        assert (elsewhere / "kept.txt").read_text() == "kept"
    goes_on(sandbox, tmp_path)


def test_a_file_may_write_beside_itself_and_nothing_of_it_stays(sandbox: Sandbox, tmp_path: Path) -> None:
    text = RIGHT + "import os\nos.mkdir('out')\nnp.savetxt('out/w', w1)\nprint('saved', os.listdir('out'))\n"
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert "saved ['w']" in report.printed
    assert [p.name for p in tmp_path.iterdir()] == ["stranger.py"]


def test_a_file_reads_what_stands_beside_it(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("forty-two")
    assert "forty-two" in check("print(open('data.txt').read())\n", tmp_path, sandbox).printed


@pytest.mark.parametrize(
    "end",
    ["import sys\nsys.exit(3)", "raise SystemExit", "raise ValueError('late')", "exit()", "import os\nos._exit(0)"],
)
def test_a_file_that_ends_after_it_trained_is_judged(end: str, sandbox: Sandbox, tmp_path: Path) -> None:
    report = check(f"{RIGHT}{end}\n", tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason


def test_a_file_that_trains_for_ever_is_judged(sandbox: Sandbox, tmp_path: Path) -> None:
    report = check(RIGHT.replace("for epoch in range(200):", "while True:"), tmp_path, sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason


WHOLE_TURNS = """
import time
import numpy as np
rng = np.random.default_rng(1)
weights = [rng.normal(size=3) for neuron in range(4)]
for step in range(100_000):
    x = rng.normal(size=3)
    errors = []
    for number in range(4):
        if step > 1000:
            time.sleep(0.02)
        errors.append(weights[number] @ x - x[0])
        weights[number] = weights[number] - 0.01 * errors[-1] * x
    print(np.zeros(4) @ np.array(errors))
"""


@pytest.mark.parametrize("seconds", [0.1, 0.13, 0.19])
def test_a_loop_that_is_left_early_leaves_no_turn_half_done(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(WHOLE_TURNS)
    with Sandbox(Limits(seconds=20, patience=seconds)) as box:
        recording = box.run(read_source(path))
    assert recording.end["ended"] == "whole", recording.end
    assert recording.end["cut"]


# an epoch is no loop's turn but the outermost one's, and takes so long that a loop over layers is left
HALF_DONE = """
import time
import numpy as np
rng = np.random.default_rng(1)
rows, wanted = rng.normal(size=(4000, 5)), rng.normal(size=(4000, 2))
weights = [rng.normal(size=(5, 4)), rng.normal(size=(4, 2))]
def learn(row, target):
    time.sleep(0.001)
    kept = [row]
    for each in weights:
        kept.append(np.tanh(kept[-1] @ each))
    error = kept[-1] - target
    for k in (1, 0):
        delta = error * (1 - kept[k + 1] ** 2)
        error = delta @ weights[k].T
        weights[k] = weights[k] - 0.01 * np.outer(kept[k], delta)
    return np.sum((kept[-1] - target) ** 2)
for epoch in range(20):
    print(sum(learn(row, target) for row, target in zip(rows, wanted)))
"""


def test_what_fails_behind_a_turn_that_was_left_half_done_is_not_the_files_fault(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(HALF_DONE)
    with Sandbox(Limits(seconds=20, patience=0.1)) as box:
        recording = box.run(read_source(path))
        assert recording.end["cut"]
        assert not recording.failed, recording.end
        path.write_text(HALF_DONE.replace("for epoch in", "for k in range(20):\n    pass\nrows[9, 9]\nfor epoch in"))
        assert box.run(read_source(path)).failed, "it fails by itself"


def test_a_file_that_catches_everything_is_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "while True:\n    try:\n        open('missing.csv')\n    except BaseException:\n        pass\n"
    report = check(text, tmp_path, sandbox)
    assert report.verdict == Verdict.CANNOT_JUDGE
    goes_on(sandbox, tmp_path)


def test_what_one_file_does_to_numpy_the_next_does_not_see(sandbox: Sandbox, tmp_path: Path) -> None:
    check("import numpy as np\nnp.tanh = None\nnp.random.seed = None\nnp.exp = None\n", tmp_path, sandbox)
    goes_on(sandbox, tmp_path)


def test_standard_input_is_at_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    report = check("import sys\nprint(repr(sys.stdin.read()))\n", tmp_path, sandbox)
    assert report.printed == "''\n"


def test_what_is_printed_beyond_measure_is_cut(sandbox: Sandbox, tmp_path: Path) -> None:
    report = check("for _ in range(400):\n    print('x' * 10_000)\n", tmp_path, sandbox)
    assert 100_000 < len(report.printed) <= 2_000_000


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (tmp_path / "here").mkdir()
    before = processes()
    with Sandbox(LIMITS) as opened:
        check(RIGHT, tmp_path / "here", opened)
        check("import time\ntime.sleep(60)\n", tmp_path / "here", opened)
        check("import tempfile\ntempfile.mkdtemp()\nprint(tempfile.gettempdir())\n", tmp_path / "here", opened)
        assert processes() > before
    assert list(temporary.iterdir()) == []
    assert processes() <= before


def test_a_server_that_dies_is_started_anew(tmp_path: Path) -> None:
    with Sandbox(LIMITS) as opened:
        assert check(RIGHT, tmp_path, opened).verdict == Verdict.RIGHT
        first = opened._forks._process
        assert first is not None
        assert first.stdin is not None
        assert first.stdout is not None
        first.kill()
        first.wait()
        assert check(RIGHT, tmp_path, opened).verdict == Verdict.RIGHT
        closed = first.stdin.closed, first.stdout.closed
        first.stdin.close()
        first.stdout.close()
        assert closed == (True, True)


def test_big_files_and_hidden_folders_are_not_copied(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "helper.py").write_text("value = 3\n")
    with (tmp_path / "big.bin").open("wb") as stream:
        stream.truncate(65_000_000)
    path = tmp_path / "stranger.py"
    path.write_text("import os\nprint(sorted(os.listdir('.')))\n")
    report = examine(path, Options(LIMITS, 0), [sandbox])
    assert report.printed == "['helper.py', 'stranger.py']\n"


@pytest.mark.parametrize("way", ["open('data.txt', 'w').write('gone')", "open('data.txt', 'r+').write('gone')"])
def test_what_a_run_writes_into_its_data_the_next_run_does_not_see(way: str, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("1 2 3 4")
    (tmp_path / "network.py").write_text(f"print(open('data.txt').read())\n{way}\n")
    source = read_source(tmp_path / "network.py")
    assert [sandbox.run(source).printed.strip() for _ in range(3)] == ["1 2 3 4"] * 3
    assert (tmp_path / "data.txt").read_text() == "1 2 3 4"


PLAIN_TRAINING = """
import numpy as np
x = XX
w = 0.5
for step in range(30):
    loss = np.sum((w * x - 2 * x) ** 2)
    w = w - 0.01 * np.sum(2 * (w * x - 2 * x) * x)
    print(loss)
"""


def test_data_in_the_folder_above_are_brought_and_stay_as_they_are(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "data" / "numbers.txt").write_text("1 2 3")
    text = PLAIN_TRAINING.replace("XX", "np.loadtxt('../data/numbers.txt')")
    report = reported(text + "open('../data/numbers.txt', 'a').write(' 4')\n", tmp_path / "code", sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    assert (tmp_path / "data" / "numbers.txt").read_text() == "1 2 3"
    caught = "try:\n    x = np.loadtxt('../data/numbers.txt')\nexcept OSError:\n    x = np.zeros(3)\n"
    rest = text[text.index("w =") :]
    report = reported(f"import numpy as np\n{caught}{rest}", tmp_path / "code", sandbox)
    assert report.verdict == Verdict.RIGHT, report.reason
    missing = reported(text.replace("numbers", "others"), tmp_path / "code", sandbox)
    assert "others.txt" in missing.reason


def test_edited_expressions_wait_until_an_edit_was_tried_in_the_same_sandbox(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "network.py").write_text(RIGHT)
    source, done = read_source(tmp_path / "network.py"), list[str]()

    def ask() -> None:
        sandbox.run_trials(source, {}, [], [(0, 10)], 0, 1.0)
        done.append("asked")

    asking = threading.Thread(target=ask)
    with sandbox.by_itself():
        asking.start()
        sandbox.run(source, updates=4)
        asking.join(0.5)
        done.append("tried")
    asking.join()
    assert done == ["tried", "asked"]
