#!/usr/bin/env python3
"""Checks and measures a bundle on a GPU: check_gpu.py KIND BUNDLE OUT [PART...]

Reads BUNDLE/plan.json, which says what each part runs and how long it may take. Writes OUT/result.json and a log for every
command; prints a table last. A part that fails or cannot run says why, and the others go on. Exit code 1 if one failed, 130
if the check was interrupted. KIND is cuda or hip. Python 3.7 or newer.
"""

import array
import ast
import datetime
import json
import math
import os
import shutil
import struct
import sys
import time
from pathlib import Path

import machine_facts
import timed_command
from check_table import summary

NO_ROOM = 4  # exit code of serve-bench: the plan does not fit into the GPU's memory


class Failed(Exception):
    """The part's result is wrong; the message says what. `found`: what is known all the same, `code`: the program's."""

    def __init__(self, message, found=None, code=None):
        super().__init__(message)
        self.found, self.code = found, code


class Skipped(Exception):
    """The part cannot run here; the message says why."""


class Check:
    def __init__(self, kind, bundle, out):
        self.kind, self.bundle, self.out = kind, bundle.resolve(), out.resolve()
        self.plan = json.loads((bundle / "plan.json").read_text())
        self.end = time.monotonic() + self.plan["seconds"]
        self.device = self.plan.get("device", f"{kind}:0")
        if not self.device.startswith(kind):
            raise OSError(f"the bundle is for {self.device}, this checks {kind}")
        self.count = 0
        self.logs = self.out / "logs"
        shutil.rmtree(str(self.logs), ignore_errors=True)  # of an earlier run
        self.logs.mkdir()

    def seconds_left(self):
        return self.end - time.monotonic()

    def run(self, command, seconds, accept=(0,)):
        """stdout of a command; both streams go to OUT/logs."""
        seconds = min(seconds, self.seconds_left())
        if seconds < 1:
            raise Failed(f"no time left: all parts together have {self.plan['seconds']} s")
        self.count += 1
        command = list(map(str, command))
        name = Path(command[0]).name
        log, output = (self.logs / f"{self.count:02d}-{name}.{end}" for end in ("txt", "out"))
        with log.open("w") as file:
            file.write(" ".join(command) + "\n")
            file.flush()
            try:
                code = timed_command.run(command, seconds, output, file)
            except timed_command.TimedOut:
                raise Failed(f"{name}: not done after {seconds:.0f} s ({log.name})") from None
        printed = output.read_text(errors="replace")
        if code not in accept:
            last = (log.read_text(errors="replace") + printed).strip().splitlines()[-1]
            raise Failed(f"{name}: exit code {code}: {last[:300]} ({log.name})", code=code)
        return printed

    def report(self, name):
        """Where a program writes its figures; those of an earlier run are gone."""
        path = self.out / name
        if path.exists():
            path.unlink()
        return path

    def program(self, name):
        return self.bundle / "bin" / name

    def model(self, name):
        path = self.bundle / "models" / name
        if not path.exists():
            raise Skipped(f"the bundle has no {name}")
        return path


def read_npy(path):
    """Shape and numbers of an f32 array."""
    data = path.read_bytes()
    size = struct.unpack_from("<H", data, 8)[0]
    header = ast.literal_eval(data[10 : 10 + size].decode())
    numbers = array.array("f")
    numbers.frombytes(data[10 + size :])
    return header["shape"], numbers


# Parts: each takes the check and its entry of the plan, gives what goes into the JSON.


def machine(check, part):
    facts = {"host": os.uname().nodename, "kernel": os.uname().release, "cores": os.cpu_count()}
    return {"gpus": machine_facts.gpus(check.kind, lambda command: check.run(command, part["seconds"])), **facts}


def conformance(check, part):
    report = check.report("conformance.json")
    command = [check.program("g4rt-device-test"), f"--{check.kind}-code={check.bundle / 'conformance'}"]
    command += ["--gtest_filter=*/Cubin:*/Ptx:*/Hsaco", f"--gtest_output=json:{report}"]
    check.run(command, part["seconds"], accept=(0, 1))
    found = json.loads(report.read_text())
    results = [test["result"] for suite in found["testsuites"] for test in suite["testsuite"]]
    completed = results.count("COMPLETED")
    if completed < 10:
        raise Failed(f"{completed} tests ran: the suite was not there")
    if found["failures"]:
        raise Failed(f"{found['failures']} of {found['tests']} tests failed")
    return {"tests": completed}


def top_of(row):
    return max(range(len(row)), key=row.__getitem__)


def tokens(check, part):
    """Logits of given ids, and a greedy answer, on both devices."""
    model, ids = check.model(part["file"]), check.bundle / "tokens.json"
    rows, answers = {}, {}
    for device in ("cpu", check.device):
        out = check.out / f"{part['file']}.{device.replace(':', '')}.npy"
        flags = ["--tokens", ids, "--logits", out, "--device", device]
        check.run([check.program("g4rt"), "eval", model, *flags], part["seconds"])
        (count, width), numbers = read_npy(out)
        out.unlink()
        if not all(map(math.isfinite, numbers)):
            raise Failed(f"{device}: logits that are no numbers")
        rows[device] = [numbers[i * width : (i + 1) * width] for i in range(count)]
        flags = ["-p", "Draw a red circle.", "--temperature", "0", "-n", part["answer"], "--device", device]
        answers[device] = check.run([check.program("g4rt"), "run", model, *flags], part["seconds"])
    pairs = list(zip(rows["cpu"], rows[check.device]))
    largest = max(max(map(abs, a)) for a, _ in pairs)
    worst = max(max(abs(x - y) for x, y in zip(a, b)) for a, b in pairs) / largest
    same = sum(top_of(a) == top_of(b) for a, b in pairs) / len(pairs)
    result = {"ids": len(pairs), "same_top1": same, "logits_differ_by": worst}
    result["answer_is_equal"] = answers["cpu"] == answers[check.device]
    if same < part["least_same_top1"] or (part["exact"] and not result["answer_is_equal"]):
        raise Failed(f"not the CPU's tokens: {json.dumps(result)}", result)
    return result


