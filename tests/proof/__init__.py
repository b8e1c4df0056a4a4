"""The proof of what is promised: faults and hostile peers, counted (``python -m tests.proof --help``)."""
