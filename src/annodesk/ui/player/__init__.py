"""Playback of recordings."""
