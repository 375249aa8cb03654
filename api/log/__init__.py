"""The log of a show as a thing to keep: exported to a file, verified, imported, gone through, and forked (docs/log.md)."""
