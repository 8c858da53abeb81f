"""Uploaded files in the vault, while people go on changing them."""

from __future__ import annotations

from config.services.sealed import Key
from monitoring.backups import media
from monitoring.backups.vault import Vault


def test_a_file_that_is_taken_away_while_the_others_are_kept_stops_none_of_them(tmp_path):
    uploads, vault = tmp_path / "uploads", Vault(tmp_path / "vault", Key("a key that is long enough for a test"))
    uploads.mkdir()
    vault.media.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (uploads / name).write_text(name)

    def somebody_changes_a_picture(_size: int) -> None:
        (uploads / "b").unlink(missing_ok=True)

    index = media.keep(uploads, vault, {}, somebody_changes_a_picture)
    assert set(index) == {"a", "c"}
    media.check(index, vault, lambda _size: None)
