"""Decisions about work: pure functions of what is known, the time and a seed."""
