"""html-validate (npm) as a child process: one start of Node.js for all documents of a run."""

import json
import shutil
import subprocess

from tests.npm.tools import FOLDER, package

RULES = {
    # Boxes of one question share its name, as RFC 1866 §8.1.2.4 foresees and every server reads.
    "form-dup-name": ["error", {"shared": ["radio", "checkbox", "submit"]}],
    # The title of an incident is what people wrote; a tab shows what fits.
    "long-title": "off",
}


class Markup:
    """A running html-validate; left out, saying so, where npm or Node.js is missing."""

    def __init__(self):
        package("html-validate")
        command = [shutil.which("node"), str(FOLDER / "markup.mjs"), json.dumps(RULES)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=FOLDER)

    def complaints(self, content):
        """Every error about an HTML document in bytes."""
        self._child.stdin.write(json.dumps(content.decode()) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"html-validate ended with {self._child.wait(10)}"
        return [f"html-validate: {each}" for each in json.loads(answer)]

    def close(self):
        self._child.stdin.close()
        self._child.wait(10)
        self._child.stdout.close()
