"""Keys: physical positions and the letters on them, presets, a person's own keys, and the window that changes them."""
