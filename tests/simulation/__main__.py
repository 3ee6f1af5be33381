"""`python -m tests.simulation`: runs one world, logged line by line, or many."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from os import cpu_count
from time import monotonic

from . import coverage
from .randomness import FAMILIES
from .transition import Violation
from .trials import Report, Trial, run_many

CHUNK = 250


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the arguments ask for; returns 0 if every rule held, else 1."""
    options = _options(arguments)
    if options.seed is not None:
        return run_world(_trial(options), options.trace)
    return run_worlds(range(options.first, options.first + options.seeds), options.jobs)


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="one world")
    parser.add_argument("--trace", action="store_true", help="print every event of it")
    parser.add_argument("--requests", default="0,1,2", help="only these of its requests: 0,2")
    parser.add_argument("--without", default="", help=f"without these families of faults: {','.join(FAMILIES)}")
    parser.add_argument("--seeds", type=int, default=10_000, help="so many worlds")
    parser.add_argument("--first", type=int, default=0, help="from this seed")
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1, help="processes")
    return parser.parse_args(arguments)


def _trial(options: Namespace) -> Trial:
    requests = frozenset(int(number) for number in options.requests.split(","))
    return Trial(options.seed, requests, frozenset(family for family in options.without.split(",") if family))


def run_world(trial: Trial, trace: bool) -> int:
    """Runs one world and prints its outcome; returns the exit code."""
    world = trial.world(print if trace else None)
    try:
        events = world.run()
    except Violation as broken:
        print(f"broken: {broken}")
        return 1
    print(f"{events} events, every rule held")
    if not trace:
        print(coverage.report(world.seen))
    return 0


def run_worlds(seeds: range, jobs: int) -> int:
    """Runs many worlds in several processes and prints the totals; returns the exit code."""
    begun, report = monotonic(), Report()
    chunks = [seeds[start : start + CHUNK] for start in range(0, len(seeds), CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        for chunk_report in pool.map(run_many, chunks):
            report.add(chunk_report)
            for _, description in chunk_report.broken:
                print(description, flush=True)
            print(f"{report.worlds} worlds, {len(report.broken)} broken", end="\r", file=sys.stderr, flush=True)
    print(coverage.report(report.seen))
    never = coverage.missing(report.seen)
    print(f"never seen: {', '.join(never) or 'nothing'}")
    print(f"{report.worlds} worlds, {report.events} events, {len(report.broken)} broken, {monotonic() - begun:.0f} s")
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
