"""The command line: one module per group of verbs, all on the services alone."""
