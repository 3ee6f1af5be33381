"""Deterministic simulation in one thread: real orchestrators with simulated brokers, agents, clocks, stores, people.

Rules for this package: one seed is one world. All randomness comes from that world's own generators and all time
from its own event loop, so the same seed is the same world again, and virtual hours take milliseconds. The
surroundings of an orchestrator are simulated with every fault that they can have: agents (`agents.py`), a broker
(`broker.py`), a database (`database.py`). The orchestrator is the real one, wired by `wiring.py` as in the service, and
it receives and sends bytes. When a batch is committed, each transition of the core is checked against the rules of
`rule_checker.py`, with a reference model that is kept beside the core.

    python -m tests.simulation --seed N --trace     one world, logged line by line
    python -m tests.simulation --seeds 10000        many; a failing one is shrunk and saved as a golden file
"""
