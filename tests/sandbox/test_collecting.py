"""Garbage collection is put off for a while, and comes back as it was."""

from __future__ import annotations

import gc

import pytest

from rolelab.sandbox import collecting


def test_it_is_put_off_and_comes_back() -> None:
    with collecting.put_off():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_comes_back_after_an_error() -> None:
    with pytest.raises(ValueError, match="half"), collecting.put_off():
        raise ValueError("half of the records")
    assert gc.isenabled()


def test_who_had_switched_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with collecting.put_off():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
