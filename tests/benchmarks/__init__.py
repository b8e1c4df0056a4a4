"""Benchmarks of the data plane against the peers that are installed: ``python -m tests.benchmarks``."""
