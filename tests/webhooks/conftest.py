"""Fixtures of tests/receivers.py, whose classes the tests import as well."""

from receivers import bus, clock, door, hooks, migrated, nats_url, receiver, sender

__all__ = ["bus", "clock", "door", "hooks", "migrated", "nats_url", "receiver", "sender"]
