"""Measurements behind docs/benchmarks.md; `make bench` runs the first of them."""
