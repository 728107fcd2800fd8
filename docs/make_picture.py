"""Draw docs/train.svg, the README's picture, from the real output of `backproof train`: python docs/make_picture.py."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

WIDTH = 118


def main() -> None:
    """Run the command in a terminal's colours and draw what it printed."""
    coloured = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-m", "backproof", "train"],
        env=coloured,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    console = Console(record=True, width=WIDTH, file=StringIO())
    console.print(Text.from_ansi(f"\x1b[1m$ backproof train\x1b[0m\n{done.stdout}"))
    console.save_svg(str(Path(__file__).parent / "train.svg"), title="backproof", theme=MONOKAI)


if __name__ == "__main__":
    main()
