"""Sets of sequence numbers as sorted, disjoint, non-touching ranges. Pure."""

from collections.abc import Iterable, Iterator

Range = tuple[int, int]
Ranges = tuple[Range, ...]


def union(*parts: Iterable[Range]) -> Ranges:
    """Everything in any of the parts; ranges that touch become one."""
    merged: list[Range] = []
    for first, last in sorted(one for part in parts for one in part):
        if last < first:
            continue
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def minus(whole: Iterable[Range], taken: Iterable[Range]) -> Ranges:
    """What is in `whole` and not in `taken`."""
    return tuple(_left(union(whole), union(taken)))


def both(one: Iterable[Range], other: Iterable[Range]) -> Ranges:
    """What is in both."""
    kept = union(one)
    return minus(kept, minus(kept, other))


def count(ranges: Iterable[Range]) -> int:
    return sum(last - first + 1 for first, last in ranges)


def holds(ranges: Iterable[Range], number: int) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _left(whole: Ranges, taken: Ranges) -> Iterator[Range]:
    for first, last in whole:
        at = first
        for start, end in taken:
            if end < at or start > last:
                continue
            if start > at:
                yield at, start - 1
            at = end + 1
        if at <= last:
            yield at, last
