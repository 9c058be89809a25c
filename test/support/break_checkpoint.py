#!/usr/bin/env python3
"""Copies a checkpoint and breaks one thing in it.

Usage: break_checkpoint.py SOURCE DEST DEFECT [ARGUMENTS]. The defects are the
functions below; their names with dashes are what a test writes.
"""
import json
import pathlib
import shutil
import struct
import sys


def shards(folder):
    return sorted(folder.glob("*.safetensors"))


def read_head(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8:8 + size]), data[8 + size:]


def write_head(path, head, body):
    text = json.dumps(head, separators=(",", ":")).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def edit_tensor(folder, name, edit):
    """Applies `edit` to the head's entry of the tensor whose name ends in `name`."""
    for path in shards(folder):
        head, body = read_head(path)
        for key in head:
            if key.endswith(name):
                edit(head, key)
                write_head(path, head, body)
                return
    sys.exit(f"no tensor {name}")


def missing_shard(folder):
    shards(folder)[1].unlink()


def truncated(folder):
    path = shards(folder)[0]
    path.write_bytes(path.read_bytes()[:-100])


def cut_head(folder):
    path = shards(folder)[0]
    path.write_bytes(path.read_bytes()[:50])


def huge_head(folder):
    path = shards(folder)[0]
    path.write_bytes(struct.pack("<Q", 1 << 62) + path.read_bytes()[8:])


def no_tensor(folder, name):
    edit_tensor(folder, name, lambda head, key: head.pop(key))


def renamed(folder, name, other):
    edit_tensor(folder, name, lambda head, key: head.update(
        {key.replace(name, other): head.pop(key)}))


def wrong_shape(folder, name):
    edit_tensor(folder, name, lambda head, key: head[key]["shape"].reverse())


def wrong_dtype(folder, name, dtype):
    edit_tensor(folder, name, lambda head, key: head[key].update(dtype=dtype))


def overlapping(folder, name):
    """Moves a tensor back by 4 bytes, into its neighbour."""
    edit_tensor(folder, name, lambda head, key: head[key].update(
        data_offsets=[offset - 4 for offset in head[key]["data_offsets"]]))


def config(folder, path, value):
    """Sets a field of config.json, "text_config.head_dim"; the value is JSON."""
    file = folder / "config.json"
    root = node = json.loads(file.read_text())
    *parents, key = path.split(".")
    for parent in parents:
        node = node[parent]
    node[key] = json.loads(value)
    file.write_text(json.dumps(root))


def without(folder, path):
    """Removes a field of config.json."""
    file = folder / "config.json"
    root = node = json.loads(file.read_text())
    *parents, key = path.split(".")
    for parent in parents:
        node = node[parent]
    del node[key]
    file.write_text(json.dumps(root))


def prefix(folder, old, new):
    """Puts `new` for `old` in front of every tensor's name."""
    for path in shards(folder):
        head, body = read_head(path)
        write_head(path, {new + key.removeprefix(old) if key.startswith(old) else key: value
                          for key, value in head.items()}, body)


def single_file(folder):
    """All tensors in model.safetensors, beside the index of shards that are gone."""
    tensors, data = {}, b""
    for path in shards(folder):
        head, body = read_head(path)
        for key, entry in head.items():
            if key != "__metadata__":
                begin, end = (offset + len(data) for offset in entry["data_offsets"])
                tensors[key] = {**entry, "data_offsets": [begin, end]}
        data += body
        path.unlink()
    write_head(folder / "model.safetensors", tensors, data)


def own_head(folder, first_byte):
    """Adds an lm_head.weight: the embedding, its first byte replaced."""
    path = shards(folder)[0]
    head, body = read_head(path)
    (embed,) = [entry for key, entry in head.items() if key.endswith("embed_tokens.weight")]
    begin, end = embed["data_offsets"]
    copy = bytearray(body[begin:end])
    copy[0] = int(first_byte) if first_byte != "same" else copy[0]
    head["lm_head.weight"] = {**embed, "data_offsets": [len(body), len(body) + len(copy)]}
    write_head(path, head, body + bytes(copy))


def not_a_number(folder, name):
    """Makes the first number of a BF16 tensor a NaN."""
    def edit(head, key):
        found.append((key, head[key]["data_offsets"][0]))
    found = []
    edit_tensor(folder, name, edit)
    for path in shards(folder):
        head, body = read_head(path)
        if found[0][0] in head:
            begin = found[0][1]
            write_head(path, head, body[:begin] + b"\xc0\x7f" + body[begin + 2:])


def no_file(folder, name):
    (folder / name).unlink()


def text(folder, name, content):
    (folder / name).write_text(content)


def more_tokens(folder, count):
    """Adds pieces to the tokenizer that the model has no rows for."""
    path = folder / "tokenizer.json"
    root = json.loads(path.read_text())
    vocab = root["model"]["vocab"]
    for i in range(int(count)):
        vocab[f"<more{i}>"] = len(vocab)
    path.write_text(json.dumps(root))


def no_merges(folder):
    path = folder / "tokenizer.json"
    root = json.loads(path.read_text())
    del root["model"]["merges"]
    path.write_text(json.dumps(root))


def main():
    source, dest, defect, *arguments = sys.argv[1:]
    folder = pathlib.Path(dest)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder)
    globals()[defect.replace("-", "_")](folder, *arguments)


if __name__ == "__main__":
    main()
