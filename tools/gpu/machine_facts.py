"""Which GPUs a machine has, as its vendor's tool or the kernel says."""

import shutil
from pathlib import Path

FIELDS = "name,driver_version,memory.total,memory.used,utilization.gpu,clocks.max.sm,clocks.max.memory,power.limit"
KFD = Path("/sys/class/kfd/kfd/topology/nodes")  # of the kernel's amdgpu driver: no tool of ROCm is needed


def nvidia(run):
    if not shutil.which("nvidia-smi"):
        return "unknown: no nvidia-smi"
    lines = run(["nvidia-smi", f"--query-gpu={FIELDS}", "--format=csv,noheader"]).splitlines()
    gpus = [dict(zip(FIELDS.split(","), line.split(", "))) for line in lines if line.strip()]
    return gpus or "unknown: nvidia-smi prints none"


def numbers(path):
    """A file of lines with a name and a number."""
    pairs = [line.split() for line in path.read_text().splitlines()]
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def architecture(version):
    """90402 as gfx942, 90010 as gfx90a."""
    return f"gfx{version // 10000}{version // 100 % 100:x}{version % 100:x}"


def amd(nodes=KFD):
    if not nodes.is_dir():
        return f"unknown: no {nodes}"
    gpus = []
    for node in sorted(nodes.iterdir(), key=lambda path: (len(path.name), path.name)):
        found = numbers(node / "properties")
        if not found.get("simd_count"):  # a CPU
            continue
        banks = [numbers(bank).get("size_in_bytes", 0) for bank in node.glob("mem_banks/*/properties")]
        gpu = {"architecture": architecture(found.get("gfx_target_version", 0)), "memory": f"{sum(banks) >> 20} MiB"}
        gpus.append({**gpu, "simds": str(found["simd_count"]), "mhz": str(found.get("max_engine_clk_fcompute", "?"))})
    return gpus or f"unknown: {nodes} shows none"


def gpus(kind, run):
    """A list of facts a GPU, or why it is not known. `run` gives what a command prints."""
    return amd() if kind == "hip" else nvidia(run)
