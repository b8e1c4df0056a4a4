"""Hostile bytes for the codec, the readers of files and live servers; ``python -m tests.fuzz --help``."""
