"""A batch of crimes in words."""

from collections.abc import Mapping


def batch_in_words(crimes: int, matchable: int, rejected: int, matches: Mapping[str, int], releases: int) -> str:
    """As "30 crimes, 28 of them matchable; 2 rows rejected; matches: 4 new, 1 confirmed; 1 released to a person"."""
    parts = [f"{_number(crimes, 'crime')}, {matchable:,} of them matchable"]
    if rejected:
        parts.append(f"{_number(rejected, 'row')} rejected")
    states = ", ".join(f"{n:,} {state}" for state, n in sorted(matches.items()) if n)
    parts.append(f"matches: {states}" if states else "no matches")
    if releases:
        parts.append(_number(releases, "release"))
    return "; ".join(parts)


def compared_in_words(counts: Mapping[str, int], against: str | None) -> str:
    """What became of crimes from one version of a batch to the next."""
    said = ", ".join(f"{counts[name]:,} {name}" for name in ("came", "changed", "stayed", "went"))
    return f"{said}; against {'the record then' if against is None else f'{against} before it'}"


def _number(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
