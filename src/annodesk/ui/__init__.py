"""The desktop application; the only place where Qt is imported."""
