"""Whether this machine is idle, and what it is."""

import os
import pathlib
import platform
import time

IDLE_SHARE = 0.04  # of one core, that others may use
WAIT_SECONDS = 300


def cpu_seconds():
    """(busy, stolen) seconds of all cores since the start."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = (int(field) / os.sysconf("SC_CLK_TCK") for field in fields[:8])
    return user + nice + system + irq + softirq, steal


def foreign_load(seconds=2.0):
    """Cores that others keep busy, or that the host takes, while this process sleeps."""
    before, start = cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    after, took = cpu_seconds(), time.monotonic() - start
    return sum(b - a for a, b in zip(before, after)) / took


def wait_until_idle():
    """False if the machine does not become idle."""
    end = time.monotonic() + WAIT_SECONDS
    while foreign_load() > IDLE_SHARE:
        if time.monotonic() > end:
            return False
    return True


def describe():
    """One line."""
    info = pathlib.Path("/proc/cpuinfo").read_text()
    values = dict(line.split(":", 1) for line in info.split("\n\n", 1)[0].splitlines() if ":" in line)
    values = {key.strip(): value.strip() for key, value in values.items()}
    wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")
    flags = [flag for flag in wanted if flag in values.get("flags", "").split()]
    return f"{values.get('model name', platform.machine())}, {os.cpu_count()} cores, {' '.join(flags)}"
