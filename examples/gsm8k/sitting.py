#!/usr/bin/env python3
"""The protocol of docs/results.md against a running system: sitting.py PART FOLDER [options].

Each part writes what it found into FOLDER (JSON, as the command line says it) and takes what earlier parts left there:
  prompts    the base under every template, on dev; the best is that of all runs
  rates      five learning rates, 25 steps each, sampled answers on dev; one standard error below the best, the smallest is taken
  train      true and random reward, three seeds, side by side, until all have --steps or --until (seconds since 1970) is near
  test       base and all runs at their last common step, on the test set
The arms by SFT, and all last adapters elsewhere:
  check      two steps of a run, to see that the system trains; the other parts may go on from its adapter
  samples    GSM8K's solutions, and right ones of the base's four answers to each training problem, as completions
  sft-rates  five learning rates on both, 50 steps each, judged as above
  sft        both, three seeds, side by side, until all have --sft-steps or --until is near
  imports    the committed adapters --adapters by name (NAME@1)
  test-all   base, GRPO's (train), SFT and imported adapters on the test set: greedy, at --tokens and at --longest tokens
  draws      these with --samples answers at T = 1, the base at its best T too; random rewards with --controls
  others     these on GSM8K with other numbers, SVAMP, MATH-500, HumanEval and MBPP; what is refused is said at the end
  flips      of every report below FOLDER: how often each policy is right where the base is wrong, and the other way round, and what
             the wrong one of the two lacked (flips.py)
  agree      of every report below FOLDER: how far the runs of an arm differ together from the base; of all values below it: norms
             and cosines (agree.py). Neither asks a system or needs --model
A part that is started again goes on. --problems, --batch, --tokens and --longest make all of it small, to try it out. The
command line is $THIRTEEN, or bin/thirteen of this project.
"""
import argparse
import pathlib
import sys

import agree
import flips
import grpo
import runs
import sft
from choices import prompts
from system import PROJECT, Refused

PARTS = {
    "prompts": prompts, "rates": grpo.rates, "train": grpo.side_by_side, "test": grpo.test,
    "check": sft.check, "samples": sft.samples, "sft-rates": sft.sft_rates, "sft": sft.side_by_side, "imports": sft.imports,
    "test-all": sft.test_all, "draws": sft.draws, "others": sft.others,
    "flips": flips.flips, "agree": agree.agree}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model")
    parser.add_argument("--data", type=pathlib.Path, default=PROJECT / "data")
    parser.add_argument("--numbers", choices=runs.ADAPTERS, default="1")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.002, 0.005, 0.01, 0.02, 0.05])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--sft-steps", type=int, default=327)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--adapters", nargs="*", default=[f"grpo-2688-true-{seed}" for seed in (1, 2, 3)])
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--controls", action="store_true")
    parser.add_argument("--problems", type=int)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--longest", type=int, default=2048)
    parser.add_argument("--until", type=float, default=float("inf"))
    given = parser.parse_args()
    if given.part not in ("flips", "agree") and not given.model:
        parser.error("--model is missing")
    given.folder, given.data = given.folder.resolve(), given.data.resolve()
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        PARTS[given.part](given)
    except Refused as why:
        sys.exit(str(why))


main()
