"""Content description in, labels with probabilities out; a local language model does the reading."""
