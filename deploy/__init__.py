"""How the product is deployed: one folder for each server, and `checks`, which runs what can be run without Docker."""
