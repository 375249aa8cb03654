"""A rehearsal's checks as JUnit XML, which CI systems show as tests."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from .report import Rehearsed


def junit_xml(report: Rehearsed) -> bytes:
    """One test case for each check; what could not be looked at is skipped."""
    verdicts = [one.verdict for one in report.checks]
    suite = Element(
        "testsuite",
        name=clean(f"oncue rehearse {report.what}"),
        tests=str(len(verdicts)),
        failures=str(verdicts.count("fail")),
        skipped=str(verdicts.count("skip")),
        time=str(report.seconds),
        timestamp=report.started,
    )
    for check in report.checks:
        case = SubElement(suite, "testcase", classname="rehearsal", name=check.title)
        if check.verdict == "fail":
            SubElement(case, "failure", message=clean(check.said)).text = clean("\n".join(check.details))
        elif check.verdict == "skip":
            SubElement(case, "skipped", message=clean(check.said))
        else:
            SubElement(case, "system-out").text = clean(check.said)
    written: bytes = tostring(suite, encoding="utf-8", xml_declaration=True)
    return written


def clean(text: str) -> str:
    """Without the characters that XML cannot have."""
    return "".join(
        one if one in "\t\n\r" or (one >= " " and not 0xD800 <= ord(one) <= 0xDFFF) else "\ufffd"
        for one in text
    )
