"""g4rt bench serve measures to a millisecond: its percentiles against those of the moments at which a server wrote.

Both run ahead of everything else where that is allowed (root); still a busy machine may come between, so one of some runs
has to be right.
"""

import contextlib
import json
import os

from programs import TempTest, main, percentile, run
from test_bench import Scripted

RUNS = 10
TOLERANCE = 1.0  # milliseconds
PERCENTILES = (50, 90, 95, 99)


def run_first():
    """This process and its children before all that are not in a hurry."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


class BenchTimes(TempTest):
    """The command against a server that notes when it writes."""

    def largest_error(self):
        """Of all percentiles, in milliseconds."""
        server = Scripted()
        file = self.folder / "result.json"
        flags = ("--num-prompts", 12, "--max-concurrency", 2, "--metric-percentiles", ",".join(map(str, PERCENTILES)))
        done = run("bench", "serve", "--url", server.url, "--result-filename", file, *flags)
        server.close()
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(file.read_text())
        times = {
            "ttft": [1000 * (moments[0] - came) for came, moments in zip(server.came, server.sent, strict=True)],
            "itl": [1000 * (b - a) for moments in server.sent for a, b in zip(moments, moments[1:], strict=False)],
            "e2el": [1000 * (moments[-1] - came) for came, moments in zip(server.came, server.sent, strict=True)],
            "tpot": [1000 * (moments[-1] - moments[0]) / (len(moments) - 1) for moments in server.sent],
        }
        return max(
            abs(result[f"p{percent}_{name}_ms" if percent != 50 else f"median_{name}_ms"] - percentile(values, percent / 100))
            for name, values in times.items()
            for percent in PERCENTILES
        )

    def test_every_percentile_is_right_to_a_millisecond(self):
        run_first()
        errors = []
        while len(errors) < RUNS and not (errors and errors[-1] <= TOLERANCE):
            errors.append(self.largest_error())
        print(f"largest error of a percentile: {', '.join(f'{error:.3f}' for error in errors)} ms")
        self.assertLessEqual(errors[-1], TOLERANCE)


if __name__ == "__main__":
    main()
