"""Backups: made, kept, proved by restoring them, and restored (docs/decisions/0009-backups.md).

All but erasures.py and the last three files know no Django, so that a restore needs no database.

    manifest.py   what a backup says of itself, signed
    vault.py      the folder that holds the backups, the WAL archive and the media; one command at a time works on it
    source.py     the server that is backed up, and how to log in to it
    plan.py       what one installation backs up, where to, with which key
    making.py     one backup, and the quiet moment whose rows it counts
    dumping.py    the same for a given server, whose files are out of reach
    media.py      uploaded files, each sealed once
    retention.py  which backups stay; keeping.py removes the others, and fills the second place
    ledger.py     who was erased, for restores; erasures.py writes it and applies it again
    scratch.py    a backup brought back to life beside the server
    verifying.py  whether what came back is what was there
    restoring.py  the way back to a moment
    progress.py   what a person sees of all this
    runs.py       backups as the settings say, with their rows
    nights.py     what happens without anybody asking, and what operators are told
    selectors.py  what pages and alerts read
"""
