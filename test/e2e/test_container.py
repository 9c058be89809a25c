"""The images of deploy/container, built from a bare Debian and run as their users run them. Needs root and Debian's mirrors."""

import json
import shutil
import signal
import tempfile
from pathlib import Path

from containers import Container, ImageStore, bundle_config, make_base
from programs import Paths, TempTest, artifact, main, take_option
from serving import Client, free_port, until

MOST_BYTES = 300 << 20  # of an image, without a model
BASE = "localhost/debian-bare"
DRIVER = "/usr/lib/x86_64-linux-gnu/libcuda.so.1"  # where NVIDIA's container toolkit puts it
ROCM = "/opt/rocm"  # of the host
OF_ROCM = ("libdrm-amdgpu1", "libelf1", "libnuma1")  # what it needs of Debian


def num_bytes(folder):
    """Of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


class Images(TempTest):
    """The images are built once."""

    base = None  # the tar file of a bare Debian, which is made if it is missing
    fakecuda = fakehip = None

    @classmethod
    def setUpClass(cls):
        cls.deploy = Paths.source / "deploy/container"
        make_base(cls.base, *OF_ROCM)
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.store = ImageStore(Path(folder.name))
        cls.addClassCleanup(cls.store.close)
        cls.store.add_base(cls.base, BASE)
        for flags in ([], ["--nvidia"], ["--amd"]):
            cls.store.call(cls.deploy / "build.sh", *flags, "buildah", "--build-arg", f"BASE={BASE}")

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        # Copies, because the container's user may not be let into the folders of the build.
        self.keys = self.shared(self.folder / "keys", b"sesame\n")

    def shared(self, path, data):
        path.write_bytes(data)
        path.chmod(0o644)
        return path

    def model(self, name):
        path = self.folder / f"{name}.g4"
        shutil.copyfile(artifact(name), path)
        path.chmod(0o644)
        return path

    def start(self, image, arguments, mounts, root=None):
        config = self.store.config(image)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        arguments = arguments or [*config["Entrypoint"], *config["Cmd"]]
        container = Container(folder, bundle_config(config, root or self.store.mount(image), arguments, mounts))
        self.addCleanup(container.close)
        return container

    def served(self, image, model, mounts=None, root=None):
        """The image's own command on a port that is free, and the port."""
        config, port = self.store.config(image), free_port()
        arguments = [*config["Entrypoint"], *config["Cmd"], "--port", str(port)]
        mounts = {"/models/model.g4": model, "/run/secrets/g4-keys": self.keys, **(mounts or {})}
        return self.start(image, arguments, mounts, root), port

    def ask(self, port, method, path, body=None, key=None):
        """Status and JSON of the answer; 0 while nobody listens."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            return Client(f"http://127.0.0.1:{port}").request(method, path, body, headers)
        except ConnectionRefusedError:
            return 0, ""

    def assert_answers(self, container, port, text, **fields):
        body = {"messages": [{"role": "user", "content": text}], "temperature": 0, **fields}
        self.assertTrue(until(lambda: container.has_ended() or self.ask(port, "GET", "/ready")[0] == 200))
        self.assertFalse(container.has_ended(), "its log says why")
        self.assertEqual(self.ask(port, "POST", "/v1/chat/completions", body)[0], 401)
        status, answer = self.ask(port, "POST", "/v1/chat/completions", body, "sesame")
        self.assertEqual(status, 200, answer)
        return answer["choices"][0]["message"]["content"]

    def assert_stops(self, container):
        container.child.send_signal(signal.SIGTERM)
        code, _, log = container.wait()
        self.assertEqual(code, 0, log)
        self.assertEqual(json.loads(log.splitlines()[-1])["event"], "stopped")

    def test_images_are_small_and_name_no_user_of_root(self):
        for image in ("localhost/g4rt", "localhost/g4rt-nvidia", "localhost/g4rt-amd"):
            self.assertLess(num_bytes(self.store.mount(image)), MOST_BYTES)
            self.assertEqual(self.store.config(image)["User"], "65532:65532")

    def test_it_serves_and_stops(self):
        container, port = self.served("localhost/g4rt", self.model("tiny.bf16"))
        self.assertIn("<circle", self.assert_answers(container, port, "Draw a large red circle."))
        self.assert_stops(container)

    def test_nothing_can_be_written_and_no_right_is_left(self):
        script = "id -u; grep -E '^(CapEff|NoNewPrivs)' /proc/self/status; touch /tmp/x /x /root/x || echo read-only"
        container = self.start("localhost/g4rt", ["/bin/bash", "-c", script], {})
        code, out, err = container.wait()
        self.assertEqual((code, out.split()), (0, "65532 CapEff: 0000000000000000 NoNewPrivs: 1 read-only".split()))
        self.assertEqual(err.count("Read-only file system"), 2, err)

    def test_the_amd_image_takes_the_hosts_rocm(self):
        root = self.store.mount("localhost/g4rt-amd")
        (root / ROCM[1:]).mkdir()
        lib = self.folder / "rocm/lib"
        lib.mkdir(parents=True)
        self.shared(lib / "libamdhip64.so.6", (self.fakehip / "libamdhip64.so.6").read_bytes())
        mounts = {ROCM: self.folder / "rocm"}
        container, port = self.served("localhost/g4rt-amd", self.model("tiny-emulated.amd-f32"), mounts, root)
        self.assertTrue(self.assert_answers(container, port, "Hi", max_tokens=4))
        self.assert_stops(container)

    def test_the_gpu_image_takes_the_hosts_driver(self):
        root = self.store.mount("localhost/g4rt-nvidia")
        (root / DRIVER[1:]).touch()  # what another file can be mounted on: in a read-only root nobody can make it later
        mounts = {DRIVER: self.shared(self.folder / "libcuda.so.1", (self.fakecuda / "libcuda.so.1").read_bytes())}
        container, port = self.served("localhost/g4rt-nvidia", self.model("tiny-emulated.f32"), mounts, root)
        self.assertTrue(self.assert_answers(container, port, "Hi", max_tokens=4))
        self.assert_stops(container)

    def test_a_gpu_image_does_not_run_on_a_cpu_instead(self):
        for image, model, device in (
            ("localhost/g4rt-nvidia", "tiny-emulated.f32", "cuda"),
            ("localhost/g4rt-amd", "tiny-emulated.amd-f32", "hip"),
        ):
            container, _ = self.served(image, self.model(model))
            code, _, log = container.wait()
            self.assertNotEqual(code, 0)
            self.assertIn(device, log)


if __name__ == "__main__":
    Images.base = Path(take_option("--base"))
    Images.fakecuda = Path(take_option("--fakecuda"))
    Images.fakehip = Path(take_option("--fakehip"))
    main()
