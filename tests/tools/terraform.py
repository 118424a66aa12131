"""Holds the Terraform module against the stack's template: the same parameters with the same defaults, the same outputs.

    tests/tools/terraform.py     with PyYAML and python-hcl2, as `tests/template` runs it
"""

import re
import unittest
from pathlib import Path

import hcl2

from template import parsed

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "infra/terraform"
# Of the module itself: where the packages are, and what the stack is called.
OWN = {"packages", "bucket", "prefix", "stack_name", "tags"}


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def read(name):
    with open(MODULE / name, encoding="utf-8") as file:
        return hcl2.load(file)


def blocks(name, kind):
    """Blocks by their last label. The reader wraps each attribute in a list."""
    found = {}
    for block in read(name)[kind]:
        while len(block) == 1:
            (label, block), = block.items()
        found[label] = {key: value[0] for key, value in block.items() if isinstance(value, list)}
    return found


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = parsed((ROOT / "infra/template.yaml").read_text(encoding="utf-8"))
        cls.names = {snake_case(name): name for name in cls.stack["Parameters"]}

    def test_variables_are_the_parameters_with_their_defaults(self):
        variables = blocks("variables.tf", "variable")
        self.assertEqual(set(variables) - OWN, set(self.names))
        for name, parameter in self.names.items():
            self.assertEqual(str(variables[name]["default"]), str(self.stack["Parameters"][parameter]["Default"]), name)
        for name, variable in variables.items():
            self.assertTrue(variable["description"] and variable["type"], name)

    def test_every_parameter_is_handed_over(self):
        stack = blocks("main.tf", "resource")["rotakey"]
        expected = {parameter: f"${{var.{name}}}" for name, parameter in self.names.items()}
        self.assertEqual(stack["parameters"], expected)
        self.assertEqual(stack["capabilities"], ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])

    def test_outputs_are_the_stacks(self):
        outputs = blocks("outputs.tf", "output")
        expected = {
            snake_case(name): {
                "description": output["Description"],
                "value": f'${{aws_cloudformation_stack.rotakey.outputs["{name}"]}}',
            }
            for name, output in self.stack["Outputs"].items()
        }
        found = {name: {key: output[key] for key in ("description", "value")} for name, output in outputs.items()}
        self.assertEqual(found, expected)

    def test_the_table_may_not_be_replaced(self):
        policy = read("main.tf")["locals"][0]["policy"][0]
        denied = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
        self.assertEqual([(each["Action"], each["Resource"]) for each in denied], [("Update:Replace", "LogicalResourceId/Table")])
        self.assertEqual(self.stack["Resources"]["Table"]["DeletionPolicy"], "Retain")

    def test_every_function_has_its_package_there(self):
        text = (MODULE / "main.tf").read_text(encoding="utf-8")
        named = set(re.findall(r'"([a-z-]+)"', re.search(r"functions = toset\(\[(.*?)\]\)", text)[1]))
        functions = [each for each in self.stack["Resources"].values() if each["Type"] == "AWS::Serverless::Function"]
        self.assertEqual(named, {each["Metadata"]["BuildProperties"]["Binary"] for each in functions})


if __name__ == "__main__":
    unittest.main()
