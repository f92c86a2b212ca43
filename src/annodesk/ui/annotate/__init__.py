"""The annotate workspace: label a task by hand, with or without suggestions."""
