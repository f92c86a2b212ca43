"""Rows in and out of the databases; functions take a connection and never commit."""
