"""Knowledge of agents: their cards, heartbeats and consumers."""
