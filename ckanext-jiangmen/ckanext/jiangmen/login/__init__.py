"""Who signs in, and how: passwords, locks, sessions, keepers of accounts, headers."""
