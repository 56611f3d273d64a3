#!/usr/bin/env python3
"""Holm's correction over every comparison that was made with a base: holm.py COMPARISONS.csv.

docs/results-comparisons.csv has those of docs/results.md, one a row: base, sitting, policy, measure; won and lost, problems of which
the policy answers more right than the base, or fewer; where these are not known, the difference of accuracies, the policy's less
the base's, and p, as they were printed. Of won and lost p is computed: exact and two-sided, by McNemar's test, which is the sign
test where a problem has several answers. A comparison whose p nobody knows counts as 1. Prints, of each base, all comparisons by
their p, smallest first.
"""
import collections
import csv
import math
import sys

COLUMNS = ["base", "sitting", "policy", "measure", "won", "lost", "difference", "p"]


def main(file):
    bases = collections.defaultdict(list)
    with open(file, encoding="utf-8", newline="") as lines:
        for row in read(lines):
            bases[row["base"]].append((p_value(row), row))
    for of_base in bases.values():
        print("p", "by Holm", f"of {len(of_base)}", *COLUMNS[:-1], sep="\t")
        of_base.sort(key=lambda one: one[0])
        corrected = holm([p for p, row in of_base])
        for rank, ((p, row), by_holm) in enumerate(zip(of_base, corrected), 1):
            print(f"{p:.2g}", f"{by_holm:.2g}", rank, *(row[name] for name in COLUMNS[:-1]), sep="\t")


def read(lines):
    rows = csv.DictReader(lines)
    if rows.fieldnames != COLUMNS:
        raise SystemExit(f"columns are not {','.join(COLUMNS)}")
    seen = set()
    for row in rows:
        key = tuple(row[name] for name in COLUMNS[:4])
        if not all(key) or key in seen:
            raise SystemExit(f"line {rows.line_num}: a name is missing, or the comparison is there twice: {', '.join(key)}")
        if bool(row["won"]) != bool(row["lost"]) or row["won"] and row["p"]:
            raise SystemExit(f"line {rows.line_num}: won and lost, or p, or nothing: {', '.join(key)}")
        seen.add(key)
        yield row


def p_value(row):
    if row["won"]:
        return exact(int(row["won"]), int(row["lost"]))
    return float(row["p"] or 1)


def exact(won, lost):
    """Twice the tail of a binomial of probability 1/2, in whole numbers, since 0.5 ** n is 0 where n is large."""
    n = won + lost
    return min(1.0, 2 * sum(math.comb(n, i) for i in range(min(won, lost) + 1)) / 2 ** n)


def holm(ps):
    """Of ps in ascending order: each times how many are no smaller, and never below the one before."""
    corrected, largest = [], 0.0
    for rank, p in enumerate(ps):
        largest = max(largest, min(1.0, (len(ps) - rank) * p))
        corrected.append(largest)
    return corrected


main(*sys.argv[1:])
