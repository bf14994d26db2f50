"""Secrets at rest: sealed, opened with any of our keys, lost without them."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.secrets import SealError, Secrets
from core.settings import Settings


def test_a_secret_is_not_readable_while_it_is_sealed():
    secrets = Secrets(["a key"])
    sealed = secrets.seal("whsec_abc")
    assert b"whsec_abc" not in sealed
    assert secrets.open(sealed) == "whsec_abc"


def test_a_key_is_replaced_step_by_step():
    old = Secrets(["old"]).seal("x")
    both = Secrets(["new", "old"])
    assert both.open(old) == "x"
    assert Secrets(["new"]).open(both.seal("y")) == "y"


def test_without_its_key_a_secret_is_lost_and_says_so():
    with pytest.raises(SealError, match="MUSTER_SECRET_KEY"):
        Secrets(["new"]).open(Secrets(["old"]).seal("x"))


def test_the_key_of_the_settings_comes_first(tmp_path):
    given = Secrets.of(Settings(data_dir=tmp_path, secret_key=" new , old "))
    assert given.open(Secrets(["old"]).seal("x")) == "x"
    assert list(tmp_path.iterdir()) == []


def test_without_a_key_one_is_made_once_for_its_owner_only(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        sealers = list(pool.map(lambda _: Secrets.of(settings), range(8)))
    sealed = [sealer.seal("x") for sealer in sealers]
    assert {opener.open(one) for opener in sealers for one in sealed} == {"x"}
    (file,) = (tmp_path / "data").iterdir()
    assert file.name == "secret.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
