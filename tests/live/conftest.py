"""Fixtures of tests/small_show.py, whose classes the tests import as well."""

from small_show import connect, house, server

__all__ = ["connect", "house", "server"]
