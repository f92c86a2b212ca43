"""How people agree: figures of each tier, question and span type, and what a threshold would send to review."""
