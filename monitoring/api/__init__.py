"""The installation as JSON: for operators, and for the senior administrators of every organisation."""
