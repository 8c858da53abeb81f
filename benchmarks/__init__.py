"""What the product promises in seconds and queries, measured: `make bench`. How to read it: docs/benchmarks.md."""
