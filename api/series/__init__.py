"""Leaderboards over several shows."""
