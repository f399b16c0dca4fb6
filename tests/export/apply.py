"""Applies an exported folder twice to a local stand-in for AWS (moto, over HTTP) with the AWS CLI, and prints what describe calls
then say, in the form of the exported input files."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
os.environ.pop("AWS_PROFILE", None)

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

PROVIDER_FIELDS = ("managedScaling", "managedTerminationProtection", "managedDraining")


def prepare(client, folder):
    """What must be there before: a network, an instance profile, the cluster and its services."""
    subnet = client("ec2").describe_subnets()["Subnets"][0]
    group = client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])["SecurityGroups"][0]
    client("iam").create_instance_profile(InstanceProfileName="instances")
    ecs = client("ecs")
    cluster = json.loads((folder / "40-cluster-capacity-providers.json").read_text())["cluster"]
    ecs.create_cluster(clusterName=cluster)
    container = {"name": "main", "image": "x", "memory": 128}
    ecs.register_task_definition(family="any", containerDefinitions=[container])
    for path in folder.glob("50-service-*.json"):
        name = json.loads(path.read_text())["service"]
        ecs.create_service(cluster=cluster, serviceName=name, taskDefinition="any", desiredCount=1)
    return cluster, subnet["SubnetId"], group["GroupId"]


def apply(folder, endpoint, subnet, group):
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "SECURITY_GROUP_IDS": group,
                   "INSTANCE_PROFILE": "instances",
                   "INSTANCE_ROLE_ARN": "arn:aws:iam::123456789012:role/instances"}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    script = folder / "apply.sh"
    for variable in re.findall(r"SUBNET_IDS\w*", script.read_text()):
        environment[variable] = subnet
    subprocess.run(["bash", script], env=environment, stdout=sys.stderr, check=True)


def described(client, cluster):
    """Everything as the API shows it, under the names of the input files."""
    files = {}
    ec2, ecs = client("ec2"), client("ecs")
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        name = template["LaunchTemplateName"]
        newest = ec2.describe_launch_template_versions(
            LaunchTemplateName=name, Versions=["$Latest"])["LaunchTemplateVersions"][0]
        files[f"10-{name}.json"] = {"LaunchTemplateName": name,
                                    "LaunchTemplateData": {"ImageId": newest["LaunchTemplateData"]["ImageId"]}}
    for group in client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]:
        keys = ("AutoScalingGroupName", "MinSize", "MaxSize", "MixedInstancesPolicy",
                "NewInstancesProtectedFromScaleIn", "Tags")
        files[f"20-{group['AutoScalingGroupName']}-create.json"] = {key: group[key] for key in keys}
    shown = ecs.describe_clusters(clusters=[cluster])["clusters"][0]
    keys = ("capacityProviders", "defaultCapacityProviderStrategy")
    files["40-cluster-capacity-providers.json"] = {key: shown[key] for key in keys}
    own = [name for name in shown["capacityProviders"] if not name.startswith("FARGATE")]
    for provider in ecs.describe_capacity_providers(capacityProviders=own)["capacityProviders"]:
        settings = {key: provider["autoScalingGroupProvider"][key] for key in PROVIDER_FIELDS}
        files[f"30-{provider['name']}-create.json"] = {"name": provider["name"], "autoScalingGroupProvider": settings}
    names = [arn.rsplit("/", 1)[1] for arn in ecs.list_services(cluster=cluster, maxResults=100)["serviceArns"]]
    for service in ecs.describe_services(cluster=cluster, services=names)["services"]:
        entry = {"service": service["serviceName"],
                 "capacityProviderStrategy": service["capacityProviderStrategy"],
                 "placementStrategy": service.get("placementStrategy", [])}
        files[f"50-{service['serviceName']}.json"] = entry
    return files


def main(folder):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"

        def client(service):
            return boto3.client(service, endpoint_url=endpoint)

        cluster, subnet, group = prepare(client, folder)
        # The second time everything is there and is updated.
        apply(folder, endpoint, subnet, group)
        apply(folder, endpoint, subnet, group)
        print(json.dumps(described(client, cluster), default=str))
    finally:
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
