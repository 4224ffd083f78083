"""The page “what is open to me”."""
