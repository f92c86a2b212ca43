"""Plain values and rules of annotation: no files, no database, no window."""
