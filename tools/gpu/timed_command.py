"""Runs a command for a limited time; it and all that it started are gone afterwards."""

import os
import signal
import subprocess

KILL_SECONDS = 5  # a process that hangs in the driver may outlive its kill


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


def run(command, seconds, output, log):
    """Exit code; stdout goes to the file `output`, stderr to the open file `log`.

    TimedOut behind `seconds`. Neither waits for children that outlive the command.
    """
    with output.open("wb") as stdout:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=log, start_new_session=True
        )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimedOut() from None
    finally:
        end(process)


def interrupt_on_signals():
    """What ends the check from outside is an interrupt, so that the figures so far are printed."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
