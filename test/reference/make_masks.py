"""Who sees whom in the five text models where a prompt has soft tokens: f64, every layer, masks of generate()."""

import random
import shutil

import numpy as np
import torch

from families import FAMILIES, SEEDS
from make_models import write_json
from oracle import GOLDENS, ROOT, Oracle, save_array
from pictures import Prompt, picture_run
from precise import f64

IMAGE = -1


def soft_tokens(count, size):
    """[count, size] of -1 to 1, whole 64ths: a formula, so that a test can have them without a file."""
    i, c = np.arange(count)[:, None], np.arange(size)[None, :]
    return ((i * 73 + c * 151 + (i * c) % 1021 * 7) % 129 - 64) / 64.0


def prompt_of(name):
    """A picture at the very start, one longer than the window, two side by side, one at the very end."""
    config = FAMILIES[name]["text_config"]
    rng, window = random.Random(SEEDS[name]), config["sliding_window"]

    def words(count):
        return [rng.randrange(1, config["vocab_size"]) for _ in range(count)]

    spans = [5, window + 9, 7, 4, 6]
    ids = [IMAGE] * spans[0] + words(9) + [IMAGE] * spans[1] + words(window)
    ids += [IMAGE] * spans[2] + words(2) + [IMAGE] * spans[3] + words(5) + [IMAGE] * spans[4]
    return Prompt.of(ids, IMAGE, soft_tokens(sum(spans), config["hidden_size"]))


def recorded(prompt):
    """Rows before, at both ends of, within and after each picture."""
    rows = set()
    for begin, end in prompt.spans:
        rows |= {begin - 1, begin, (begin + end) // 2, end - 1, end, end + 3}
    return sorted(r for r in rows if 0 <= r < len(prompt.ids))


def distance(a, b):
    """Of hidden states [layer, row, hidden], a number a layer."""
    return [round(float(np.abs(x - y).max() / np.abs(x).max()), 9) for x, y in zip(a, b)]


def make(name):
    """The golden of one model."""
    folder = GOLDENS / "pictures" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    oracle, prompt = Oracle(ROOT / "test/inputs/models" / name, torch.float64), prompt_of(name)
    with f64():
        run, direct = picture_run(oracle, prompt), picture_run(oracle, prompt, direct=True)
    rows = recorded(prompt)
    manifest = {"model": f"test/inputs/models/{name}", "dtype": "float64", "files": {}}
    manifest |= {"prompt": prompt.facts(), "rows": rows}
    meaning = "[layer, row, hidden]: output of each decoder layer after its scalar, then the final norm's"
    save_array(folder, "hidden", run.hidden[:, rows].astype(np.float32), meaning, manifest)
    # Of generate()'s masks and those of a plain forward(), whose kinds of tokens are the same.
    manifest["forward against generate"] = distance(run.hidden, direct.hidden)
    write_json(folder / "manifest.json", manifest)
    print(name, "forward against generate", manifest["forward against generate"], flush=True)


def main():
    """Make all five."""
    torch.set_num_threads(1)
    for name in FAMILIES:
        make(name)


if __name__ == "__main__":
    main()
