"""g4rt bench serve against a server of OpenAI's API that is not ours: mockllm from PyPI, which answers from a file."""

import json
import subprocess
import sys
from pathlib import Path

from programs import SECONDS, TempTest, main, run
from serving import free_port, listens, until

ANSWER = "A foreign answer."  # a piece a letter


class BenchForeign(TempTest):
    """The command and its file."""

    def start(self):
        """The server's port."""
        port = free_port()
        file = self.write("answers.yml", json.dumps({"responses": {}, "defaults": {"unknown_response": ANSWER}}))
        command = [Path(sys.executable).with_name("mockllm"), "start", "--responses", file, "--port", str(port)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait, SECONDS)
        self.addCleanup(child.terminate)
        self.assertTrue(until(lambda: listens(port)))
        return port

    def test_its_answers_are_counted(self):
        file = self.folder / "result.json"
        flags = ("--num-prompts", 8, "--max-concurrency", 4, "--dataset-name", "fixed", "--prompt", "a question")
        url = f"http://127.0.0.1:{self.start()}"
        done = run("bench", "serve", "--url", url, "--model", "any", "--result-filename", file, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(file.read_text())
        self.assertEqual((result["completed"], result["failed"]), (8, 0))
        self.assertEqual(result["total_output_tokens"], 8 * len(ANSWER))  # it counts none itself: the pieces
        self.assertEqual([len(times) for times in result["itls"]], [len(ANSWER) - 1] * 8)


if __name__ == "__main__":
    main()
