"""Benchmarks: each prints a table and writes build/bench/NAME.json and NAME.runs.jsonl. `make bench-NAME` runs one."""
