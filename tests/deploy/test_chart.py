"""The Helm chart, as Helm renders it: valid for Kubernetes, closed in, and with settings that Muster has."""

import re
import shlex
import subprocess

import pytest
import yaml
from click.testing import CliRunner

from core.settings import Settings
from server.cli import main
from tests.deploy.helm import CHART, KUBERNETES, rendered, run, validator
from tests.deploy.test_files import SETTINGS
from tests.server.processes import ROOT

EVERYTHING = {
    "ingress": {"enabled": True, "className": "nginx", "tls": [{"secretName": "tls", "hosts": ["muster.example.com"]}]},
    "networkPolicy": {"enabled": True, "metricsFrom": [{"namespaceSelector": {}}]},
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "api": {"autoscaling": {"enabled": True}, "podAnnotations": {"a": "b"}, "nodeSelector": {"disk": "ssd"}},
    "workers": [
        {"name": "paging", "replicas": 2, "queues": "default"},
        {"name": "mail", "replicas": 1, "queues": "mail=2,bulk"},
    ],
    "settings": {"MUSTER_MAIL_FROM": "Muster <muster@example.com>", "MUSTER_POOL_SIZE": 5},
    "imagePullSecrets": [{"name": "registry"}],
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
}
FOREIGN = {"PodMonitor"}
"""Kinds that Kubernetes itself does not have."""


@pytest.fixture(params=[{}, EVERYTHING], ids=["as little", "as much as can be"])
def objects(request, tmp_path):
    return rendered(tmp_path, **request.param)


def by(objects, kind):
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pods(objects):
    """What pods are made of, by the name of what makes them."""
    made = {each["metadata"]["name"]: each["spec"] for each in objects if each["kind"] == "Pod"}
    makers = [each for each in objects if each["kind"] in ("Deployment", "Job")]
    return made | {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in makers}


def test_helm_finds_no_fault(tmp_path):
    values = tmp_path / "values.yaml"
    needed = {"existingSecret": "s", "publicUrl": "https://a.b", "apiHosts": ["a.b"], "statuspageHosts": ["s.b"]}
    values.write_text(yaml.safe_dump(EVERYTHING | needed))
    said = run("lint", "--strict", str(CHART), "--values", str(values))
    assert said.returncode == 0, said.stdout + said.stderr


def test_kubernetes_would_take_every_object(objects, tmp_path):
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all([each for each in objects if each["kind"] not in FOREIGN]))
    command = [validator(), "-k", KUBERNETES, "--strict", str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ("existingSecret", "DATABASE_URL and MUSTER_SECRET_KEY"),
        ("publicUrl", "Set publicUrl"),
        ("apiHosts", "Set apiHosts"),
        ("statuspageHosts", "Set statuspageHosts"),
    ],
)
def test_what_it_needs_it_asks_for(tmp_path, lacks, told):
    needed = {"existingSecret": "s", "publicUrl": "https://a.b", "apiHosts": ["a.b"], "statuspageHosts": ["s.b"]}
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({name: value for name, value in needed.items() if name != lacks}))
    said = run("template", "prod", str(CHART), "--values", str(values))
    assert said.returncode != 0
    assert told in said.stderr


def test_a_value_that_nobody_knows_is_refused():
    said = run("template", "prod", str(CHART), "--set", "api.replica=3")
    assert said.returncode != 0
    assert "replica" in said.stderr


def test_pods_are_closed_in(objects):
    found = pods(objects)
    assert {"prod-muster-api", "prod-muster-migrate", "prod-muster-ready"} <= set(found)
    for pod in found.values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert {each["mountPath"] for each in container["volumeMounts"]} == {"/data", "/tmp"}  # noqa: S108
            assert "limits" not in container.get("resources", {}) or "cpu" not in container["resources"]["limits"]


