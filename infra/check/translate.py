#!/usr/bin/env python3
"""Prints the CloudFormation template that SAM makes of a SAM template: what a deployment would send. Makes no call to AWS.

Runs in the venv of `infra/check/template.sh`, with the translator that `sam validate` itself uses.
"""

import sys
from pathlib import Path

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse


class NoManagedPolicies:
    """A lookup of AWS's managed policies needs an account. The template names none, on purpose."""

    def load(self):
        sys.exit("the template names a managed policy: write out what the function may do")


template = yaml_parse(Path(sys.argv[1]).read_text())
print(SamTemplateValidator(template, NoManagedPolicies(), region="us-east-1").get_translated_template_if_valid())
