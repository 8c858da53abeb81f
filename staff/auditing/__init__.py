"""Reading the audit log: as sentences for people, and as a chain that must hold."""
