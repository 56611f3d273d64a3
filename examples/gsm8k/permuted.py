#!/usr/bin/env python3
"""Makes GSM8K problems with other numbers: permuted.py TEST.jsonl OUT.jsonl [SEED].

A solution of GSM8K holds its arithmetic as <<a*b=c>>. Numbers of the question are changed, and the answer is computed anew by
these equations. A literal there may be a number of the question, a result above, or what a word says (twice, a week); where two
of these differ in the new problem, or none fits, the problem is left out, and so it is where an equation is rounded or the last
one is not the answer. New numbers are half to twice the old ones, as round and in the same order; results stay positive, and
whole ones whole.
"""
import ast
import json
import operator
import pathlib
import random
import re
import sys
from fractions import Fraction

EQUATION = re.compile(r"<<([^<>=]+)=([^<>=]+)>>")
# Alone, so that it can be replaced: no part of a time, a fraction, an ordinal or a percentage.
NUMBER = re.compile(r"(?<![\w.,/:#-])\d+(?:,\d{3})*(?![\w/:%]|[.,]\d| percent| ?/| ?[ap]\.?m\b)")
ANY_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+")
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
DRAWS = 300
# What words may stand for in an equation.
SAYS = {
    1: "one once", 2: "two twice half halves halved double doubles doubled both pair pairs couple",
    3: "three thrice triple triples tripled third thirds", 4: "four quarter quarters fourth fourths quadruple",
    5: "five fifth fifths nickel nickels", 6: "six sixth sixths", 7: "seven week weeks weekly seventh", 8: "eight eighth eighths",
    9: "nine ninth", 10: "ten tenth tenths dime dimes decade decades", 11: "eleven", 13: "thirteen", 14: "fourteen",
    12: "twelve dozen dozens year years yearly month months monthly annual annually foot feet inch inches",
    15: "fifteen", 16: "sixteen pound pounds ounce ounces", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty",
    24: "day days daily", 25: "quarter quarters", 30: "thirty month months", 40: "forty", 50: "fifty half",
    52: "year years weeks", 60: "sixty hour hours hourly minute minutes second seconds",
    70: "seventy", 80: "eighty", 90: "ninety",
    100: "hundred percent percentage cent cents penny pennies century meter meters", 365: "year years",
    1000: "thousand kilometers",
    Fraction(1, 2): "half halves", Fraction(1, 4): "quarter quarters", Fraction(1, 3): "third"}
# A number before these is bounded by more than arithmetic.
EACH = "(?:a|per|each|every)"
BOUND = re.compile(rf"\s*-?(?:(?:days?|times|nights?) {EACH} week|hours? {EACH} day|years? old|[ap]\.?m\b)")


class Unknown(Exception):
    """A problem whose arithmetic cannot be followed."""


def value(text):
    return Fraction(text.strip().replace(",", "").lstrip("$"))


def constants(question, solution):
    """Values that an equation may have without their being a changed number of the question."""
    words = set(re.findall(r"[a-z]+", (question + " " + solution).lower()))
    found = {Fraction(said) for said, names in SAYS.items() if words & set(names.split())} | {Fraction(1)}
    shares = [value(p) / 100 for p in re.findall(r"(\d+(?:\.\d+)?) ?(?:%|percent)", question)]
    shares += [Fraction(int(a), int(b)) for a, b in re.findall(r"(\d+)/(\d+)", question) if int(b)]
    for share in shares:
        found |= {share, 1 - share, 1 + share, 100 * share, 100 - 100 * share, 100 + 100 * share, Fraction(100)}
    if "$" in question:
        found.add(Fraction(100))
    strict = [m.span() for m in NUMBER.finditer(question) if not BOUND.match(question, m.end())]
    return found | {value(m.group()) for m in ANY_NUMBER.finditer(question) if m.span() not in strict}


