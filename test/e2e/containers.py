"""Images without a registry and containers without a daemon: buildah makes the first, runc runs the second."""

import json
import os
import subprocess
from pathlib import Path

from programs import SECONDS, Paths

BUILD_SECONDS = 1800  # Debian's packages come from the network


class ImageStore:
    """Images in a folder of this store's own. Needs root."""

    def __init__(self, folder):
        self.folder = folder
        config = folder / "storage.conf"
        config.write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{folder}/images"\nrunroot = "{folder}/run"\n'
        )
        self.environment = {
            **os.environ,
            "CONTAINERS_STORAGE_CONF": str(config),
            "BUILDAH_ISOLATION": "chroot",
            "G4RT": Paths.g4rt,
        }

    def call(self, *command):
        """The output of a command that uses this store."""
        done = subprocess.run(
            list(map(str, command)), env=self.environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def add_base(self, tar, name):
        """An image of a file system as a tar file."""
        container = self.call("buildah", "from", "scratch")
        self.call("buildah", "add", "--quiet", container, tar, "/")
        self.call("buildah", "commit", "--quiet", "--rm", container, name)

    def config(self, image):
        """What an image says of itself: User, Entrypoint, Cmd, Env."""
        return json.loads(self.call("buildah", "inspect", "--type", "image", image))["OCIv1"]["config"]

    def mount(self, image):
        """The folder of an image's files."""
        return Path(self.call("buildah", "mount", self.call("buildah", "from", image)))

    def close(self):
        self.call("buildah", "rm", "--all")


def bundle_config(image_config, root, arguments, mounts):
    """How runc is to run an image: read-only, as the image's user, without any right of root, in this machine's network."""
    user, group = map(int, image_config["User"].split(":"))
    binds = [
        {"destination": inside, "type": "bind", "source": str(outside), "options": ["bind", "ro"]}
        for inside, outside in mounts.items()
    ]
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(root), "readonly": True},
        "process": {
            "user": {"uid": user, "gid": group},
            "args": arguments,
            "env": image_config["Env"],
            "cwd": "/",
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}, *binds],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]},
    }


# Of root in a container, what systemd needs to give its services a narrower one.
SYSTEM_RIGHTS = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK KILL MKNOD NET_ADMIN SETFCAP SETGID SETPCAP SETUID
    SYS_ADMIN SYS_CHROOT SYS_PTRACE""".split()


def system_config(root, name):
    """How runc is to run a whole system, with systemd as its first process, in this machine's network."""
    rights = [f"CAP_{right}" for right in SYSTEM_RIGHTS]

    def memory(place, mode):
        return {"destination": place, "type": "tmpfs", "source": "tmpfs", "options": [f"mode={mode}"]}

    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(root), "readonly": False},
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["/lib/systemd/systemd", "--log-target=console", "--show-status=false"],
            "env": ["container=oci", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            "cwd": "/",
            "capabilities": {kind: rights for kind in ("bounding", "effective", "permitted", "inheritable")},
        },
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            memory("/dev", "755"),
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
            {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]},
            memory("/run", "755"),
            memory("/tmp", "1777"),
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "cgroup")],
            "cgroupsPath": f"/{name}",
        },
    }


def make_base(tar, *packages):
    """A bare Debian with some packages as a tar file, unless it is there."""
    if tar.exists():
        return
    made = tar.with_suffix(".new.tar")
    script = Paths.source / "deploy/container/make_base.sh"
    subprocess.run([script, made, *packages], check=True, timeout=BUILD_SECONDS)
    made.rename(tar)


class Container:
    """A container that runs; `child` is runc, which passes signals on and has its output."""

    def __init__(self, folder, config):
        self.name = f"g4rt-{os.getpid()}-{folder.name}"
        (folder / "config.json").write_text(json.dumps(config))
        self.runc = ["runc", "--root", str(folder / "state")]
        command = [*self.runc, "run", "--bundle", str(folder), self.name]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def call(self, *command):
        """What a command in the container prints."""
        whole = [*self.runc, "exec", self.name, *command]
        done = subprocess.run(whole, capture_output=True, text=True, timeout=SECONDS, check=False)
        return done.stdout.strip()

    def has_ended(self):
        return self.child.poll() is not None

    def wait(self):
        """Exit code, stdout and stderr."""
        out, err = self.child.communicate(timeout=SECONDS)
        return self.child.returncode, out, err

    def close(self):
        subprocess.run([*self.runc, "delete", "--force", self.name], capture_output=True, timeout=SECONDS, check=False)
        self.child.communicate()
