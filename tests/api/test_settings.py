"""Settings from the environment, and what is said about wrong ones."""

import stat

import pytest

from oncue.api.keys import api_key, signing_secret
from oncue.api.settings import FOR_TOOLS, MEANINGS, Settings, variable
from oncue.engine.errors import BadInput


def said(environment: dict[str, str]) -> str:
    with pytest.raises(BadInput) as bad:
        Settings.read(environment)
    assert bad.value.code == "settings/bad"
    return bad.value.message


def test_nothing_must_be_set():
    settings = Settings.read({"PATH": "/bin", "HOME": "/home/kim"})
    assert settings == Settings()
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.database == "sqlite:///.oncue/oncue.db"
    assert settings.warnings() == []


def test_every_setting_has_a_meaning_and_can_be_set():
    assert set(MEANINGS) == set(Settings.__struct_fields__)
    given = {
        "ONCUE_PORT": "9000",
        "ONCUE_HOST": "0.0.0.0",
        "NATS_URL": "nats://n:4222",
        "DATABASE_URL": "postgresql://h/d",
    }
    settings = Settings.read(given | {"ONCUE_SECRET": "", "ONCUE_PROXIES": " 2 "})
    assert (settings.port, settings.host, settings.proxies) == (9000, "0.0.0.0", 2)
    assert settings.nats_url == "nats://n:4222"
    assert settings.database == "postgresql://h/d"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ONCUE_PORT", "eighty", "'eighty'"),
        ("ONCUE_PORT", "70000", "65535"),
        ("ONCUE_PORT", "-1", "0"),
        ("ONCUE_LOG", "loud", "'loud'"),
        ("ONCUE_HOST_HOURS", "0", "1"),
        ("ONCUE_PUBLIC_URL", "live.example.org", "https://"),
        ("ONCUE_PUBLIC_URL", "ftp://x", "web address"),
        ("ONCUE_PUBLIC_URL", "http://[::1", "web address"),
        ("ONCUE_PUBLIC_URL", "https://x/shows", "path"),
        ("ONCUE_SECRET", "short", "32 bytes"),
        ("ONCUE_API_KEY", "short", "16 characters"),
        ("NATS_URL", "http://n", "nats://"),
        ("NATS_URL", "nats://n:port", "port"),
        ("DATABASE_URL", "mysql://kim:hunter2@h/d", "postgresql://"),
        ("NATS_URL", "nats://127.0.0.1:8080", "ONCUE_PORT"),
        ("DATABASE_URL", "postgresql://localhost:8080/d", "ONCUE_PORT"),
        ("ONCUE_CLOCK_PORT", "4443", "ONCUE_RELAY_PORT"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named_with_what_to_write(name, value, words):
    message = said({name: value})
    assert name in message
    assert words in message
    assert "hunter2" not in message


def test_all_that_is_wrong_is_said_at_once():
    message = said({"ONCUE_PORT": "x", "ONCUE_LOG": "y", "ONCUE_PROT": "1"})
    assert all(name in message for name in ("ONCUE_PORT", "ONCUE_LOG", "ONCUE_PROT"))


def test_an_unknown_variable_is_told_what_it_may_have_meant():
    assert "did you mean ONCUE_API_KEY?" in said({"ONCUE_APIKEY": "x" * 20})
    assert "did you mean" not in said({"ONCUE_ZZZZZZZZZZ": "1"})
    assert Settings.read(dict.fromkeys(FOR_TOOLS, "1")) == Settings()


def test_a_secret_that_is_wrong_is_not_repeated():
    assert "hunter2" not in said({"ONCUE_SECRET": "hunter2"})
    both = {"ONCUE_SECRET": "k" * 32, "ONCUE_API_KEY": "k" * 32}
    assert "the same" in said(both)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert "ONCUE_DATA" in said({"ONCUE_DATA": str(tmp_path / "file")})


def test_describing_hides_what_is_secret():
    settings = Settings(
        secret="s" * 32,
        api_key="hunter2hunter2hunter2",
        database_url="postgresql://u:hunter2@h:5432/d?password=hunter2",
        nats_url="nats://hunter2@a:4222,nats://b:hunter2@b:4222",
    )
    lines = {line.name: line for line in settings.describe()}
    assert set(lines) == {variable(field) for field in Settings.__struct_fields__}
    assert "hunter2" not in str(lines)
    assert lines["DATABASE_URL"].value == "postgresql://***@h:5432/d"
    assert lines["NATS_URL"].value == "nats://***@a:4222,nats://***@b:4222"
    assert (lines["ONCUE_SECRET"].value, lines["ONCUE_SECRET"].given) == ("(hidden)", True)
    assert (lines["ONCUE_PORT"].value, lines["ONCUE_PORT"].given) == ("8080", False)


def test_what_works_but_not_as_meant_is_warned_of():
    warned = Settings(host="0.0.0.0", nats_url="nats://n").warnings()
    assert len(warned) == 2
    assert "https" in Settings(public_url="http://live.example.org").warnings()[0]


def test_following_the_files_of_formats_is_for_who_sits_at_the_machine():
    assert Settings(reload=True).warnings() == []
    assert "ONCUE_RELOAD" in Settings(reload=True, host="10.0.0.7").warnings()[0]
    assert "ONCUE_RELOAD" in Settings(reload=True, public_url="https://live.example.org").warnings()[0]
    assert Settings.read({"ONCUE_RELOAD": "True"}).reload


def test_the_pages_of_all_addresses_are_looked_for_on_this_machine():
    assert Settings(host="0.0.0.0", port=9).base_url == "http://127.0.0.1:9"
    assert Settings(host="::1", port=9).base_url == "http://[::1]:9"
    assert Settings(public_url="https://live.example.org/").base_url == "https://live.example.org"


def test_secrets_are_made_once_and_for_this_user_only(tmp_path):
    settings = Settings(data=str(tmp_path / "new"))
    secret, key = signing_secret(settings), api_key(settings)
    assert len(secret) >= 32
    assert key.encode() != secret
    assert (signing_secret(settings), api_key(settings)) == (secret, key)
    for name in ("secret", "api-key"):
        assert stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["api-key", "secret"]


def test_secrets_from_the_settings_come_first(tmp_path):
    settings = Settings(data=str(tmp_path), secret="s" * 32, api_key="k" * 16)
    assert (signing_secret(settings), api_key(settings)) == (b"s" * 32, "k" * 16)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_anybody_can_read_is_refused(tmp_path):
    settings = Settings(data=str(tmp_path))
    signing_secret(settings)
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(BadInput) as bad:
        signing_secret(settings)
    assert bad.value.code == "settings/open"
    assert "chmod 600" in bad.value.hint
