"""The command line of g4rt: answers, and what it says to wrong files and flags."""

import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path

from programs import SECONDS, Paths, TempTest, artifact, copy_changed, main, process, run
from serving import CIRCLE, DRAW, serving


def private_memory(pid):
    """Bytes of a process that no file holds."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024


class Answers(TempTest):
    """g4rt run and g4rt chat."""

    def ask(self, *flags, model="tiny.bf16"):
        result = run("run", artifact(model), "-p", DRAW, *flags)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_run_answers_a_prompt(self):
        for model in ("tiny.bf16", "tiny.f32"):
            result = self.ask("--temperature", 0, model=model)
            self.assertIn(CIRCLE, result.stdout)
            self.assertEqual(result.stderr, "")

    def test_figures_come_on_stderr_where_asked_for(self):
        result = self.ask("--temperature", 0, "--verbose")
        self.assertRegex(result.stderr, r"answer +\d+ tokens, [\d.]+ tokens/s")
        self.assertRegex(result.stderr, r"variant +\S+: ")
        self.assertTrue(result.stdout.strip().endswith("</svg>"))

    def test_a_seed_gives_the_same_answer_twice(self):
        flags = ("--temperature", 2, "--top-k", 0, "--top-p", 1, "--max-tokens", 30)
        texts = [self.ask(*flags, "--seed", seed).stdout for seed in (1, 1, 2)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_a_seed_is_a_whole_number_of_64_bits(self):
        for seed in ("99999999999999999999", "1.5", "0x10", " 1", ""):
            result = run("run", artifact("tiny.bf16"), "-p", DRAW, "--seed", seed)
            self.assert_refused(result, 2, "whole number from 0 to 18446744073709551615")

    def test_max_tokens_ends_an_answer(self):
        whole, part = (self.ask("--temperature", 0, "-n", n).stdout for n in (300, 5))
        self.assertTrue(whole.startswith(part.rstrip("\n")))
        self.assertLess(len(part), len(whole) / 4)

    def test_raw_goes_on_with_the_text(self):
        prompt = f"<|turn>user\n{DRAW}<turn|>\n<|turn>model\n<|channel>thought\n<channel|>"
        result = run("run", artifact("tiny.bf16"), "--raw", "-p", prompt, "--temperature", 0)
        self.assertIn(CIRCLE, result.stdout)

    def test_chat_keeps_the_history(self):
        lines = "Draw a small green triangle.\nMake it red.\n"
        result = run("chat", artifact("tiny.bf16"), "--temperature", 0, input=lines)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("<polygon"), 2)
        self.assertIn('fill="red"', result.stdout.split("</svg>")[1])

    def test_control_d_ends_a_chat_on_a_terminal_and_control_c_does_not(self):
        master, slave = pty.openpty()
        self.shown = b""
        command = [Paths.g4rt, "chat", artifact("tiny.bf16"), "--temperature", "0"]
        # The terminal is closed first: a failure then ends the program, which is waited for.
        with (
            subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.PIPE) as child,
            os.fdopen(master, "rb", 0),
        ):
            os.close(slave)
            self.read_until(master, b"> ")
            child.send_signal(signal.SIGINT)  # stops an answer: there is none
            self.wait_until_taken(child)  # later it would stop the next one
            os.write(master, DRAW.encode() + b"\n")
            self.read_until(master, b"</svg>")
            self.read_until(master, b"> ")
            os.write(master, b"\x04")
            self.assertEqual(child.wait(SECONDS), 0)

    def wait_until_taken(self, child):
        """Returns when no signal to the process is pending."""
        status = Path(f"/proc/{child.pid}/status")
        end = time.monotonic() + SECONDS
        while int(re.search(r"ShdPnd:\s*(\w+)", status.read_text())[1], 16):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.001)

    def read_until(self, terminal, text):
        """Reads what a terminal shows up to and with `text`; what came after it is read next."""
        while text not in self.shown:
            self.assertTrue(select.select([terminal], [], [], SECONDS)[0], f"no {text} in {self.shown}")
            self.shown += os.read(terminal, 4096)
        self.shown = self.shown.partition(text)[2]


class WrongFiles(TempTest):
    """Exit code 3 and one line that names the file."""

    def refuse(self, path, *words):
        for command in (("run", path, "-p", "x"), ("chat", path), ("serve", path, "--port", 0)):
            self.assert_refused(run(*command, stdin=subprocess.DEVNULL), 3, path, *words)

    def test_no_file(self):
        self.refuse(str(self.folder / "none.g4"), "No such file")
        self.refuse(str(self.folder), "not a regular file")

    def test_a_file_of_something_else(self):
        self.refuse(self.write("x.g4", ""))
        self.refuse(self.write("x.g4", "hello" * 100))

    def test_a_file_that_was_cut(self):
        with open(artifact("tiny.bf16"), "rb") as file:
            whole = file.read()
        for size in (1, 64, 127, 128, 4096, len(whole) // 2, len(whole) - 1):
            with self.subTest(size):
                self.assert_refused(run("run", self.write("cut.g4", whole[:size]), "-p", "x"), 3, "cut.g4")

    def test_a_flipped_bit_anywhere(self):
        size = os.path.getsize(artifact("tiny.bf16"))
        target = self.folder / "flipped.g4"
        for offset in (0, 9, 17, 50, 120, 200, size // 3, size // 2, size - 5000, size - 700, size - 1):
            with self.subTest(offset):
                copy_changed(artifact("tiny.bf16"), target, offset, 0x10)
                self.assert_refused(run("run", target, "-p", "x"), 3, "flipped.g4")

    def test_weights_are_not_compared_where_told_so(self):
        target = self.folder / "weights.g4"
        copy_changed(artifact("tiny.bf16"), target, os.path.getsize(artifact("tiny.bf16")) // 2, 1)
        self.assert_refused(run("run", target, "-p", "x", "--verify"), 3, "weights.g4")
        self.assertEqual(run("run", target, "-p", "x", "--no-verify", "-n", 1).returncode, 0)


class WrongFlags(TempTest):
    """Exit code 2 and one line; what does not fit has 4."""

    def refuse(self, *arguments, words=()):
        self.assert_refused(run(*arguments, stdin=subprocess.DEVNULL), 2, *words)

    def test_what_the_parser_knows(self):
        model = artifact("tiny.bf16")
        self.refuse()
        self.refuse("dance", words=["dance", "serve"])
        self.refuse("run", words=["--model"])
        self.refuse("run", model, words=["--prompt"])
        self.refuse("run", model, "-p", "x", "--dance", words=["--dance"])
        self.refuse("run", model, "-p", "x", "--seed", "abc", words=["--seed"])
        self.refuse("run", model, "-p", "x", "--threads", 0, words=["--threads"])
        self.refuse("serve", model, "--port", 65536, words=["--port", "65535"])
        self.refuse("serve", model, "--max-num-seqs", -1, words=["--max-num-seqs"])
        self.refuse("serve", model, "--max-model-len", "12q", words=["--max-model-len"])
        self.refuse("serve", model, "--verify", "--no-verify", words=["verify"])

    def test_what_the_model_cannot_do(self):
        model = artifact("tiny.bf16")
        self.refuse("run", model, "-p", "x", "--max-model-len", "1m", words=["--max-model-len"])
        self.refuse("run", model, "-p", "x", "--max-model-len", "4k", words=["4096", "2048 positions"])
        self.refuse("run", model, "-p", "x", "--temperature", -1, words=["temperature"])
        self.refuse("run", model, "-p", "a b c " * 2000, words=["context_length_exceeded"])
        self.refuse("serve", model, "--port", 0, "--host", "elsewhere", words=["elsewhere"])

    def test_text_that_is_no_utf8(self):
        command = [Paths.g4rt, "run", artifact("tiny.bf16"), "-p", b"\xff\xfe"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        self.assert_refused(result, 2, "--prompt", "UTF-8")

    def test_logits_never_take_the_place_of_a_device(self):
        ids = self.write("ids.json", "[[2, 3]]")
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        self.refuse("eval", artifact("tiny.bf16"), "--tokens", ids, "--logits", pipe, words=["regular file"])
        self.assertTrue(pipe.is_fifo())

    def test_a_full_disk_behind_stdout_is_told(self):
        run = ["run", artifact("tiny.bf16"), "-p", DRAW, "-n", "3"]
        for words in (run, ["--help"], ["--version"], ["serve", "--help=all"]):
            with open("/dev/full", "wb") as full:
                result = subprocess.run([Paths.g4rt, *words], stdout=full, stderr=subprocess.PIPE, text=True,
                                        timeout=SECONDS, check=False)
            self.assertEqual(result.returncode, 4, (words, result.stderr))
            self.assertIn("stdout", result.stderr)

    def test_a_missing_stdout_is_told_and_no_file_takes_its_place(self):
        command = f"exec {shlex.quote(Paths.g4rt)} run {shlex.quote(artifact('tiny.bf16'))} -p Hi -n 3 >&- <&-"
        result = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn("stdout", result.stderr)

    def test_nobody_else_is_served_without_a_word(self):
        self.refuse("serve", artifact("tiny.bf16"), "--host", "0.0.0.0", words=["0.0.0.0", "--insecure-no-auth"])

    def test_a_plan_that_does_not_fit_is_shown(self):
        result = run("serve", artifact("tiny.bf16"), "--port", 0, "--max-num-seqs", 65536, "--max-num-batched-tokens", 65536)
        self.assert_refused(result, 4, "weights", "KV cache", "65536 sequences", "available")

    def test_a_limit_is_kept_and_a_refusal_says_what_would_fit(self):
        result = run("serve", artifact("tiny.bf16"), "--port", 0, "--memory", "180MiB", "--max-num-seqs", 200)
        self.assert_refused(result, 4, "200 sequences", "52.0 MiB are available")
        sequences = int(re.search(r"--max-num-seqs (\d+) or", result.stderr)[1])
        for count, code in ((sequences, 0), (sequences + 1, 4)):
            flags = ("--print-plan", "--memory", "180MiB", "--max-num-seqs", count)
            self.assertEqual(run("serve", artifact("tiny.bf16"), *flags).returncode, code)
        self.refuse("serve", artifact("tiny.bf16"), "--memory", "much", words=["much", "20GiB"])

    def test_a_file_has_its_own_kv_cache(self):
        result = run("run", artifact("tiny.bf16"), "-p", "x", "--kv-cache-dtype", "int8")
        self.assert_refused(result, 2, "int8", "bf16", "g4c compile --kv-cache-dtype int8")
        result = run("run", artifact("tiny.bf16"), "-p", "x", "-n", 1, "--kv-cache-dtype", "bf16")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_help_is_no_error(self):
        for command in ((), ("run",), ("chat",), ("serve",), ("eval",)):
            result = run(*command, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Usage", result.stdout)
        self.assertRegex(run("--version").stdout, r"^g4rt \d+\.\d+\.\d+\n$")


class Plan(TempTest):
    """g4rt serve --print-plan: what a start would take, and no start."""

    def plan(self, *flags):
        result = run("serve", artifact("tiny.bf16"), "--print-plan", *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_people_and_programs_get_the_same_numbers(self):
        flags = ("--max-num-seqs", 3, "--max-model-len", "1k", "--memory", "1GiB")
        plan = json.loads(self.plan("--json", *flags))
        self.assertEqual((plan["max_num_seqs"], plan["max_model_len"]), (3, 1024))
        parts = ("weights", "kv_cache", "working_memory", "page_tables", "margin")
        self.assertEqual(sum(plan["bytes"][part] for part in parts), plan["bytes"]["total"])
        self.assertEqual(plan["bytes"]["limit"], 1 << 30)
        text = self.plan(*flags)
        self.assertIn("3 sessions of 1024 tokens", text)
        self.assertIn(f"{plan['bytes']['total'] / 2**20:.1f} MiB  fits into 1.0 GiB", text)

    def test_what_is_printed_is_what_is_taken_before_the_first_request(self):
        flags = ("--max-num-seqs", 200)
        plan = json.loads(self.plan("--json", *flags))["bytes"]
        planned = sum(plan[part] for part in ("kv_cache", "working_memory", "page_tables"))
        self.assertGreater(planned, 50 << 20)
        with serving("tiny.bf16", *flags) as server:
            engine = server.engine_pid()
            loaded = private_memory(engine)
            self.assertEqual(server.chat(DRAW)[0], 200)
            served = private_memory(engine)
        self.assertGreaterEqual(loaded, planned)
        self.assertLessEqual(loaded, planned + plan["margin"])
        self.assertLessEqual(served, loaded + (8 << 20))


class Interrupts(TempTest):
    """Control-C ends an answer."""

    def test_an_interrupted_run_ends(self):
        flags = ("--raw", "-p", "a", "--temperature", 2, "--top-k", 0, "--top-p", 1)
        with process("run", artifact("tiny.f32"), *flags, "--threads", 1) as child:
            child.stdout.read(1)  # it answers
            child.send_signal(signal.SIGINT)
            start = time.monotonic()
            child.communicate(timeout=SECONDS)
            self.assertIn(child.returncode, (0, 1))
            self.assertLess(time.monotonic() - start, 10)


if __name__ == "__main__":
    main()
