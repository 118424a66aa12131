"""Tests `infra/packing.py` without building anything: same input, same bytes, and each bill of materials names what it must.

    tests/tools/packages.py      with PyYAML and cyclonedx-python-lib, as `tests/template` runs it
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from template import parsed

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "infra"))

import packing  # noqa: E402  only found since a moment ago

# The time of a commit that nobody made.
os.environ["SOURCE_DATE_EPOCH"] = "1800000000"


def crates_of(package, target):
    """What cargo says is compiled into one function, asked for in another way than the packing does."""
    command = ["cargo", "tree", "--locked", "--target", target, "--edges", "normal", "--prefix", "none"]
    answer = subprocess.run(
        [*command, "--format", "{p}", "--package", package], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return {re.match(r"(\S+) v(\S+)", line).expand(r"\1@\2") for line in answer.stdout.splitlines() if line}


def binaries(folder):
    """Something in the place of each function."""
    for name in packing.FUNCTIONS:
        (folder / name).mkdir(parents=True)
        (folder / name / "bootstrap").write_bytes(name.encode() * 10_000)
    return folder


class Zips(unittest.TestCase):
    def test_a_zip_holds_one_program_and_no_time(self):
        archive = packing.zipped(b"a program")
        self.assertEqual(archive, packing.zipped(b"a program"))
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            (entry,) = file.infolist()
            self.assertEqual(entry.filename, "bootstrap")
            self.assertEqual(entry.external_attr >> 16, 0o100755)
            self.assertEqual(entry.date_time, (1980, 1, 1, 0, 0, 0))
            self.assertEqual(file.read(entry), b"a program")


class Templates(unittest.TestCase):
    def test_only_code_and_processor_differ_from_the_stacks_template(self):
        text = (ROOT / "infra/template.yaml").read_text(encoding="utf-8")
        for architecture in packing.TARGETS:
            packed, stack = parsed(packing.template(text, architecture)), parsed(text)
            del stack["Globals"]["Function"]["CodeUri"]
            stack["Parameters"]["Architecture"] |= {"Default": architecture, "AllowedValues": [architecture]}
            functions = [each for each in stack["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
            for function in functions:
                del function["Metadata"]["BuildMethod"]
                name = function["Metadata"].pop("BuildProperties")["Binary"]
                self.assertIn(name, packing.FUNCTIONS)
                function["Properties"]["CodeUri"] = f"{name}.zip"
            self.assertEqual(len(functions), len(packing.FUNCTIONS))
            self.assertEqual(packed, stack, architecture)

    def test_a_place_of_code_is_a_line_as_the_terraform_module_looks_for_it(self):
        text = packing.template((ROOT / "infra/template.yaml").read_text(encoding="utf-8"), "arm64")
        lines = [line for line in text.split("\n") if line.strip().startswith("CodeUri: ")]
        self.assertEqual(sorted(lines), sorted(f"      CodeUri: {name}.zip" for name in packing.FUNCTIONS))


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.places = [Path(cls.work.name) / place for place in ("one", "another/and/deeper")]
        for place in cls.places:
            packing.pack(ROOT, binaries(place / "binaries"), "arm64", place / "packages")

    def files(self, place=0):
        return {path.name: path.read_bytes() for path in (self.places[place] / "packages").iterdir()}

    def test_the_same_input_is_the_same_bytes(self):
        self.assertEqual(self.files(0), self.files(1))

    def test_sums_are_those_of_every_file(self):
        files = self.files()
        lines = files.pop("SHA256SUMS").decode().splitlines()
        self.assertEqual(lines, [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)])

    def test_nothing_names_a_folder_of_this_machine(self):
        for name, content in self.files().items():
            for folder in (str(ROOT), str(Path.home()), self.work.name):
                self.assertNotIn(folder.encode() + b"/", content, name)

    def test_a_bill_is_one_by_its_schema_and_names_what_is_compiled_in(self):
        files = self.files()
        for name in packing.FUNCTIONS:
            text = files[f"{name}.cdx.json"].decode()
            self.assertIsNone(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text), name)
            bill = json.loads(text)
            subject = bill["metadata"]["component"]
            self.assertEqual(subject["hashes"][0]["content"], hashlib.sha256(files[f"{name}.zip"]).hexdigest())
            refs = {component["bom-ref"]: component for component in bill["components"]}
            named = set(refs) | {subject["bom-ref"]}
            missing = crates_of(name, packing.TARGETS["arm64"]) - named
            self.assertEqual(missing, set(), f"{name} holds crates that its bill does not name")
            for component in refs.values():
                self.assertTrue(component["licenses"], component)
                if (ROOT / "shared" / component["name"]).is_dir():
                    self.assertNotIn("purl", component)
                else:
                    self.assertTrue(component["purl"].startswith("pkg:cargo/"), component)
                    self.assertRegex(component["hashes"][0]["content"], "^[0-9a-f]{64}$")
            self.assertEqual({entry["ref"] for entry in bill["dependencies"]}, named)
            self.assertLessEqual({ref for entry in bill["dependencies"] for ref in entry["dependsOn"]}, named)

    def test_nothing_of_tests_and_demo_is_in_a_bill(self):
        for name in packing.FUNCTIONS:
            bill = json.loads(self.files()[f"{name}.cdx.json"])
            named = {component["name"] for component in bill["components"]}
            self.assertEqual(named & {"acceptance", "dynoxide-rs", "proptest", "rotakey", "simulators", "wiremock"}, set(), name)
            # Macros run in the compiler.
            by_scope = {component["name"]: component["scope"] for component in bill["components"]}
            self.assertEqual((by_scope["serde_derive"], by_scope["serde"]), ("excluded", "required"))

    def test_a_package_that_is_too_large_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            built, out = binaries(Path(folder) / "binaries"), Path(folder) / "packages"
            (built / "oncall-poller/bootstrap").write_bytes(os.urandom(packing.ZIP_BYTES_MAX))
            command = [sys.executable, "-B", ROOT / "infra/packing.py", "--root", ROOT, "--architecture", "x86_64"]
            answer = subprocess.run([*command, "--binaries", built, "--out", out], capture_output=True, text=True)
        self.assertIn("larger than 8388608 bytes: oncall-poller\n", answer.stderr)
        self.assertNotEqual(answer.returncode, 0)


if __name__ == "__main__":
    unittest.main()
