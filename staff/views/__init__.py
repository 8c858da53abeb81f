"""The pages of people: signing in, the directory, one's own account, papers."""
