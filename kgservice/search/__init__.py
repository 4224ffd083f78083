"""SERVE HALF: finds things by any of their names (SQLite FTS5 from the standard library, no server of its own)."""
