"""The project page: which model suggests, what it is told, when people see it, and what that costs and brings."""