class Problem:
    def __init__(self, record):
        self.question, solution = record["question"], record["solution"]
        equations = EQUATION.findall(solution)
        if not equations or len(equations) != solution.count("<<"):
            raise Unknown("an equation that is none")
        try:
            self.equations = [(ast.parse(left.strip(), mode="eval").body, value(right), decimals(right))
                              for left, right in equations]
        except (SyntaxError, ValueError, ZeroDivisionError):
            raise Unknown("an equation that is none") from None
        if self.equations[-1][1] != value(record["answer"]):
            raise Unknown("the last equation is not the answer")
        self.constants = constants(self.question, re.sub(r"<<[^<>]*>>", " ", solution))
        self.places = [m for m in NUMBER.finditer(self.question) if not BOUND.match(self.question, m.end())]
        literals = {number(node) for tree, _, _ in self.equations for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        self.numbers = sorted({value(m.group()) for m in self.places})
        self.free = [n for n in self.numbers if n in literals and n not in self.constants and n > 2 and not 1900 <= n <= 2100]
        if not self.free:
            raise Unknown("no number to change")
        if self.results({n: n for n in self.numbers}) is None:
            raise Unknown("a literal from nowhere")

    def results(self, new):
        """What the equations give under other numbers, or nothing if that is not clear, negative or less whole."""
        done = []
        try:
            for tree, old, digits in self.equations:
                result = self.compute(tree, new, done)
                if result <= 0 or (result * 10 ** digits).denominator > 1:
                    return None
                done.append((old, result))
        except (Unknown, ZeroDivisionError):
            return None
        return [result for _, result in done]

    def compute(self, node, new, done):
        if isinstance(node, ast.Constant):
            known = number(node)
            meanings = {result for old, result in done if old == known}
            meanings |= {new[known]} if known in new else set()
            meanings |= {known} if known in self.constants else set()
            if len(meanings) != 1:
                raise Unknown("a literal of no or more than one meaning")
            return meanings.pop()
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](self.compute(node.left, new, done), self.compute(node.right, new, done))
        raise Unknown("an operator that is none")

    def draw(self, chance):
        """Other numbers, in the order of the old ones; those that are not free stay."""
        new = [changed(int(n), chance) if n in self.free else n for n in self.numbers]
        return dict(zip(self.numbers, new)) if all(a < b for a, b in zip(new, new[1:])) else None

    def text(self, new):
        parts, at = [], 0
        for place in self.places:
            other = int(new[value(place.group())])
            parts += [self.question[at:place.start()], f"{other:,}" if "," in place.group() else str(other)]
            at = place.end()
        return "".join(parts) + self.question[at:]


def changed(n, chance):
    """Another number of about this size, as round as it."""
    step = 10 ** max(0, len(str(n)) - max(2, len(str(n).rstrip("0"))))
    low, high = max(3, -(-n // 2)) // step, 2 * n // step
    return Fraction(chance.choice([step * k for k in range(low, high + 1) if k and step * k != n and step * k > 2]))


def number(node):
    if isinstance(node.value, (int, float)):
        return Fraction(repr(node.value))
    raise Unknown("a literal that is no number")


def decimals(text):
    """Digits behind the point that a result has."""
    return len(text.strip().rstrip("0").partition(".")[2])


def other(record, seed):
    """The problem with other numbers, or why there is none."""
    try:
        problem = Problem(record)
    except Unknown as why:
        return str(why)
    chance = random.Random(f"{seed} {record['id']}")
    for _ in range(DRAWS):
        new = problem.draw(chance)
        results = new and problem.results(new)
        if results and results[-1] != value(record["answer"]) and results[-1].denominator == 1:
            return {"id": record["id"] + "/permuted", "question": problem.text(new), "answer": str(results[-1])}
    return "no draw fits"


def main(test, out, seed="1"):
    lines = [line for line in pathlib.Path(test).read_text(encoding="utf-8").split("\n") if line.strip()]
    made = [other(json.loads(line), seed) for line in lines]
    kept = [problem for problem in made if isinstance(problem, dict)]
    pathlib.Path(out).write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in kept), encoding="utf-8")
    print(f"{len(kept)} of {len(lines)} problems")
    for why in sorted({why for why in made if isinstance(why, str)}):
        print(f"{made.count(why)}: {why}")


main(*sys.argv[1:])