def test_settings_are_ours_and_secrets_stay_in_their_secret(objects):
    settings = by(objects, "ConfigMap")["prod-muster"]["data"]
    assert set(settings) <= SETTINGS
    assert not set(settings) & {"DATABASE_URL", "MUSTER_SECRET_KEY", "SMTP_URL"}
    read = Settings.model_validate(settings | {"DATABASE_URL": "postgresql://db/muster", "MUSTER_SECRET_KEY": "k" * 32})
    assert read.api_hosts == ("muster.example.com",)
    assert read.statuspage_hosts == ("status.example.com", "status.example.org")
    migrate = pods(objects)["prod-muster-migrate"]["containers"][0]
    assert {each["name"]: each["value"] for each in migrate["env"]} == settings
    for name, pod in pods(objects).items():
        for container in pod["containers"]:
            named = {each["name"] for each in container.get("env", ())}
            assert named <= SETTINGS
            if "ready" not in name:
                assert {"secretRef": {"name": "muster-secrets"}} in container["envFrom"]


def test_what_runs_is_a_command_of_ours(objects):
    for name, pod in pods(objects).items():
        for container in pod["containers"]:
            if "command" in container:
                compile(container["args"][0], name, "exec")
            else:
                said = CliRunner().invoke(main, [*container["args"], "--help"])
                assert said.exit_code == 0, said.output


def test_it_waits_for_the_drain_and_no_request_is_lost(objects):
    api = by(objects, "Deployment")["prod-muster-api"]["spec"]
    pod = api["template"]["spec"]
    drain = float(by(objects, "ConfigMap")["prod-muster"]["data"]["MUSTER_DRAIN_SECONDS"])
    assert pod["terminationGracePeriodSeconds"] >= drain + 20
    assert api["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    ready = pod["containers"][0]["readinessProbe"]
    assert ready["httpGet"]["path"] == "/readyz"
    assert ready["periodSeconds"] * ready["failureThreshold"] + ready["timeoutSeconds"] < drain


def test_selectors_find_their_pods_and_no_others(objects):
    labels = {name: each["spec"]["template"]["metadata"]["labels"] for name, each in by(objects, "Deployment").items()}
    for name, each in by(objects, "Deployment").items():
        chosen = each["spec"]["selector"]["matchLabels"].items()
        assert [other for other, theirs in labels.items() if chosen <= theirs.items()] == [name]
    service = by(objects, "Service")["prod-muster"]["spec"]["selector"].items()
    assert [name for name, theirs in labels.items() if service <= theirs.items()] == ["prod-muster-api"]


def test_strangers_do_not_get_at_metrics(tmp_path):
    objects = rendered(tmp_path, **EVERYTHING)
    (ingress,) = by(objects, "Ingress").values()
    assert {rule["host"] for rule in ingress["spec"]["rules"]} == {
        *("muster.example.com", "status.example.com", "status.example.org")
    }
    for rule in ingress["spec"]["rules"]:
        first = rule["http"]["paths"][0]
        assert (first["path"], first["pathType"]) == ("/metrics", "Exact")
        assert "selector" not in by(objects, "Service")[first["backend"]["service"]["name"]]["spec"]


def test_a_worker_of_each_kind_takes_its_queues(tmp_path):
    found = by(rendered(tmp_path, **EVERYTHING), "Deployment")
    arguments = {name: each["spec"]["template"]["spec"]["containers"][0]["args"] for name, each in found.items()}
    assert arguments == {
        "prod-muster-api": ["api"],
        "prod-muster-paging": ["worker", "--queues=default"],
        "prod-muster-mail": ["worker", "--queues=mail=2,bulk"],
    }


def test_the_chart_is_of_this_version():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert chart["appVersion"] == version[1]


def test_notes_name_commands_that_are_there():
    told = (CHART / "templates" / "NOTES.txt").read_text()
    (named,) = re.findall(r"-- muster (.*)$", told, re.MULTILINE)
    assert CliRunner().invoke(main, shlex.split(named)).exit_code == 0
