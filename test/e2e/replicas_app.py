"""deploy/ray as `serve run` starts it, without Ray's own dashboard: replicas_app.py PORT FOLDER NAME=VALUE...

Says "ready" on stdout, and again after each line NAME=VALUE on stdin that it was deployed anew with. Ends with stdin.
"""

import os
import sys
from pathlib import Path

# Before Ray is loaded. Its processes must not be slower than what runs beside a test, and import what deploy/ray has.
DEPLOY = Path(__file__).resolve().parents[2] / "deploy/ray"
os.environ.update(RAY_worker_niceness="0", RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0", PYTHONPATH=str(DEPLOY))
sys.path.insert(0, str(DEPLOY))

import ray  # noqa: E402
from g4rt_app import Arguments, build  # noqa: E402
from ray import serve  # noqa: E402

port, folder, *words = sys.argv[1:]
values = dict(word.split("=", 1) for word in words)


def deploy():
    serve.run(build(Arguments(**values)))
    print("ready", flush=True)


ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 << 20, _temp_dir=folder, log_to_driver=False)
try:
    serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
    deploy()
    for line in sys.stdin:
        values.update([line.strip().split("=", 1)])
        deploy()
finally:
    serve.shutdown()
    ray.shutdown()
