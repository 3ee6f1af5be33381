"""A whole system in one thread: real orchestrators in a world of simulated brokers, agents, clocks, stores and people.

Rules for this package: one seed is one world. All chance comes from that world's own random generators and all time
from its own event loop, so the same seed is the same world again, and virtual hours take milliseconds. What is
simulated here is what surrounds an orchestrator, as it behaves at its worst: an agent, a broker (`broker.py`), a
database (`database.py`). The orchestrator is the real one, wired by `wiring.py` as the service is, and what it gets
and gives are bytes. What the core did in a batch is held against the rules of `witness.py`, by an account of its own,
at the moment when the batch is committed.

    python -m tests.simulation --seed N --trace     one world, told line by line
    python -m tests.simulation --seeds 10000        many; a failing one is shrunk and saved as a golden file
"""