def device_check(check, part):
    model, report = check.model(part["file"]), check.report(f"device-check.{part['name']}.json")
    command = [check.program("device-check"), model, "--device", check.device, "--json", report]
    command += ["--rows", ",".join(map(str, part["rows"])), *part.get("flags", [])]
    twins = check.bundle / "reference.cubin"
    if twins.exists():
        command += ["--twins", twins]
    try:
        print(check.run(command, part["seconds"], accept=(0, 1)))
    except Failed as why:
        raise Failed(str(why), json.loads(report.read_text()) if report.exists() else None) from None
    found = json.loads(report.read_text())
    wrong = [row["kernel"] for row in found["checks"] if not row["passed"]]
    result = {key: found[key] for key in ("device", "target", "ceilings", "has_twins", "not_compared", "checks", "times")}
    if not found["passed"]:
        raise Failed(f"{len(wrong)} kernels are wrong: {', '.join(wrong[:4])}; {found['not_compared']} not compared", result)
    return result


def sanitize(check, part):
    tool = shutil.which("compute-sanitizer") or "/usr/local/cuda/bin/compute-sanitizer"
    if not Path(tool).exists():
        raise Skipped("compute-sanitizer is not installed")
    command = [tool, "--tool", part["tool"], "--error-exitcode", 9]
    command += [check.program("g4rt"), "run", check.model(part["file"])]
    command += ["-p", "Hi", "--temperature", "0", "-n", part["answer"], "--device", check.device]
    check.run(command, part["seconds"])
    return {"clean": True}


def bench(check, part):
    model, report = check.model(part["file"]), check.report(f"bench.{part['name']}.json")
    command = [check.program("serve-bench"), model, "--device", check.device, "--json", report]
    try:
        print(check.run([*command, *part["flags"]], part["seconds"]))
    except Failed as why:
        if why.code == NO_ROOM:
            raise Skipped(str(why)) from None
        raise Failed(str(why), json.loads(report.read_text()) if report.exists() else None) from None
    found = json.loads(report.read_text())
    plan, used = sum(found["plan_bytes"].values()), found.get("memory_used_bytes")
    if used:
        found["memory_used_over_plan"] = used / plan
    return found


INTERRUPTED = "interrupted"
PARTS = {
    "machine": machine,
    "conformance": conformance,
    "tokens": tokens,
    "device_check": device_check,
    "sanitize": sanitize,
    "bench": bench,
}


def run_part(check, part):
    begin = time.monotonic()
    result = {"part": part["part"], "name": part.get("name", part["part"]), "status": "passed"}
    try:
        result["result"] = PARTS[part["part"]](check, part)
    except Skipped as why:
        result.update(status="skipped", why=str(why))
    except Failed as why:
        result.update(status="failed", why=str(why), **({"result": why.found} if why.found else {}))
    except KeyboardInterrupt:
        result.update(status="failed", why=INTERRUPTED)
    except Exception as why:  # whatever a program or nvidia-smi left: the other parts go on
        result.update(status="failed", why=f"{type(why).__name__}: {why}")
    result["took_seconds"] = round(time.monotonic() - begin, 2)
    print(f"{result['name']}: {result['status']} {result.get('why', '')} ({result['took_seconds']} s)", flush=True)
    return result


def run_parts(check, parts, document):
    results = document["parts"]
    for part in parts:
        results.append(run_part(check, part))
        # What is there is there, whatever happens next.
        (check.out / "result.json").write_text(json.dumps(document, indent=1) + "\n")
        if results[-1].get("why") == INTERRUPTED:
            return 130
    return int(any(result["status"] == "failed" for result in results))


def main():
    kind, bundle, out, wanted = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]
    timed_command.interrupt_on_signals()
    try:
        check = Check(kind, bundle, out)
    except OSError as why:
        sys.exit(f"check_gpu.py: {why}")
    names = {name for part in check.plan["parts"] for name in (part["part"], part.get("name"))}
    unknown = set(wanted) - names
    if unknown:
        sys.exit(f"check_gpu.py: no part {', '.join(sorted(unknown))}; there are {', '.join(sorted(filter(None, names)))}")
    parts = [p for p in check.plan["parts"] if not wanted or {p["part"], p.get("name")} & set(wanted)]
    document = {key: check.plan[key] for key in ("commit", "made", "seconds")}
    document.update(date=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), parts=[])
    code = run_parts(check, parts, document)
    print(f"\ncommit {document['commit']}, {document['date']}")
    for result in document["parts"]:
        print(f"{result['name']:24} {result['status']:8} {summary(result)}")
    return code


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("usage: check_gpu.py KIND BUNDLE OUT [PART...]")
    sys.exit(main())
