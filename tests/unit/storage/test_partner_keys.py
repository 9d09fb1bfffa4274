"""Partners' keys: told from other texts by how they read, and from mistyped ones."""

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.partner_keys import digest, hint, is_partner_key, new_partner_key

LETTERS = string.digits + string.ascii_letters
EITHER = pytest.mark.parametrize("is_test", [False, True])


def begins(*, is_test: bool) -> str:
    return "gkbtest_" if is_test else "gkb_"


@EITHER
def test_a_key_says_what_it_is_and_of_which_kind(is_test: bool) -> None:
    key = new_partner_key(is_test=is_test)
    assert re.fullmatch(begins(is_test=is_test) + "[0-9A-Za-z]{38}", key)
    assert is_partner_key(key)


@EITHER
def test_no_two_are_alike_nor_the_hashes_by_which_they_are_known(is_test: bool) -> None:
    keys = {new_partner_key(is_test=is_test) for _ in range(200)}
    assert len({digest(key) for key in keys}) == 200
    assert all(len(digest(key)) == 32 for key in keys)


@EITHER
def test_people_tell_them_apart_by_how_they_begin(is_test: bool) -> None:
    key = new_partner_key(is_test=is_test)
    assert hint(key) == key[: len(begins(is_test=is_test)) + 4]


@given(is_test=st.booleans(), place=st.integers(0, 37), letter=st.sampled_from(LETTERS))
def test_one_letter_that_is_another_is_noticed(is_test: bool, place: int, letter: str) -> None:
    key = new_partner_key(is_test=is_test)
    at = len(begins(is_test=is_test)) + place
    assume(key[at] != letter)
    assert not is_partner_key(key[:at] + letter + key[at + 1 :])


@given(is_test=st.booleans(), place=st.integers(0, 30))
def test_two_letters_that_have_changed_places_are_noticed(is_test: bool, place: int) -> None:
    key = new_partner_key(is_test=is_test)
    at = len(begins(is_test=is_test)) + place
    one, other = key[at], key[at + 1]
    assume(one != other)
    assert not is_partner_key(key[:at] + other + one + key[at + 2 :])


@given(is_test=st.booleans(), length=st.integers(0, 45))
def test_the_beginning_of_one_is_none(is_test: bool, length: int) -> None:
    key = new_partner_key(is_test=is_test)
    assume(length < len(key))
    assert not is_partner_key(key[:length])


@given(st.text())
def test_what_somebody_types_is_none(text: str) -> None:
    key = new_partner_key(is_test=False)
    assert not is_partner_key(text)
    for changed in (key + text, text + key):
        assert is_partner_key(changed) == (text == "")


def test_one_of_the_other_kind_is_none() -> None:
    """What checks it knows of the prefix, too."""
    key, test_key = new_partner_key(is_test=False), new_partner_key(is_test=True)
    assert not is_partner_key(key.replace("gkb_", "gkbtest_"))
    assert not is_partner_key(test_key.replace("gkbtest_", "gkb_"))
    assert not is_partner_key(key.replace("gkb_", "GKB_"))
    assert not is_partner_key(f"{key[:-1]}１")  # a digit of another script
