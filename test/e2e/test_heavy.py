"""Grammars that take too long: who sent them is refused, and nobody else notices."""

import json
import threading
import unittest

from programs import SECONDS, main
from serving import DRAW, NO_END, serving


def chain(length):
    rules = [f"{f'r{i}' if i else 'root'} ::= r{i + 1} | \"a\"" for i in range(length)]
    return "\n".join([*rules, f'r{length} ::= "b"'])


HEAVY = {
    "alternatives": {"guided_regex": "|".join(["a" * 50] * 5000)},
    "strings": {"guided_json": json.dumps({"enum": ["x" * i for i in range(1500)]})},
    "rules": {"grammar": chain(3000)},
}


# Seconds of processor time: a tenth of what the lightest of these takes on a fast machine, and ten times what an ordinary
# grammar takes on a slow one.
BUDGET = 0.3


class Heavy(unittest.TestCase):
    """Each beside an answer that has nothing to do with it."""

    def test_they_are_refused_and_end_no_other_answer(self):
        with serving("tiny.bf16", "--threads", 1, "--grammar-timeout", BUDGET) as server:
            server.seconds = 10 * SECONDS  # what is refused for its processor time takes longer on a loaded machine
            right = server.chat(DRAW, max_tokens=1900, logit_bias=NO_END)[1]["choices"]
            for name, fields in HEAVY.items():
                others = []
                other = threading.Thread(
                    target=lambda: others.append(server.chat(DRAW, max_tokens=1900, logit_bias=NO_END))
                )
                other.start()
                with self.subTest(name):
                    status, answer = server.chat("x", max_tokens=5, **fields)
                    self.assertEqual(status, 400, answer)
                    self.assertEqual(answer["error"]["param"], "grammar")
                    self.assertIn("takes too long", answer["error"]["message"])
                    other.join(server.seconds)
                    self.assertEqual([(got, body.get("choices")) for got, body in others], [(200, right)])
                    self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])
            # A grammar of an ordinary size is still obeyed.
            answer = server.chat(DRAW, guided_choice=["yes", "no"])[1]
            self.assertIn(answer["choices"][0]["message"]["content"], ("yes", "no"))


if __name__ == "__main__":
    main()
