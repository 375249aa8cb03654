"""Webhooks: events of shows sent to others, signed, until they have come.

feed.py makes deliveries of what is in the stream `EVENTS`, sending.py sends them through door.py, which looks where an address leads;
office.py does both in one process at a time. routes.py is the host API, cli.py the command line. What there is stands in SQL
(engine/live/hooks.py).
"""
