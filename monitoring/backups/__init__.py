"""Backups: made, kept, proved by restoring them, and restored. Needs no Django, so a restore works without a database.

manifest.py   what a backup says of itself, signed
vault.py      the folder that holds the backups, the WAL archive and the media; one command at a time works on it
source.py     the server that is backed up, and how to log in to it
making.py     one backup, and the quiet moment whose rows it counts
media.py      uploaded files, each sealed once
retention.py  which backups stay
scratch.py    a backup brought back to life beside the server
verifying.py  whether what came back is what was there
restoring.py  the way back to a moment
progress.py   what a person sees of all this
"""
