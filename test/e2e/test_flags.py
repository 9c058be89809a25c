"""Where g4rt serve has its flags from, and what it says to wrong ones."""

import json
import os

from programs import TempTest, artifact, main, run
from serving import serving


class Flags(TempTest):
    """What a start would take shows which flags hold."""

    def plan(self, *flags, env=None, model=True):
        models = [artifact("tiny.bf16")] if model else []
        result = run("serve", *models, "--print-plan", "--json", *flags, env={**os.environ, **(env or {})})
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout), result.stderr

    def sequences(self, *flags, **others):
        return self.plan(*flags, **others)[0]["max_num_seqs"]

    def config(self, text):
        return self.write("config.yaml", text)

    def test_the_command_line_goes_before_the_environment_and_that_before_the_file(self):
        file = ("--config", self.config("max-num-seqs: 3\nmax_model_len: 1k\n"))
        env = {"G4_MAX_NUM_SEQS": "5"}
        self.assertEqual(self.sequences(*file), 3)
        self.assertEqual(self.sequences(*file, env=env), 5)
        self.assertEqual(self.sequences(*file, "--max-num-seqs", 7, env=env), 7)
        self.assertEqual(self.plan(*file)[0]["max_model_len"], 1024)

    def test_the_model_may_stand_in_the_file(self):
        config = self.config(f"model: {artifact('tiny.bf16')}\nmax-num-seqs: 2\n")
        self.assertEqual(self.sequences("--config", config, model=False), 2)

    def test_words_of_other_servers_are_taken(self):
        self.assertEqual(self.sequences("-np", 6), 6)
        self.assertEqual(self.sequences("--parallel", 6, "--batch-size", 64), 6)
        plan, said = self.plan("--jinja", "-fa", "on", "--enable-auto-tool-choice", "--tool-call-parser", "gemma4")
        self.assertEqual(plan["max_num_seqs"], 16)
        self.assertIn("--jinja: is always so", said)
        self.assertEqual(self.sequences("-m", artifact("tiny.bf16"), "-np", 3, model=False), 3)

    def test_a_typo_has_a_nearest_name(self):
        for words, nearest in (
            (("serve", "x.g4", "--prot", 1), "--port"),
            (("serve", "x.g4", "--max-num-seq=2"), "--max-num-seqs"),
            (("serv", "x.g4"), "serve"),
            (("run", "x.g4", "-p", "a", "--max-tokns", 1), "--max-tokens"),
        ):
            self.assert_refused(run(*words), 2, f"is it {nearest}?")
        config = self.config("max-num-sqes: 2\n")
        self.assert_refused(run("serve", "x.g4", "--config", config), 2, "is it max-num-seqs?")

    def test_a_wrong_file_is_wrong_usage(self):
        for text in ("- 1\n", "port: [\n", "port: {a: 1}\n", "port: word\n"):
            with self.subTest(text):
                result = run("serve", artifact("tiny.bf16"), "--print-plan", "--config", self.config(text))
                self.assert_refused(result, 2)
        self.assert_refused(run("serve", "x.g4", "--config", "/no/such/file"), 2, "/no/such/file")

    def test_help_is_a_screen_or_all(self):
        short, whole = (run("serve", flag).stdout for flag in ("--help", "--help=all"))
        self.assertLessEqual(len(short.splitlines()), 50)
        self.assertIn("--help=all", short)
        for flag in ("--port", "--config", "--api-key"):
            self.assertIn(flag, short)
        for flag in ("--step-timeout", "--allowed-origins", "--no-sandbox"):
            self.assertNotIn(flag, short)
            self.assertIn(flag, whole)

    def test_a_file_serves_and_its_keys_hold(self):
        config = self.config("served-model-name: small\napi-key: [one, two]\nmax-num-seqs: 2\nport: 0\n")
        with serving("tiny.bf16", "--config", config) as server:
            self.assertEqual(server.get("/v1/models")[0], 401)
            status, models = server.request("GET", "/v1/models", headers={"X-Api-Key": "two"})
            self.assertEqual((status, models["data"][0]["id"]), (200, "small"))

    def test_an_origin_must_be_one(self):
        for origin in ("chat.example", "https://chat.example/path", ""):
            self.assert_refused(run("serve", artifact("tiny.bf16"), "--allowed-origins", origin, "--port", 0), 2)


if __name__ == "__main__":
    main()
