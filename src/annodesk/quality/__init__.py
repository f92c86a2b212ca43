"""Numbers about labels: how well people agree, where they differ, and what they say together."""
