"""The timeline: ruler, waveform, overview and tiers, and the gestures on them."""
