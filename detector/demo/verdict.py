"""The summary in words: a table and a sentence."""

from collections.abc import Iterator

from detector.demo.summary import Finding, Summary


def rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """The summary as a table, its head first."""
    yield (
        "fault injected",
        "feature",
        "at message",
        "found after",
        "cause named",
        "resolved after",
    )
    for finding in summary.findings:
        yield (
            finding.fault,
            finding.feature,
            f"{finding.at:,}",
            "missed" if finding.found_after is None else f"{finding.found_after:,} messages",
            named(finding),
            recovery(finding),
        )


def named(finding: Finding) -> str:
    """The cause; that it departs from training, where no cause was named."""
    return finding.cause or ("departure" if finding.found_after is not None else "-")


def recovery(finding: Finding) -> str:
    """When the episode was over, after the fault was."""
    if finding.found_after is None:
        return "-"
    if finding.resolved_after is None:
        return "not seen"
    return f"{finding.resolved_after:,} messages"


def verdict(summary: Summary, seconds: float) -> str:
    """The outcome in a sentence."""
    found = len(summary.findings) - summary.missed
    return (
        f"{found} of {len(summary.findings)} broken features found, "
        f"{len(summary.false_alarms)} false alarms; {summary.messages:,} messages in "
        f"{seconds:.0f} s ({summary.messages / seconds:,.0f}/s)."
    )
