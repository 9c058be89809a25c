"""A model of config.json alone: g4rt makes its weights and serves it."""

import unittest

from programs import artifact, main, run
from serving import serving

MODEL = "moe128.bf16.seed7"


class Synthetic(unittest.TestCase):
    """Weights from a seed, text as bytes."""

    def test_it_serves_answers(self):
        with serving(MODEL) as server:
            self.assertIn("synthetic: made at load from a seed", server.banner)
            self.assertEqual(server.get("/ready")[0], 200)
            answers = [server.chat("Hi", model="moe128", max_tokens=16, logit_bias={"1": -100}) for _ in range(2)]
            for status, answer in answers:
                self.assertEqual(status, 200, answer)
                self.assertEqual(answer["usage"]["completion_tokens"], 16)
            texts = [answer["choices"][0]["message"]["content"] for _, answer in answers]
            self.assertIn("<unused", texts[0])
            self.assertEqual(texts[0], texts[1])

    def test_text_is_one_id_a_byte(self):
        with serving(MODEL) as server:
            _, answer = server.post(
                "/v1/completions", {"model": "moe128", "prompt": "Grüße", "max_tokens": 1, "temperature": 0}
            )
            self.assertEqual(answer["usage"]["prompt_tokens"], len("Grüße".encode()))

    def test_the_seed_is_the_model(self):
        answers = [
            run("run", artifact(f"moe128.bf16.seed{seed}"), "-p", "Hi", "--temperature", 0, "-n", 12).stdout
            for seed in (7, 7, 8)
        ]
        self.assertEqual(answers[0], answers[1])
        self.assertNotEqual(answers[0], answers[2])


if __name__ == "__main__":
    main()
