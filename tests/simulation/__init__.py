"""A whole system in one thread: the real core in a world of simulated brokers, agents, clocks and people.

Rules for this package: one seed is one world. All chance comes from that world's own random generators and all time
from its own clock, so the same seed is the same world again, and virtual hours take milliseconds. What is simulated
here is what surrounds the core, as it behaves at its worst; the core itself is the real one. After every step
`witness.py` compares what the core did with what it may do, by an account of its own.

    python -m tests.simulation --seed N --trace     one world, told line by line
    python -m tests.simulation --seeds 10000        many; a failing one is shrunk and saved as a golden file
"""
