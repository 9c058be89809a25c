"""Other engines: where they come from, how they are built, how they are timed.

An engine gives tokens a second by the name of a test, as `g4rt bench` names them.
"""

import dataclasses
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile

PROMPTS = (128, 512)
ANSWER = 32
DEPTH = 128
SESSIONS = (2, 4, 8)


def run(*command, folder=None, env=None):
    """What it prints; ends the program where it fails."""
    done = subprocess.run([str(part) for part in command], cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def run_for_all(*command):
    """All that it prints: ik_llama.cpp's table of several sessions is among its messages."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def table_rows(output):
    """The cells of each line that is one of a Markdown table."""
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in output.splitlines() if line.startswith("|")]


@dataclasses.dataclass
class Archive:
    """A file of the package index."""

    package: str
    version: str
    sha256: str
    is_source: bool

    def fetch(self, folder):
        """Its path in `folder`, where it stays. Its bytes are those that were measured before, or the program ends."""
        kind = ["--no-binary", self.package] if self.is_source else ["--only-binary", self.package]
        stem = self.package.replace("-", "_")
        pattern = f"{stem}-{self.version}*" + (".tar.gz" if self.is_source else ".whl")
        known = sorted(folder.glob(pattern))
        if not known:
            run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *kind, "--dest", folder,
                f"{self.package}=={self.version}")
            known = sorted(folder.glob(pattern))
        digest = hashlib.sha256(known[0].read_bytes()).hexdigest()
        if digest != self.sha256:
            sys.exit(f"{known[0]}: its SHA-256 is {digest}, needs {self.sha256}")
        return known[0]


class LlamaCpp:
    """llama.cpp, from the archive of its Python bindings, which holds the whole tree."""

    name = "llama.cpp"
    archive = Archive("llama-cpp-python", "0.3.36", "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e", is_source=True)
    tree = "llama.cpp"
    bench_flags = ()
    batched_flags = ()

    def __init__(self, folder, threads):
        self.folder, self.threads = folder / self.archive.package, threads

    def prepare(self, archives):
        """Unpacks and builds it, once."""
        path = self.archive.fetch(archives)
        source = self.folder / "source"
        if not source.exists():
            with tarfile.open(path) as tar:
                tar.extractall(self.folder, filter="data")
            next(self.folder.glob(f"*{self.archive.version}")).rename(source)
        tree = source / "vendor" / self.tree
        self.mend(tree)
        self.build = self.folder / "build"
        run("cmake", "-S", tree, "-B", self.build, "-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DBUILD_SHARED_LIBS=OFF",
            "-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_SERVER=OFF", "-DLLAMA_BUILD_EXAMPLES=ON",
            "-DLLAMA_BUILD_TOOLS=ON")
        run("cmake", "--build", self.build, "--parallel", self.threads, "--target", "llama-bench", "llama-batched-bench")

    def mend(self, tree):
        """What the archive lacks."""

    def program(self, name):
        return self.build / "bin" / name

    def measure(self, model):
        """One repetition of each test."""
        bench = [self.program("llama-bench"), "-m", model, "-t", self.threads, "-r", 1, "-o", "md", *self.bench_flags]
        rates = bench_rates(run(*bench, "-p", ",".join(map(str, PROMPTS)), "-n", ANSWER))
        rates.update(self.batched(model, (1, *SESSIONS)))
        return rates

    def batched(self, model, sessions):
        context = max(sessions) * (DEPTH + ANSWER)
        output = run_for_all(self.program("llama-batched-bench"), "-m", model, "-t", self.threads, "-c", context, "-npp", DEPTH, "-ntg",
                     ANSWER, "-npl", ",".join(map(str, sessions)), *self.batched_flags)
        return batched_rates(output)


def bench_rates(output):
    """Of llama-bench's table, whose last columns are a test and "t/s"; what a program says besides goes the same way."""
    return {row[-2]: float(row[-1].split()[0]) for row in table_rows(output) if row[-2].startswith(("pp", "tg"))}


def batched_rates(output):
    """Of llama-batched-bench's table: | PP | TG | B | N_KV | T_PP s | S_PP t/s | T_TG s | S_TG t/s | T s | S t/s |."""
    return {answer_name(int(row[2])): float(row[7]) for row in table_rows(output) if len(row) == 10 and row[0].isdigit()}


def answer_name(sessions):
    """Of an answer after DEPTH positions."""
    return f"tg{ANSWER}" + (f" x{sessions}" if sessions > 1 else "") + f" @ d{DEPTH}"


class IkLlamaCpp(LlamaCpp):
    """ik_llama.cpp, likewise: with its repacking at run time and its fused experts."""

    name = "ik_llama.cpp"
    archive = Archive("ik-llama-cpp-python", "0.1.5", "33c67eb99e4dcab5e611050433243815709b8b3067753f9ce18375013cf002ad", is_source=True)
    tree = "ik_llama.cpp"
    bench_flags = ("-rtr", 1, "-fmoe", 1)
    # It fuses experts by itself here. Its flash attention fails with several sequences.
    batched_flags = ("-rtr", "-no-fa")

    def mend(self, tree):
        script = tree / "common" / "cmake" / "build-info-gen-cpp.cmake"
        if not script.exists():
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(
                'file(WRITE "${CMAKE_CURRENT_SOURCE_DIR}/common/build-info.cpp" "int LLAMA_BUILD_NUMBER = 0;\\n'
                'char const *LLAMA_COMMIT = \\"archive\\";\\nchar const *LLAMA_COMPILER = \\"\\";\\n'
                'char const *LLAMA_BUILD_TARGET = \\"\\";\\n")\n')


class DasLlama:
    """dasLLAMA, as its wheel has it."""

    name = "dasLLAMA"
    archive = Archive("dasllama", "0.6.6", "0fffcf86c7329863288210fd71cccf2f1e51d4b4e8a12d26f185fb717d2bc055", is_source=False)

    def __init__(self, folder, threads):
        self.folder, self.threads = folder / self.archive.package, threads

    def prepare(self, archives):
        path = self.archive.fetch(archives)
        if not self.folder.exists():
            shutil.unpack_archive(path, self.folder, "zip")
        self.program = self.folder / "dasllama" / "_sdk" / "dasllama-bench.exe"
        self.program.chmod(0o755)

    def measure(self, model):
        rates = {}
        env = {"LD_LIBRARY_PATH": str(self.program.parent), "HOME": str(self.folder)}
        for prompt in PROMPTS:
            rates.update(bench_rates(run(self.program, "-m", model, "-t", self.threads, "-p", prompt, "-n", ANSWER, "-r", 1,
                                           "-q", "q4_0", "-o", "md", env=env)))
        return rates


class G4:
    """This project's engine; the file is compiled for this machine first."""

    name = "g4"

    def __init__(self, folder, threads, build):
        self.folder, self.threads, self.build = folder / "g4", threads, build

    def prepare(self, model):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.artifact = self.folder / (model.stem + ".g4")
        if not self.artifact.exists():
            run(self.build / "g4c", "compile", model, "--target", "native", "-o", self.artifact)

    def bench(self, *flags):
        output = run(self.build / "g4rt", "bench", self.artifact, "--no-verify", "-t", self.threads, "-r", 1, "-o", "json", *flags)
        return json.loads(output)

    def measure(self, _):
        plain = self.bench("-p", ",".join(map(str, PROMPTS)), "-n", ANSWER, "-x", 1)
        deep = self.bench("-p", 0, "-n", ANSWER, "-d", DEPTH, "-x", ",".join(map(str, (1, *SESSIONS))))
        self.roofs = {key: plain[key] for key in ("read_gb_per_s", "dots_g_per_s")}
        return {line["test"]: line["avg_ts"] for line in plain["results"] + deep["results"]}


class Library:
    """An engine as a wheel has it, made for AVX2: library.py times it. Only where its own programs are not built."""

    def __init__(self, folder, threads):
        self.folder, self.threads = folder / f"{self.archive.package}-wheel", threads

    def prepare(self, archives):
        path = self.archive.fetch(archives)
        if not self.folder.exists():
            shutil.unpack_archive(path, self.folder, "zip")

    def measure(self, model):
        script = pathlib.Path(__file__).with_name("library.py")
        output = run(sys.executable, script, self.name, self.folder / self.library, model, "--threads", self.threads)
        return json.loads(output.splitlines()[-1])


class LlamaCppLibrary(Library):
    name = LlamaCpp.name
    archive = Archive("xllamacpp", "2026.10.11549", "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261", is_source=False)
    library = "xllamacpp/xllamacpp.abi3.so"


class IkLlamaCppLibrary(Library):
    name = IkLlamaCpp.name
    archive = Archive("ik-llama-cpp-python", "0.1.5", "52408f31dd05d16ada53b041155f14ec1fee9acd6ab0b4b4f77de04bd565bd67", is_source=False)
    library = "ik_llama_cpp/lib/libllama.so"


PEERS = {engine.name: engine for engine in (LlamaCpp, IkLlamaCpp, DasLlama)}
WHEELS = {engine.name: engine for engine in (LlamaCppLibrary, IkLlamaCppLibrary, DasLlama)}
