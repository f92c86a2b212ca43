"""Working with others: meeting a shared database, who belongs to a project, and how sync goes."""
