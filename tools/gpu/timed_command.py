"""Runs a command for a limited time; it and all that it started are gone afterwards."""

import os
import signal
import subprocess
import time

KILL_SECONDS = 5  # a process that hangs in the driver may outlive its kill
signals = []  # that came


class TimedOut(Exception):
    pass


def end(process):
    """Ends the command's session: a launcher's children hold the GPU as well."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    try:
        process.wait(KILL_SECONDS)
    except subprocess.TimeoutExpired:
        pass


def interrupt_on_signals():
    """What ends the check from outside interrupts its command, so that the figures so far are printed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: signals.append(number))


def wait(process, end):
    """Exit code. Looks up now and then: an exception from a signal's handler could leave a process that nobody knows."""
    while True:
        try:
            return process.wait(0.1)
        except subprocess.TimeoutExpired:
            if signals:
                raise KeyboardInterrupt from None
            if time.monotonic() >= end:
                raise TimedOut from None


def run(command, seconds, output, log):
    """Exit code; stdout goes to the file `output`, stderr to the open file `log`.

    TimedOut behind `seconds`, KeyboardInterrupt behind a signal. Neither waits for children that outlive the command.
    """
    if signals:
        raise KeyboardInterrupt
    end_time = time.monotonic() + seconds
    with output.open("wb") as stdout:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=log, start_new_session=True
        )
    try:
        return wait(process, end_time)
    finally:
        end(process)
