"""The pages in Debian's Chromium: without a network, in both sizes and colours, for keyboards and screen readers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from backproof.lesson import Lesson

CHROMIUM = shutil.which("chromium")
LESSONS = ["notebook_lesson", "penguins_lesson", "digits_lesson", "everything_lesson"]
# what axe looks at takes its time: all rules on the narrow page of each kind, and in the dark what colours change
RULES: dict[tuple[str, str, int], dict[str, Any]] = {
    **{(name, "light", 390): {} for name in ("penguins_lesson", "digits_lesson")},
    ("everything_lesson", "light", 390): {
        "context": {"exclude": [["math"]]},
        "options": {"rules": {"color-contrast": {"enabled": False}}},
    },
    ("everything_lesson", "dark", 1440): {"options": {"runOnly": ["color-contrast"]}},
}
STRICT = "default-src 'none'; style-src 'unsafe-inline'"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium: apt install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


def _open(browser: Browser, path: Path, **settings: Any) -> tuple[Page, list[str], list[str]]:
    """The page, and what it complained of and asked for until now."""
    page = browser.new_context(offline=True, **settings).new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    return page, complaints, requests


@pytest.mark.slow(but=3)
@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_lesson_in_the_browser(
    name: str, width: int, scheme: str, browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    lesson: Lesson = request.getfixturevalue(name)
    path = tmp_path / "lesson.html"
    lesson.to_html(path)
    settings = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page, complaints, requests = _open(browser, path, **settings)
    page.evaluate("document.fonts.ready")
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.context.close()
    rules = RULES.get((name, scheme, width))
    if rules is None:
        return
    # axe is a script, which the page's own policy would not let in
    page, _, _ = _open(browser, path, bypass_csp=True, **settings)
    found = Axe().run(page, **rules).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
    page.context.close()


@pytest.fixture
def notebook_page(notebook_lesson: Lesson, tmp_path: Path) -> Path:
    path = tmp_path / "lesson.html"
    notebook_lesson.to_html(path)
    return path


def test_pointing_at_a_name_lights_it_up_everywhere(notebook_page: Path, browser: Browser) -> None:
    page, _, _ = _open(browser, notebook_page, viewport={"width": 1440, "height": 900})

    def lit(selector: str) -> list[bool]:
        elements = f"[...document.querySelectorAll('{selector}')]"
        found: list[bool] = page.evaluate(
            f"{elements}.map(e => getComputedStyle(e).getPropertyValue('--b') !== 'transparent')"
        )
        return found

    assert not any(lit(".v-d_w1"))
    page.locator("article code .v-d_w1").first.hover()
    for place in (".card code .v-d_w1", "math .v-d_w1", "figure svg .v-d_w1"):
        found = lit(place)
        assert found
        assert all(found), place
    assert not any(lit(".v-d_w2"))
    page.mouse.move(0, 0)
    # by the keyboard: open the list of names and choose one
    page.locator(".names summary").focus()
    page.keyboard.press("Enter")
    page.locator("#p-w2").focus()
    page.keyboard.press("Space")
    assert all(lit(".v-w2"))
    assert any(lit("svg line.v-w2"))
    page.context.close()


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_moment_of_the_training_is_chosen_without_any_script(
    scripts: bool, notebook_page: Path, browser: Browser
) -> None:
    page, _, _ = _open(browser, notebook_page, java_script_enabled=scripts)
    frames = page.locator(".frame")
    assert frames.count() >= 5
    assert [frames.nth(k).is_visible() for k in range(3)] == [True, False, False]
    page.locator("#frame-0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert [frames.nth(k).is_visible() for k in range(3)] == [False, False, True]
    page.context.close()


def test_brackets_stretch_in_the_pages_own_font(notebook_page: Path, browser: Browser) -> None:
    page, _, _ = _open(browser, notebook_page)
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Backproof Math\"'))")
    fonts = page.evaluate("getComputedStyle(document.querySelector('math')).fontFamily")
    assert fonts.startswith('"Backproof Math"')
    page.context.close()


def test_it_works_under_a_policy_that_allows_styles_alone(notebook_lesson: Lesson, browser: Browser) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    html = notebook_lesson.to_html()
    page.route(
        "**/*",
        lambda route: route.fulfill(
            body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": STRICT}
        ),
    )
    page.goto("http://lesson.test/")
    assert page.locator("h1").inner_text() == "A 1-1-1 network, line by line"
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderLeftWidth") == "4px"
    page.locator("label[for='frame-2'], label:has(#frame-2)").click()
    assert page.locator(".frame.f2").is_visible()
    # the font is the only thing that this policy keeps away; formulas are set in another one
    assert all("font" in complaint.lower() for complaint in complaints)
    page.context.close()


def test_on_paper_everything_is_there(notebook_page: Path, browser: Browser, tmp_path: Path) -> None:
    page, _, _ = _open(browser, notebook_page)
    page.emulate_media(media="print")
    answer = page.locator(".exercise div").first
    assert answer.evaluate("e => e.getBoundingClientRect().height") > 0
    assert not page.locator("nav .names").is_visible()
    page.pdf(path=tmp_path / "handout.pdf")
    assert (tmp_path / "handout.pdf").stat().st_size > 50_000
    page.context.close()
