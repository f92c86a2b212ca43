"""A text asset with its spans: offsets, drawing, and the panel in which spans are marked."""
