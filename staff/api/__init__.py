"""The endpoints of people, places and sign-in."""
