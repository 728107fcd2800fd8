"""The folders of the check stand above each other as `CONTRIBUTING.md` lists them: none imports from one above it."""

import ast
from pathlib import Path

import backproof

CHECK = Path(backproof.__file__).parent / "check"
FOLDERS = (
    "record",
    "cut",
    "sandbox",
    "edits",
    "replay",
    "losses",
    "optimizers",
    "judge",
    "unkept",
    "consistency",
    "locate",
    "repair",
    "reporting",
)


def imported_folders(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {module.split(".")[2] for module in modules if module.startswith("backproof.check.")} & set(FOLDERS)


def test_every_folder_imports_from_those_below_it_alone() -> None:
    above = [
        f"{file.relative_to(CHECK)} imports {other}/"
        for place, folder in enumerate(FOLDERS)
        for file in sorted((CHECK / folder).rglob("*.py"))
        for other in imported_folders(file)
        if FOLDERS.index(other) > place
    ]
    assert not above, above


def test_every_folder_is_placed() -> None:
    found = {file.parent.name for file in CHECK.glob("*/__init__.py")}
    assert found == {*FOLDERS, "forms"}
