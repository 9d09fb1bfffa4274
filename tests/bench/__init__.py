"""Speed as ratios, measured side by side in one run against the baselines beside this file.

`make bench`, or `python -m tests.bench --help`.
"""
