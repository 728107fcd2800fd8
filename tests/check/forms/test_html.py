"""The page of a check: what is on it, what is not, and how it behaves in Debian's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

from backproof.check.forms import html
from backproof.check.forms.html import fragment, page
from tests.check.forms.reports import MESSAGE, nasty, placeless, right, unjudged, wrong, wrong_notebook
from tests.check.programs import BAD, LINE

CHROMIUM = shutil.which("chromium")


def _soup(text: str) -> Any:
    return BeautifulSoup(text, "html.parser")


def test_one_report(tmp_path: Path) -> None:
    soup = _soup(page([wrong(tmp_path)]))
    assert soup.html["lang"] == "en"
    assert "default-src 'none'; style-src 'unsafe-inline'" in str(soup.find("meta", {"http-equiv": True}))
    assert soup.h1.get_text() == str(tmp_path / "network.py")
    text = soup.main.get_text()
    assert "✗ wrong: a gradient is wrong" in text
    assert MESSAGE.replace("`", "") in text
    assert "each step is 2.5 times the gradient of np.mean((y - output) ** 2)" in text
    assert "proved: with this change the whole file was run again" in text
    failed = soup.select_one("p.failed")
    assert failed.select_one(".number").get_text() == str(LINE)
    assert failed.code.get_text() == BAD
    assert "".join(mark.get_text() for mark in failed.find_all("mark")) == "d_z2 @ w2.T * (1 - hidden)"
    assert [row.select_one(".number").get_text() for row in soup.select("p.proved")] == [
        "13",
        f"{LINE - 1}",
        f"{LINE + 1}",
    ]
    assert soup.select_one(".diff .removed").get_text() == f"-{BAD}"
    assert f"backproof check --fix {tmp_path / 'network.py'}" in text


def test_several_reports_have_a_table_that_leads_to_them(tmp_path: Path) -> None:
    reports = [wrong(tmp_path), right(tmp_path), unjudged(tmp_path), wrong_notebook(tmp_path), placeless(tmp_path)]
    soup = _soup(page(reports))
    rows = soup.select("tbody tr")
    assert [row.find_all("td")[1].get_text() for row in rows] == [
        "✗ wrong", "✓ right", "? cannot-judge", "✗ wrong", "✗ other-loss",
    ]  # fmt: skip
    for row, report in zip(rows, reports, strict=True):
        assert soup.find(id=row.a["href"][1:]).get_text() == str(report.file)
    assert "5 files: 1 right, 2 wrong, 1 other-loss, 1 cannot-judge" in soup.get_text()
    assert [title.get_text() for title in soup.select("h4")] == ["cell 2", "cell 3"]
    assert len({tag["id"] for tag in soup.find_all(id=True)}) == len(soup.find_all(id=True))
    assert "No file was checked." in page([])


def test_a_piece_for_a_notebook(tmp_path: Path) -> None:
    report = wrong(tmp_path)
    assert report._repr_html_() == fragment([report])
    soup = _soup(report._repr_html_())
    assert not soup.find(["html", "body", "script", "h1"])
    for rule in str(soup.style.string).split("}"):
        selector = rule.split("{")[0].strip()
        assert not selector or selector.startswith((".backproof-c", "@media"))


def test_a_strangers_words_are_words(tmp_path: Path) -> None:
    text = '</code></style><script>alert(1)</script><img src=x onerror="alert(1)">`<b>`\x1b\ud800'
    for made in (page([nasty(tmp_path, text)]), fragment([nasty(tmp_path, text)])):
        assert not _soup(made).find(["script", "img"])
        assert len(_soup(made).find_all("style")) == 1
        made.encode()


def test_no_line_ends_within_an_operator() -> None:
    made = html._text("`w -= 0.1 * g`, and not `w = g < 1`")
    assert made == '<code>w <span class="whole">-=</span> 0.1 * g</code>, and not <code>w = g &lt; 1</code>'


def test_nothing_comes_from_elsewhere(tmp_path: Path) -> None:
    made = page([wrong(tmp_path), wrong_notebook(tmp_path)])
    assert "http:" not in made
    assert "https:" not in made
    assert "url(" not in made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


@pytest.mark.slow(but=4)
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's Chromium: apt install chromium")
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("several", [False, True])
def test_the_page_in_the_browser(several: bool, width: int, scheme: str, browser: Browser, tmp_path: Path) -> None:
    long = wrong(tmp_path, f"{'very_' * 30}long.py")
    reports = [long, right(tmp_path), unjudged(tmp_path), wrong_notebook(tmp_path)] if several else [wrong(tmp_path)]
    path = tmp_path / "check.html"
    path.write_text(page(reports), encoding="utf-8")
    settings: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    opened = browser.new_context(offline=True, **settings).new_page()
    complaints: list[str] = []
    requests: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(path.as_uri())
    assert complaints == []
    assert requests == [path.as_uri()]
    assert opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    opened.context.close()
    # axe is a script, which the page's own policy would not let in
    opened = browser.new_context(offline=True, bypass_csp=True, **settings).new_page()
    opened.goto(path.as_uri())
    found = Axe().run(opened).response["violations"]
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []
    opened.context.close()
