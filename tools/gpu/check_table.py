"""The lines of the table that check_gpu.py prints last."""


def figures(found):
    rows = [f"ready {found['ready_seconds']:.1f} s"]
    for row in found.get("sessions", []):
        rows.append(f"{row['sessions']}: {row['tpot_ms']:.2f} ms {row['output_tokens_per_second']:.0f}/s")
    rows += [f"TTFT {row['prompt_tokens']}: {row['ttft_ms']:.0f} ms" for row in found.get("ttft", [])]
    if "random" in found:
        rows.append(f"random: {found['random']['output_tokens_per_second']:.0f}/s")
    return "; ".join(rows)


def summary(result):
    """One line of a part's figures, or of what is wrong."""
    found, part = result.get("result", {}), result["part"]
    if part == "bench" and "ready_seconds" in found:
        return "; ".join(filter(None, (result.get("why"), figures(found))))
    if result["status"] != "passed":
        return result["why"]
    if part == "conformance":
        return f"{found['tests']} tests"
    if part == "tokens":
        return f"top-1 {100 * found['same_top1']:.2f} %, logits differ by {found['logits_differ_by']:.1e}"
    if part == "device_check":
        worst = max(row["device"]["difference"] for row in found["checks"])
        twins = sum("twin" in row for row in found["checks"])
        return f"{len(found['checks'])} kernels, {twins} with twins, worst {worst:.1e}; {found['ceilings']}"
    if part == "machine" and isinstance(found["gpus"], list):
        return "; ".join(", ".join(gpu.values()) for gpu in found["gpus"])[:160]
    return ", ".join(f"{key} {value}" for key, value in found.items())[:160]
