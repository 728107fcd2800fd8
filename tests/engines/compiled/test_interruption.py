"""Ctrl-C while a program is compiled waits until that is done."""

import os
import signal
import threading

import pytest

from backproof.engines.compiled.interruption import uninterrupted


def test_what_was_begun_is_done_and_then_it_stops() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = []

    def compile_while_it_is_pressed() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        done.append("compiled")

    try:
        with pytest.raises(KeyboardInterrupt), uninterrupted():
            compile_while_it_is_pressed()
        assert done == ["compiled"]
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(OSError, match="full"), uninterrupted():
            raise OSError("the disk is full")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_which_can_catch_no_signal_compiles_all_the_same() -> None:
    done = []

    def compile_something() -> None:
        with uninterrupted():
            done.append("compiled")

    thread = threading.Thread(target=compile_something)
    thread.start()
    thread.join()
    assert done == ["compiled"]
