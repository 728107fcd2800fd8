"""Runs a stranger's file inside a process of its own: it is rewritten, executed and recorded, and the process ends."""

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import re
import sys
import traceback
import types
from pathlib import Path
from typing import Any

import numpy as np

from backproof.check.cut.parameters import Training
from backproof.check.cut.turns import trainings_of
from backproof.check.record.instrument import instrument
from backproof.check.record.measures import of_the_first
from backproof.check.record.memory import HEAVY
from backproof.check.record.recorder import Recorder
from backproof.check.record.retired import export, restore
from backproof.check.record.short import Short
from backproof.check.record.trace import trace_of, write_sites, write_trace
from backproof.check.record.trial import Trials
from backproof.check.record.untold import RECORDER, Site
from backproof.check.sandbox.libraries import give_way, loaded

_DEEPER = 3
_ABSENT = {
    "seaborn", "plotly", "bokeh", "tqdm", "IPython", "ipywidgets", "google", "graphviz", "networkx", "pydot",
    "progressbar", "prettytable", "termcolor", "colorama", "tabulate", "visdom", "wandb", "tensorboardX",
    "line_profiler", "memory_profiler", "nnfs",
}  # fmt: skip

_SEVERAL = re.compile(r"\b(\d{1,2})\s+(?:weight|value|number|input|feature|element|integer|float)s?\b", re.IGNORECASE)
_ASKED = (1, -1, 2, 1, -2, 3, -1, 2, -3, 1, -2)  # numbers for a file that asks for several at once
_INSTEAD = ("1", "2", "3", "y", "0", "n")  # for a file that asks the same again, as what it was told is no choice of it


class _Rewriter(importlib.abc.MetaPathFinder):
    """Imports the modules that stand beside the file, rewritten."""

    def __init__(self, run: "Run") -> None:
        self.run = run

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        del target
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or not spec.origin or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        if not self.run.holds(Path(spec.origin)):
            return None
        return importlib.util.spec_from_file_location(
            name,
            spec.origin,
            loader=_Loader(self.run, name, spec.origin),
            submodule_search_locations=spec.submodule_search_locations,
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, run: "Run", name: str, path: str) -> None:
        super().__init__(name, path)
        self.run = run

    def get_code(self, fullname: str) -> types.CodeType:
        del fullname
        return self.run.compiled(Path(self.path))


