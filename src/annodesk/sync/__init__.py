"""Carries one person's local file and a team's shared database towards each other."""
