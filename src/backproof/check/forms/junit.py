"""Reports as JUnit XML, one test case a file, for test servers and classroom tools."""

import re
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

from backproof.check.forms import words
from backproof.check.forms.terminal import to_text
from backproof.check.report import Report, Verdict

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report]) -> str:
    """The XML: a failure where something was found, an error where the file could not be judged."""
    codes = Counter(report.exit_code for report in reports)
    totals = {
        "name": "backproof",
        "tests": str(len(reports)),
        "failures": str(codes[1]),
        "errors": str(codes[2]),
        "time": f"{sum(report.seconds for report in reports):.3f}",
    }
    suites = ElementTree.Element("testsuites", totals)
    suite = ElementTree.SubElement(suites, "testsuite", {**totals, "skipped": "0"})
    for report in reports:
        _case(suite, report)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _case(suite: ElementTree.Element, report: Report) -> None:
    file = _legal(words.relative(report.file))
    named = {"classname": "backproof", "name": file, "file": file, "time": f"{report.seconds:.3f}"}
    if report.findings and report.findings[0].cell is None and words.is_own(report, report.findings[0]):
        named["line"] = str(report.findings[0].line)
    case = ElementTree.SubElement(suite, "testcase", named)
    if report.exit_code:
        kind = "error" if report.verdict == Verdict.CANNOT_JUDGE else "failure"
        said = {"type": str(report.verdict), "message": _legal(report.reason)}
        ElementTree.SubElement(case, kind, said).text = _legal(to_text(report))


def _legal(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)
