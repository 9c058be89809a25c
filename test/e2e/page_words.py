"""What the page has to say of a state of the server, in the words of dashboard.js and experts.js."""


def rounded(value):
    """Halves go up, as in JavaScript."""
    return int(value + 0.5)


def number(value):
    if value >= 10_000:
        return f"{rounded(value):,}"
    if value >= 100:
        return str(rounded(value))
    tenths = rounded(value * 10) / 10
    return str(int(tenths)) if tenths == int(tenths) else str(tenths)


def duration(seconds):
    if seconds < 0.001:
        return f"{rounded(seconds * 1e6)} µs"
    if seconds < 1:
        return f"{number(seconds * 1000)} ms"
    if seconds < 90:
        return f"{number(seconds)} s"
    return f"{rounded(seconds / 60)} min" if seconds < 5400 else f"{number(seconds / 3600)} h"


def size(count):
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while count >= 1024 and len(units) > 1:
        count /= 1024
        units.pop(0)
    return f"{number(count)} {units[0]}"


def percent(part, whole):
    return rounded(100 * part / whole) if whole else 0


def slot_text(slot):
    parts = [f"{slot['context_tokens']} of {slot['max_tokens']}"]
    if slot["tokens_per_second"] > 0:
        parts.append(f"{number(slot['tokens_per_second'])} tok/s")
    return " · ".join([*parts, duration(slot["age_seconds"])])


def pool_text(pool):
    shared = f", {number(pool['shared'])} shared" if pool["shared"] else ""
    used = f"{number(pool['used'])} of {number(pool['pages'])} pages ({percent(pool['used'], pool['pages'])} %)"
    return f"{pool['name']}: {used}{shared}, {pool['page_tokens']} tokens each"


def pool_cells(pool):
    cells = []
    for i, used in enumerate(pool["used_by_cell"]):
        pages = min(pool["pages_per_cell"], pool["pages"] - i * pool["pages_per_cell"])
        cells.append([-(-4 * used // pages), pool["shared_by_cell"][i] > 0])
    return cells


def latency_texts(name, latency):
    if latency["count"] == 0:
        return {name: "–", f"{name}-more": "nothing in the last minute"}
    return {name: duration(latency["p50_seconds"]), f"{name}-more": f"p50 · p99 {duration(latency['p99_seconds'])}"}


def read_texts(reads):
    if reads["bytes_per_step_second"] == 0:
        return {"reads": "–", "reads-more": "no step now"}
    speed = f"{number(reads['bytes_per_step_second'] / 1e9)} GB/s"
    roof = f"{number(reads['memory_bandwidth_bytes'] / 1e9)} GB/s"
    return {"reads": f"{rounded(100 * reads['share'])} %", "reads-more": f"{speed} of {roof}"}


def waiting_text(count):
    return "nobody waits" if count == 0 else f"{count} waits" if count == 1 else f"{count} wait"


def memory_texts(memory, pools):
    used, pages = (sum(pool[key] for pool in pools) for key in ("used", "pages"))
    return {
        "Weights": size(memory["weight_bytes"]),
        "KV cache, planned": size(memory["cache_bytes"]),
        "of it used": f"{percent(used, pages)} % of the pages",
        "Working memory": size(memory["working_bytes"]),
        "Engine, resident": size(memory["engine_resident_bytes"]) if memory["engine_resident_bytes"] else "not known",
        "Held for clients": f"{size(memory['http_bytes'])} of {size(memory['http_limit_bytes'])}",
    }


def engine_texts(state):
    requests, tokens, prefix = state["requests"], state["tokens"], state["prefix_cache"]
    hits, queries = prefix["hit_tokens"], prefix["queried_tokens"]
    minute = f"{number(hits)} of {number(queries)} tokens ({percent(hits, queries)} %)" if queries else "–"
    return {
        "Code": state["model"]["target"] or "–",
        "Up": duration(state["uptime_seconds"]),
        "Restarts": str(state["engine"]["restarts"]),
        "Answers ended": number(requests["stop"] + requests["length"]),
        "Cancelled, failed, refused": ", ".join(number(requests[key]) for key in ("cancelled", "failed", "refused")),
        "Prefix cache, last minute": minute,
        "Prefix cache, in all": f"{number(prefix['hit_tokens_total'])} of {number(prefix['queried_tokens_total'])}",
        "Tokens": f"{number(tokens['answer_total'])} chosen, {number(tokens['prompt_total'])} read",
    }


def texts_of(state):
    """What the page has to say of a state, but for the experts."""
    tokens, used = state["tokens"], {slot["slot"]: slot for slot in state["slots"]}
    phases = [used[i]["phase"] if i in used else "idle" for i in range(state["num_slots"])]
    return {
        "model-name": state["model"]["name"],
        "version": f"g4rt {state['version']}",
        "rate": number(tokens["answer_per_second"]),
        "rate-peak": f"at most {number(max(tokens['answer_history'], default=0))} tok/s",
        "prompt-rate": number(tokens["prompt_per_second"]),
        "slots-used": f"{state['requests']['running']} / {state['num_slots']}",
        "queue": waiting_text(state["requests"]["waiting"]),
        **latency_texts("ttft", state["time_to_first_token"]),
        **latency_texts("itl", state["inter_token_latency"]),
        **read_texts(state["reads"]),
        "slots": [[phase, slot_text(used[i]) if i in used else ""] for i, phase in enumerate(phases)],
        "pools": [pool_text(pool) for pool in state["pools"]],
        "cells": [pool_cells(pool) for pool in state["pools"]],
        "memory": memory_texts(state["memory"], state["pools"]),
        "engine": engine_texts(state),
    }


def expert_text(layers):
    chosen = [(rows / sum(layer["rows"]), i, layer) for layer in layers for i, rows in enumerate(layer["rows"]) if rows]
    if not chosen:
        return f"{len(layers)} layers, {len(layers[0]['rows'])} experts each; none was chosen in the last minute"
    share, expert, layer = max(chosen, key=lambda one: one[0])
    unused = sum(rows == 0 for each in layers for rows in each["rows"])
    return (
        f"{len(layers)} layers, {len(layers[0]['rows'])} experts each; busiest {layer['layer']}, expert {expert}: "
        f"{number(100 * share)} % of its layer's choices; {unused} not chosen"
    )
