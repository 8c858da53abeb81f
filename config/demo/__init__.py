"""The demo: two chains and the installation's operator, invented from a fixed seed, around today's week."""

from config.demo.chain import PASSWORD
from config.demo.loading import is_loaded, load

__all__ = ["PASSWORD", "is_loaded", "load"]
