"""The endpoints of reviews and of what they are scored by."""
