"""Text at rest: under the newest key, readable under every key that is still named, and by nobody else's."""

import pytest
from cryptography.fernet import InvalidToken

from config.secrets import decrypt, encrypt

OLD, NEW = "an older key, long and random", "the newest key, long and random"


@pytest.mark.parametrize("keys", [[], [NEW], [NEW, OLD]])
@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "ẹ̀kọ́ 🔑", "x" * 10_000])
def test_what_is_encrypted_comes_back(settings, keys, text):
    settings.ENCRYPTION_KEYS = keys
    token = encrypt(text)
    assert decrypt(token) == text
    assert text == "" or text not in token
    assert encrypt(text) != token  # equal texts do not look alike


def test_an_older_key_still_reads_and_the_newest_writes(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    before = encrypt("planted")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(before) == "planted"
    after = encrypt("planted")
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt(after) == "planted"
    with pytest.raises(InvalidToken):
        decrypt(before)


def test_another_installations_secret_reads_nothing(settings):
    token = encrypt("planted")
    settings.SECRET_KEY = "another installation " * 3
    with pytest.raises(InvalidToken):
        decrypt(token)
