"""What the product holds: crowds of invented people against a web server as in production, `make load`.

Read SCENARIOS in scenarios.py first. How to read the report: docs/benchmarks.md.
"""
