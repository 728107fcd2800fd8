"""Photograph docs/lesson.png, the README's picture of a lesson: python docs/make_lesson_picture.py.

Needs Debian's Chromium, and examples/lessons/notebook.html.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
LESSON = HERE.parent / "examples" / "lessons" / "notebook.html"


def main() -> None:
    """Open the lesson at a line of its backward pass and point at a name."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 860})
        page.goto(LESSON.as_uri())
        card = page.locator(".card.backward", has_text="d_z1 = d_a1")
        card.evaluate("card => window.scrollTo(0, card.getBoundingClientRect().top + scrollY - 90)")
        card.locator(".line .v-d_z1").hover()
        page.wait_for_timeout(500)
        page.screenshot(path=HERE / "lesson.png")
        browser.close()


if __name__ == "__main__":
    main()
