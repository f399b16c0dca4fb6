"""Validates exported files with cfn-lint and with botocore's service models. Prints what is wrong; exits 1 if anything is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import botocore.session
from botocore.validate import ParamValidator

# The start and end of an input file's name, and the operation it is for.
OPERATIONS = [
    ("10-", ".json", "ec2", "CreateLaunchTemplate"),
    ("10-", ".json", "ec2", "CreateLaunchTemplateVersion"),
    ("20-", "-create.json", "autoscaling", "CreateAutoScalingGroup"),
    ("20-", "-update.json", "autoscaling", "UpdateAutoScalingGroup"),
    ("20-", "-tags.json", "autoscaling", "CreateOrUpdateTags"),
    ("30-", "-create.json", "ecs", "CreateCapacityProvider"),
    ("30-", "-update.json", "ecs", "UpdateCapacityProvider"),
    ("40-", ".json", "ecs", "PutClusterCapacityProviders"),
    ("50-", ".json", "ecs", "UpdateService"),
    ("55-", ".json", "application-autoscaling", "RegisterScalableTarget"),
    ("60-", ".json", "ecs", "PutClusterCapacityProviders"),
    ("65-", ".json", "autoscaling", "PutScheduledUpdateGroupAction"),
    ("66-", ".json", "autoscaling", "PutScheduledUpdateGroupAction"),
    ("67-", ".json", "application-autoscaling", "PutScheduledAction"),
    ("68-limits-", ".json", "scheduler", "CreateSchedule"),
    ("68-limits-", ".json", "scheduler", "UpdateSchedule"),
    ("70-", "-sizes.json", "autoscaling", "UpdateAutoScalingGroup"),
]


def walk(shape, value, path, problems):
    """What botocore's own validator leaves out: enumerations, largest values, patterns."""
    if shape.type_name == "structure":
        for key, inner in value.items():
            walk(shape.members[key], inner, f"{path}.{key}", problems)
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            walk(shape.member, inner, f"{path}[{index}]", problems)
    elif shape.type_name == "string":
        metadata = shape.metadata
        if metadata.get("enum") and value not in metadata["enum"]:
            problems.append(f"{path}: {value!r} is not one of {metadata['enum']}")
        if "max" in metadata and len(value) > metadata["max"]:
            problems.append(f"{path}: longer than {metadata['max']}")
        pattern = metadata.get("pattern")
        if pattern and "\\u" not in pattern and "\\x" not in pattern and not re.fullmatch(pattern, value):
            problems.append(f"{path}: {value!r} does not match {pattern}")
    elif shape.type_name in ("integer", "long") and "max" in shape.metadata:
        if value > shape.metadata["max"]:
            problems.append(f"{path}: {value} is above {shape.metadata['max']}")


def check_input(session, path):
    """Problems of one input, and whether some operation takes such a file at all."""
    # Documents of IAM are no inputs of a call.
    problems, known = [], path.name.startswith("68-reset-role-")
    for start, end, service, operation in OPERATIONS:
        if not (path.name.startswith(start) and path.name.endswith(end)):
            continue
        known = True
        shape = session.get_service_model(service).operation_model(operation).input_shape
        value = json.loads(path.read_text())
        report = ParamValidator().validate(value, shape)
        if report.has_errors():
            problems.append(report.generate_report())
        else:
            walk(shape, value, operation, problems)
    if not known:
        problems.append("no operation is known for this file")
    return [f"{path.parent.name}/{path.name}: {problem}" for problem in problems]


def main(folder):
    session = botocore.session.get_session()
    inputs = sorted(folder.glob("*/*.json"))
    templates = sorted(folder.glob("*.template.*"))
    problems = [problem for path in inputs for problem in check_input(session, path)]
    # W3002 and such are advice; errors and warnings count. E3006-like checks of texts hold for hostile ones too.
    lint = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--regions", "us-east-1", "--", *templates],
        capture_output=True, text=True, check=False)
    if lint.returncode:
        problems.append(lint.stdout + lint.stderr)
    if not inputs or not templates:
        problems.append("there is nothing to validate")
    print("\n".join(problems) if problems else f"{len(inputs)} inputs and {len(templates)} templates are valid")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
