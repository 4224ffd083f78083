"""The page that compares regions, certificate by certificate."""
