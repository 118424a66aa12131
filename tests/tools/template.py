"""Prints a CloudFormation template as JSON, its short tags written out: `template.py FILE`.

Needs PyYAML, which every tool that reads templates brings along.
"""

import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Knows what plain YAML does not: `!Ref`, `!GetAtt` and their kin."""


def long_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


Loader.add_multi_constructor("!", long_form)


def parsed(text):
    return yaml.load(text, Loader)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(parsed(file), sys.stdout)
