"""Who calls: logins, sessions, tokens and profiles."""
