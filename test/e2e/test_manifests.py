"""The files of deploy/ that other programs read: Kubernetes' manifests and the compose file, against those programs' schemas."""

import unittest

import kubernetes_validate
import yaml
from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor
from compose_spec import PyCompose
from programs import Paths, main, unknown_flags

KUBERNETES = "1.31"  # the first with preStop's sleep switched on has been 1.30


def manifests(name):
    return list(yaml.safe_load_all((Paths.source / "deploy/kubernetes" / name).read_text()))


def one(documents, kind):
    return next(document for document in documents if document["kind"] == kind)


class Kubernetes(unittest.TestCase):
    """deploy/kubernetes."""

    def setUp(self):
        self.documents = manifests("g4rt.yaml")
        self.pod = one(self.documents, "Deployment")["spec"]["template"]
        self.container = self.pod["spec"]["containers"][0]

    def test_the_manifests_are_as_kubernetes_has_them(self):
        for document in self.documents:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)

    def test_the_validator_finds_a_misspelt_field(self):
        self.container["livenesProbe"] = self.container.pop("livenessProbe")
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(one(self.documents, "Deployment"), KUBERNETES, strict=True)

    def test_the_service_monitor_is_as_the_operator_has_it(self):
        monitor = manifests("servicemonitor.yaml")[0]
        ServiceMonitor.model_validate(monitor, extra="forbid")
        service = one(self.documents, "Service")
        self.assertLessEqual(monitor["spec"]["selector"]["matchLabels"].items(), service["metadata"]["labels"].items())
        ports = [port["name"] for port in service["spec"]["ports"]]
        self.assertTrue(all(endpoint["port"] in ports for endpoint in monitor["spec"]["endpoints"]))
        with self.assertRaisesRegex(ValueError, "intervall"):
            monitor["spec"]["endpoints"] = [{"intervall": "15s"}]
            ServiceMonitor.model_validate(monitor, extra="forbid")

    def test_every_selector_finds_the_pods(self):
        labels = self.pod["metadata"]["labels"]
        pool = one(manifests("inferencepool.yaml"), "InferencePool")
        selectors = [
            one(self.documents, "Service")["spec"]["selector"],
            pool["spec"]["selector"]["matchLabels"],
            *(
                one(self.documents, kind)["spec"]["selector"]["matchLabels"]
                for kind in ("Deployment", "PodDisruptionBudget")
            ),
        ]
        for selector in selectors:
            self.assertLessEqual(selector.items(), labels.items())
        self.assertEqual(labels["llm-d.ai/engine-type"], "vllm")
        ports = [port["containerPort"] for port in self.container["ports"]]
        self.assertEqual([port["number"] for port in pool["spec"]["targetPorts"]], ports)
        self.assertIn(f"--served-model-name={labels['llm-d.ai/model']}", self.container["args"])

    def test_the_flags_are_known_and_answers_may_end(self):
        flags = dict(flag.split("=", 1) for flag in self.container["args"] if flag.startswith("--"))
        self.assertEqual(unknown_flags(flags), [])
        pause = self.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        grace = self.pod["spec"]["terminationGracePeriodSeconds"]
        self.assertGreater(grace, pause + int(flags["--shutdown-timeout"]))


class Compose(unittest.TestCase):
    """deploy/compose.yaml."""

    def setUp(self):
        self.text = (Paths.source / "deploy/compose.yaml").read_text()
        self.services = yaml.safe_load(self.text)["services"]

    def test_it_is_as_compose_has_it(self):
        PyCompose.from_yaml(self.text)
        with self.assertRaises(ValueError):
            PyCompose.from_yaml(self.text.replace("healthcheck:", "healthchek:"))

    def test_open_webui_is_shown_where_the_server_is(self):
        url = self.services["open-webui"]["environment"]["OPENAI_API_BASE_URL"]
        self.assertEqual(url, "http://g4rt:8000/v1")
        self.assertIn("g4rt", self.services)


if __name__ == "__main__":
    main()
