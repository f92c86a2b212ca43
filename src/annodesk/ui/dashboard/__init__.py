"""The manager's desk: what needs a person today, how projects stand, and the clips behind any number."""
