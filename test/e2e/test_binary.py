"""g4rt as it would be shipped: small, and in need of no compiler and no Python.

Called with --strip PROGRAM besides.
"""

import subprocess

from programs import Paths, TempTest, artifact, main, take_option

MOST_BYTES = 15_000_000


class Binary(TempTest):
    """The stripped program."""

    strip = None

    def stripped(self):
        path = self.folder / "g4rt"
        subprocess.run([self.strip, "-o", path, Paths.g4rt], check=True)
        return path

    def test_it_is_small_and_works(self):
        path = self.stripped()
        print(f"stripped: {path.stat().st_size} bytes")
        self.assertLessEqual(path.stat().st_size, MOST_BYTES)
        command = [path, "run", artifact("tiny.bf16"), "-p", "Draw a red circle.", "--temperature", "0"]
        self.assertIn("<circle", subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def test_it_needs_the_c_and_cpp_libraries_alone(self):
        lines = subprocess.run(["ldd", self.stripped()], capture_output=True, text=True, check=True).stdout.splitlines()
        names = {line.split()[0].rsplit("/", 1)[-1].split(".so")[0] for line in lines}
        known = {"linux-vdso", "libstdc++", "libm", "libgcc_s", "libc", "ld-linux-x86-64", "libpthread", "libdl", "librt"}
        self.assertLessEqual(names, known)


if __name__ == "__main__":
    Binary.strip = take_option("--strip")
    main()