class _Stand:
    """Stands in for a library that draws or shows progress and is not installed: it takes everything, does nothing."""

    def __init__(self, name: str = "") -> None:
        self.__name__ = name
        self.__path__: list[str] = []

    def __call__(self, *arguments: Any, **_: Any) -> Any:
        walks = (
            bool(arguments)
            and (hasattr(arguments[0], "__iter__") or isinstance(arguments[0], int))
            and not isinstance(arguments[0], str)
        )
        return (
            _Walk(arguments[0]) if walks and ("tqdm" in self.__name__ or self.__name__ in ("trange", "track")) else self
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Stand(name)

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...


class _Walk(_Stand):
    """A progress bar that shows nothing: it walks through what it was given."""

    def __init__(self, walked: Any) -> None:
        super().__init__("tqdm")
        self.walked = range(walked) if isinstance(walked, int) else walked

    def __iter__(self) -> Any:
        return iter(self.walked)

    def __len__(self) -> int:
        return len(self.walked)


class _Standins(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last: gives the stranger's files stand-ins for what is not installed and does not compute.

    A library that asks whether another one is there learns that it is not.
    """

    def __init__(self, run: "Run") -> None:
        self.run = run

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        del path, target
        if name.split(".", maxsplit=1)[0] in _ABSENT and self._asks_a_stranger():
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def _asks_a_stranger(self) -> bool:
        frame = sys._getframe(1)
        while frame.f_back is not None and ("importlib" in frame.f_code.co_filename or frame.f_globals is globals()):
            frame = frame.f_back
        return self.run.holds(Path(frame.f_code.co_filename))

    def create_module(self, spec: Any) -> Any:
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = _Stand  # type: ignore[method-assign]
        return module

    def exec_module(self, module: Any) -> None: ...


def _missing(error: BaseException) -> str | None:
    """The path of a file that was not found; NumPy's errors name it in their text only."""
    if not isinstance(error, FileNotFoundError):
        return None
    return str(error.filename) if error.filename else str(error).removesuffix(".").removesuffix(" not found")


class Run:
    """One run of one file."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.folder = Path(settings["folder"]).resolve()
        self.file = self.folder / settings["file"]
        self.output = Path(settings["output"])
        self.answer = settings.get("answer")
        self.asked, self.again, self.prompt = 0, 0, ""  # how often it asked, and the same as before, and for what
        self.numbers = settings.get("numbers", False)
        self.seed = settings.get("seed", 0)
        self.files: list[str] = []
        self.sites: list[Site] = []
        self.limits = settings.get("limits", {})
        self.limited = settings.get("stretch", 0)  # the stretch that the limits are of, and after which the run may end
        self.recorder = Recorder()
        self.recorder.patience = settings.get("patience", 1.0)
        self.recorder.rounds = settings.get("rounds", True)
        self.recorder.on_stop, self.recorder.on_look = self.stopped, self.looked
        self.asides = 0
        self.recorder.steps_seen = lambda: len(Training(trace_of(self.recorder)).steps)
        self.recorder.trainings_seen = lambda: len(trainings_of(trace_of(self.recorder)))
        self.ends_when_seen = settings.get("ends_when_seen", False)
        if settings.get("short"):
            self.recorder.short = Short(settings["short"])
            of_the_first()
        if settings.get("later"):
            self.recorder.later.instead, self.recorder.later.asked = settings["later"], self.limits
        elif self.limited == 0:
            self.recorder.limit(**self.limits)
        self.trials: Trials | None = None
        if "trials" in settings:
            windows = [tuple(window) for window in settings["windows"]]
            seconds, most = settings["trial_seconds"], settings["most"]
            self.trials = Trials(self.recorder, settings["trials"], self.limited, windows, self.stopped, seconds, most)
            self.recorder.trial = self.trials.at

    def holds(self, path: Path) -> bool:
        """Whether a file is one of the stranger's: in the copied folder, or above it, where some are brought."""
        return self.output.resolve() in path.resolve().parents

    def compiled(self, path: Path) -> types.CodeType:
        import ast
        import tokenize

        with tokenize.open(path) as stream:
            text = stream.read()
        export(text)
        tree = ast.parse(text, str(path))
        name = os.path.relpath(path.resolve(), self.folder)
        # what comes before the stretch that is asked for runs on at its own speed
        first = self.limited == 0 and not self.recorder.later.instead
        brief = self.ends_when_seen and self.trials is None and first
        rewritten = instrument(tree, self.sites, brief=brief, trials=self.tried_in(name), numbers=self.numbers)
        self.files += [name] * (len(self.sites) - len(self.files))
        return compile(rewritten, str(path), "exec", dont_inherit=True)

    def tried_in(self, name: str) -> dict[tuple[int, int], list[int]]:
        """The numbers of the expressions to try, by the line and column of their statement."""
        found: dict[tuple[int, int], list[int]] = {}
        for number, (file, line, column, *_) in enumerate(self.trials.units if self.trials else ()):
            if file == name:
                found.setdefault((line, column), []).append(number)
        return found

    def stopped(self) -> None:
        """A stretch is over."""
        recorder = self.recorder
        if recorder.later.is_to_come:
            return
        self.seen(recorder.stretch)
        if recorder.stretch + 1 == self.limited and not recorder.later.instead:
            recorder.limit(**self.limits)

    def looked(self) -> None:
        """Something was looked at once more, after the last stretch was over."""
        number, later = self.recorder.stretch - 1, self.recorder.later
        if later.kind == "aside":
            self.save(f"aside{number}_{self.asides}")
            self.asides += 1
        elif later.instead:
            if later.is_asked:
                self.seen(number)
        elif later.tells_more(self.recorder.sites, anew=Training(trace_of(self.recorder)).begins_anew):
            self.save(f"later{number}_{later.number}")

    def seen(self, number: int) -> None:
        """What was asked for of a stretch was recorded."""
        if self.trials is None:
            self.save(f"stretch{number}")
        if self.ends_when_seen and number >= self.limited:
            self.end({"ended": "seen"})

    def save(self, name: str) -> None:
        """Write down what was recorded; a file that dies later has been seen all the same."""
        trained: set[int] = set()
        self.recorder.later.seen.update(self.recorder.sites)
        if any(isinstance(v, np.ndarray) and v.nbytes > HEAVY for v in self.recorder.values):
            training = Training(trace_of(self.recorder))
            trained = {v for number in training.parameters for v in training.chains[number].versions if v is not None}
        write_trace(self.recorder, self.output, name, trained)
        write_sites(self.output, self.files, self.sites)

    def end(self, how: dict[str, Any]) -> None:
        if self.trials is not None:
            self.trials.write(self.output)
        (self.output / "imported.json").write_text(json.dumps(loaded(self.folder)))
        recorder = self.recorder
        ended = {**how, "stretches": recorder.stretch, "cut": recorder.cut}
        ended |= {"retired": recorder.retired, "rounded": recorder.rounded}
        (self.output / "end.json").write_text(json.dumps(ended))
        sys.stdout.flush()
        os._exit(0)

    def run(self) -> None:
        sys.dont_write_bytecode = True
        give_way(self.folder)
        restore(self.recorder.retired)
        # a recorded call is several calls: what plain Python can just do must not end here
        sys.setrecursionlimit(_DEEPER * sys.getrecursionlimit())
        sys.path[0:0] = [str(self.folder)]
        sys.meta_path.insert(0, _Rewriter(self))
        sys.meta_path.append(_Standins(self))
        sys.argv = [str(self.file)]
        setattr(builtins, RECORDER, self.recorder)
        if self.answer is not None:
            builtins.input = self._answered
        module = types.ModuleType("__main__")
        module.__file__ = str(self.file)
        module.__dict__["get_ipython"] = _Stand("get_ipython")
        module.__dict__["display"] = print
        sys.modules["__main__"] = module
        how: dict[str, Any] = {"ended": "whole"}
        # a file that asks for chance without a seed gets the same chance in every run
        random.seed(self.seed)
        np.random.seed(self.seed)
        try:
            exec(self.compiled(self.file), module.__dict__)
        except SystemExit:
            how = {"ended": "exit"}
        except KeyboardInterrupt:
            how = {"ended": "interrupted"}
        except BaseException as error:
            # what was left half done may fail behind it, and is not the file's fault
            how = how if self.recorder.half_done else self.failure(error)
        self.recorder.on_stop = self.recorder.on_look = None
        if self.recorder.on and len(self.recorder.operations) and not self.recorder.later.kind:
            self.save(f"stretch{self.recorder.stretch}")
        self.end(how)

    def failure(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if self.holds(Path(frame.filename))]
        if isinstance(error, SyntaxError) and error.filename:
            line, file = error.lineno, error.filename
        else:
            line, file = (own[-1].lineno, own[-1].filename) if own else (None, str(self.file))
        where = Path(file).resolve()
        name = os.path.relpath(where, self.folder) if self.holds(where) else file
        path = _missing(error)
        named = path and self.seen_from_folder(path)
        message = str(error).replace(path, named) if path and named else str(error)
        return {
            "ended": "error",
            "error": type(error).__name__,
            "message": message[:2000],
            "line": line,
            "file": name,
            "path": named,
            "missing": getattr(error, "name", None) if isinstance(error, ImportError) else None,
        }

    def seen_from_folder(self, path: str) -> str:
        """A path as it is from the file's folder on, wherever that was copied to."""
        inside = Path(path).is_absolute() and Path(path).is_relative_to(self.output.parent.resolve())
        return os.path.relpath(path, self.folder) if inside else path

    def _answered(self, prompt: object = "") -> str:
        """Something to read for a file that asks, a few times; then the input is at its end."""
        self.asked += 1
        if self.asked > 40:
            raise EOFError("end of input")
        sys.stdout.write(str(prompt))
        several = _SEVERAL.search(str(prompt))  # "Enter 3 weights"
        wanted = range(int(several[1]) if several else 0)
        if wanted:
            return " ".join(str(_ASKED[(self.asked + 3 * n) % len(_ASKED)]) for n in wanted)
        self.again = self.again + 1 if str(prompt) == self.prompt else 0
        self.prompt = str(prompt)
        return _INSTEAD[(self.again - 1) % len(_INSTEAD)] if self.again else str(self.answer)
