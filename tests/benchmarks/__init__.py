"""Benchmarks: throughput and latency as ratios to hand-written code for the same job, side by side in one run."""
