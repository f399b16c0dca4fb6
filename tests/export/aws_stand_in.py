#!/usr/bin/env python3
"""An `aws` that keeps a cluster in a file and refuses what AWS refuses: run as `aws SERVICE COMMAND …`.

The state is the JSON file that AWS_STAND_IN names:
  cluster   {name, capacityProviders, defaultCapacityProviderStrategy, polls}
  providers {name: {group, polls}}; groups {name: {min, max, kind, instances: [{id, type, protected, drained, polls}]}}
  services  {name: {strategy, deployments: [{arn, status}]}}; templates {name: versions}; targets {id: [min, max]}
  planned   {provider: [types]}: what managed scaling buys once a service has moved there
  prices    {type: USD per hour}; rollsBack: a service whose deployment fails
  beside    {group: the fewest instances that took tasks when one of it was drained}
  log       the calls that changed something, each with the bill after it

What takes time at AWS takes as many looks here as `polls` says. Queries of the script are answered by the table at the end; another
query is an error, so that the stand-in never answers a question that it did not understand.
"""

import fcntl
import json
import os
import re
import sys

USED = "ResourceInUseException"


class Refused(Exception):
    """An error of AWS."""


def options(arguments):
    """`--name value…` as a dictionary, with what `--cli-input-json file://…` holds, keys in the API's words."""
    given, name = {}, None
    for word in arguments:
        if word.startswith("--"):
            name = word[2:]
            given[name] = []
        else:
            given[name].append(word)
    document = {}
    for path in given.pop("cli-input-json", []):
        with open(path.removeprefix("file://"), encoding="utf-8") as file:
            document = json.load(file)
    return given, document


def strategy(items):
    return [{"capacityProvider": i["capacityProvider"], "base": i.get("base", 0), "weight": i.get("weight", 0)} for i in items]


def ratio(items):
    total = sum(i["weight"] for i in items)
    return sorted((i["capacityProvider"], i["base"], i["weight"] / total) for i in items)


def refuse_unless(condition, error, message):
    if not condition:
        raise Refused(f"An error occurred ({error}): {message}")


class Aws:
    def __init__(self, state, given, document):
        self.state, self.given, self.document = state, given, document
        self.changed = False

    def one(self, option):
        return self.given[option][0]

    def bill(self):
        return sum(self.state["prices"][i["type"]] for g in self.state["groups"].values() for i in g["instances"])

    def users(self, provider):
        return sorted(name for name, service in self.state["services"].items()
                      if any(i["capacityProvider"] == provider for i in service["strategy"]))

    # ec2
    def describe_launch_templates(self):
        names = self.given["launch-template-names"]
        refuse_unless(all(n in self.state["templates"] for n in names), "InvalidLaunchTemplateName.NotFoundException", names)
        return {"LaunchTemplates": [{"LaunchTemplateName": n} for n in names]}

    def create_launch_template(self):
        name = self.document["LaunchTemplateName"]
        refuse_unless(name not in self.state["templates"], "InvalidLaunchTemplateName.AlreadyExistsException", name)
        self.state["templates"][name] = 1
        self.changed = True

    def create_launch_template_version(self):
        self.state["templates"][self.document["LaunchTemplateName"]] += 1
        self.changed = True

    # autoscaling
    def describe_auto_scaling_groups(self):
        names = self.given["auto-scaling-group-names"]
        groups = [(n, self.state["groups"][n]) for n in names if n in self.state["groups"]]
        return {"AutoScalingGroups": [
            {"AutoScalingGroupName": n, "MinSize": g["min"], "MaxSize": g["max"],
             "Instances": [{"InstanceId": i["id"], "InstanceType": i["type"]} for i in g["instances"]]} for n, g in groups]}

    def launch(self, name, kind, polls=0):
        self.state["launched"] = self.state.get("launched", 0) + 1
        instance = {"id": f"i-f{self.state['launched']:016x}", "type": kind, "protected": True, "drained": False, "polls": polls}
        self.state["groups"][name]["instances"].append(instance)

    def fill(self, provider, at_least=None):
        """Managed scaling: the group gets the instances that are planned, or its smallest size."""
        name = self.state["providers"][provider]["group"]
        group = self.state["groups"][name]
        planned = sorted(self.state["planned"].get(provider, []))
        for kind in planned[:len(planned) if at_least is None else at_least]:
            if sum(i["type"] == kind for i in group["instances"]) < planned.count(kind):
                self.launch(name, kind)

    def create_auto_scaling_group(self):
        name = self.document["AutoScalingGroupName"]
        refuse_unless(name not in self.state["groups"], "AlreadyExists", name)
        template = self.document["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
        refuse_unless(template["LaunchTemplateName"] in self.state["templates"], "ValidationError", template)
        refuse_unless(self.one("vpc-zone-identifier"), "ValidationError", "no subnets")
        types = self.types()
        self.state["groups"][name] = {"min": self.document["MinSize"], "max": self.document["MaxSize"], "kind": types[0], "instances": []}
        for _ in range(self.document["MinSize"]):
            self.launch(name, types[0])
        self.changed = True

    def types(self):
        policy = self.document.get("MixedInstancesPolicy")
        return [o["InstanceType"] for o in policy["LaunchTemplate"]["Overrides"]] if policy else []

    def update_auto_scaling_group(self):
        name = self.document.get("AutoScalingGroupName") or self.one("auto-scaling-group-name")
        refuse_unless(name in self.state["groups"], "ValidationError", f"no group {name}")
        group = self.state["groups"][name]
        for key, member, option in (("min", "MinSize", "min-size"), ("max", "MaxSize", "max-size")):
            if member in self.document:
                group[key] = self.document[member]
            elif option in self.given:
                group[key] = int(self.one(option))
        refuse_unless(group["min"] <= group["max"], "ValidationError", "min above max")
        for kind in self.types()[:1]:
            group["kind"] = kind
        while len(group["instances"]) < group["min"]:
            self.launch(name, group["kind"], polls=1)
        going = [i for i in group["instances"] if not i["protected"]]
        while len(group["instances"]) > group["max"] and going:
            instance = going.pop()
            refuse_unless(instance["drained"], "StandIn", f"tasks of {instance['id']} would be killed")
            group["instances"].remove(instance)
        self.changed = True

    def create_or_update_tags(self):
        for tag in self.document["Tags"]:
            refuse_unless(tag["ResourceId"] in self.state["groups"], "ValidationError", tag)

    def put_scheduled_update_group_action(self):
        name, wanted = self.document["AutoScalingGroupName"], self.document["DesiredCapacity"]
        refuse_unless(name in self.state["groups"], "ValidationError", f"Group name not found: {name}")
        group = self.state["groups"][name]
        refuse_unless(group["min"] <= wanted <= group["max"], "ValidationError", self.document)
        refuse_unless(len(self.one("recurrence").split()) == 5, "ValidationError", self.given)
        self.state.setdefault("schedules", {})[name] = wanted

    def set_instance_protection(self):
        for instance in self.state["groups"][self.one("auto-scaling-group-name")]["instances"]:
            if instance["id"] in self.given["instance-ids"]:
                instance["protected"] = "no-protected-from-scale-in" not in self.given

    def terminate_instance_in_auto_scaling_group(self):
        identity = self.one("instance-id")
        for name, group in self.state["groups"].items():
            for instance in [i for i in group["instances"] if i["id"] == identity]:
                refuse_unless(instance["drained"], "StandIn", f"tasks of {identity} would be killed")
                shrinks = "should-decrement-desired-capacity" in self.given
                refuse_unless(not shrinks or len(group["instances"]) > group["min"], "ValidationError", f"{name} is at its min size")
                group["instances"].remove(instance)
                if not shrinks:
                    self.launch(name, group["kind"])
        self.changed = True
        return {}

    def delete_auto_scaling_group(self):
        name = self.one("auto-scaling-group-name")
        refuse_unless(not self.state["groups"][name]["instances"], "ResourceInUse", f"{name} has instances")
        owners = [p for p, it in self.state["providers"].items() if it["group"] == name]
        refuse_unless(not owners, "StandIn", f"{name} is behind {owners}")
        del self.state["groups"][name]
        self.changed = True

    # ecs: providers and the cluster
    def describe_capacity_providers(self):
        known = self.state["providers"]
        shown = []
        for name in (n for n in self.given["capacity-providers"] if n in known):
            waits = known[name]["polls"] > 0
            known[name]["polls"] -= waits
            shown.append({"name": name, "status": "PROVISIONING" if waits else "ACTIVE", "updateStatus": "CREATE_COMPLETE"})
        return {"capacityProviders": shown}

    def create_capacity_provider(self):
        name = self.document["name"]
        refuse_unless(name not in self.state["providers"], "ClientException", f"{name} exists")
        group = self.document["autoScalingGroupProvider"]["autoScalingGroupArn"]
        refuse_unless(group in self.state["groups"], "ClientException", f"no group {group}")
        self.state["providers"][name] = {"group": group, "polls": 1}
        self.changed = True

    def update_capacity_provider(self):
        refuse_unless(self.document["name"] in self.state["providers"], "ClientException", self.document["name"])
        refuse_unless("autoScalingGroupArn" not in self.document["autoScalingGroupProvider"], "ClientException", "the group stays")

    def put_cluster_capacity_providers(self):
        cluster, listed = self.state["cluster"], self.document["capacityProviders"]
        refuse_unless(self.document["cluster"] == cluster["name"], "ClusterNotFoundException", self.document["cluster"])
        refuse_unless(cluster["polls"] == 0, "UpdateInProgressException", "another update goes on")
        for name in listed:
            known = self.state["providers"].get(name)
            refuse_unless(known or name.startswith("FARGATE"), "InvalidParameterException", f"no provider {name}")
            refuse_unless(not known or known["polls"] == 0, "InvalidParameterException", f"{name} is not ACTIVE")
        for name in set(cluster["capacityProviders"]) - set(listed):
            refuse_unless(not self.users(name), USED, f"{name} is used by {self.users(name)}")
        items = strategy(self.document["defaultCapacityProviderStrategy"])
        refuse_unless(all(i["capacityProvider"] in listed for i in items), "InvalidParameterException", "default strategy")
        cluster.update(capacityProviders=listed, defaultCapacityProviderStrategy=items, polls=2)
        self.changed = True

    def describe_clusters(self):
        cluster = self.state["cluster"]
        waits = cluster["polls"] > 0
        cluster["polls"] -= waits
        return {"clusters": [{"attachmentsStatus": "UPDATE_IN_PROGRESS" if waits else "UPDATE_COMPLETE"}]}

    def delete_capacity_provider(self):
        name = self.one("capacity-provider")
        refuse_unless(name not in self.state["cluster"]["capacityProviders"], USED, f"{name} is on the cluster's list")
        refuse_unless(not self.users(name), USED, f"{name} is used by {self.users(name)}")
        del self.state["providers"][name]
        self.changed = True

    # ecs: services
    def describe_services(self):
        service = self.state["services"][self.one("services")]
        return {"services": [{"capacityProviderStrategy": service["strategy"]}]}

    def update_service(self):
        name, services = self.document["service"], self.state["services"]
        refuse_unless(name in services, "ServiceNotFoundException", name)
        refuse_unless("desiredCount" not in self.document, "StandIn", "the count belongs to the service's scaling")
        items, listed = strategy(self.document["capacityProviderStrategy"]), self.state["cluster"]["capacityProviders"]
        for item in items:
            refuse_unless(item["capacityProvider"] in listed, "InvalidParameterException", f"{item} is not on the cluster's list")
        others = [n for n, s in services.items() if n != name and s["deployments"]
                  and s["deployments"][-1]["status"] in ("PENDING", "IN_PROGRESS")]
        refuse_unless(not others, "StandIn", f"{others} still move")
        service = services[name]
        changes = not service["strategy"] or ratio(service["strategy"]) != ratio(items)
        force = self.document.get("forceNewDeployment", False)
        refuse_unless(force or not changes, "InvalidParameterException",
                      "making a change to a capacity provider strategy on a service … you must force a new deployment.")
        if force:
            number = len(service["deployments"])
            service["deployments"].append({"serviceDeploymentArn": f"arn:{name}/{number}", "status": "PENDING", "createdAt": number})
            service["before"], service["strategy"] = service["strategy"], items
            self.changed = True

    def list_service_deployments(self):
        service = self.state["services"][self.one("service")]
        shown = json.loads(json.dumps(service["deployments"]))
        for newest in service["deployments"][-1:]:
            if newest["status"] == "PENDING":
                newest["status"] = "IN_PROGRESS"
            elif newest["status"] == "IN_PROGRESS" and self.one("service") == self.state.get("rollsBack"):
                newest["status"], service["strategy"] = "ROLLBACK_SUCCESSFUL", service["before"]
            elif newest["status"] == "IN_PROGRESS":
                newest["status"] = "SUCCESSFUL"
                for item in service["strategy"]:
                    self.fill(item["capacityProvider"])
                self.changed = True
        return {"serviceDeployments": shown}

    # ecs: instances
    def list_container_instances(self):
        identity = re.fullmatch(r"ec2InstanceId == (i-\w+)", self.one("filter")).group(1)
        wanted = self.given.get("status", [None])[0]
        refuse_unless(wanted in (None, "ACTIVE"), "InvalidParameterException", wanted)
        known = False
        for instance in (i for g in self.state["groups"].values() for i in g["instances"] if i["id"] == identity):
            waits = instance.get("polls", 0) > 0
            instance["polls"] = instance.get("polls", 0) - waits
            known = not waits and not (wanted and instance.get("draining"))
        return {"containerInstanceArns": [f"arn:container-instance/{identity}"] if known else []}

    def instance(self, arn):
        identity = arn.split("/")[1]
        return next(i for g in self.state["groups"].values() for i in g["instances"] if i["id"] == identity)

    def update_container_instances_state(self):
        refuse_unless(self.one("status") == "DRAINING", "InvalidParameterException", self.one("status"))
        refuse_unless(len(self.given["container-instances"]) <= 10, "InvalidParameterException", "at most 10")
        for arn in self.given["container-instances"]:
            instance = self.instance(arn)
            instance["draining"] = True
            for name, group in self.state["groups"].items():
                if instance in group["instances"]:
                    takes = [i for i in group["instances"] if not i.get("draining") and not i.get("polls", 0)]
                    fewest = self.state.setdefault("beside", {})
                    fewest[name] = min(fewest.get(name, len(takes)), len(takes))

    def list_tasks(self):
        instance = self.instance(self.one("container-instance"))
        tasks = [] if instance["drained"] else ["arn:task/1"]
        instance["drained"] = instance.get("draining", False)
        return {"taskArns": tasks}

    # others
    def register_scalable_target(self):
        refuse_unless(self.document["MinCapacity"] <= self.document["MaxCapacity"], "ValidationException", self.document)
        self.state["targets"][self.document["ResourceId"]] = [self.document["MinCapacity"], self.document["MaxCapacity"]]

    def put_account_setting_default(self):
        self.state["settings"] = {self.one("name"): self.one("value")}


def rows(items):
    return "\n".join("\t".join("None" if cell is None else str(cell) for cell in row) for row in items) or "None"


def ids(shown, holds=lambda _: True):
    return "\t".join(i["InstanceId"] for i in shown["AutoScalingGroups"][0]["Instances"] if holds(i))


def newest(shown):
    deployments = sorted(shown["serviceDeployments"], key=lambda d: d["createdAt"])
    return rows([(deployments[-1]["serviceDeploymentArn"], deployments[-1]["status"])]) if deployments else "None"


def of_provider(member):
    return lambda shown: next((p[member] for p in shown["capacityProviders"]), "None")


QUERIES = {
    "length(AutoScalingGroups)": lambda shown: len(shown["AutoScalingGroups"]),
    "AutoScalingGroups[0].Instances[].InstanceId": ids,
    "length(capacityProviders[?status=='ACTIVE'])":
        lambda shown: sum(p["status"] == "ACTIVE" for p in shown["capacityProviders"]),
    "capacityProviders[0].status": of_provider("status"),
    "capacityProviders[0].updateStatus": of_provider("updateStatus"),
    "clusters[0].attachmentsStatus": lambda shown: shown["clusters"][0]["attachmentsStatus"],
    "services[0].capacityProviderStrategy[].[capacityProvider,base,weight]":
        lambda shown: rows((i["capacityProvider"], i["base"], i["weight"]) for i in shown["services"][0]["capacityProviderStrategy"]),
    "reverse(sort_by(serviceDeployments, &createdAt))[0].[serviceDeploymentArn,status]": newest,
    "containerInstanceArns[0]": lambda shown: (shown["containerInstanceArns"] or ["None"])[0],
    "length(taskArns)": lambda shown: len(shown["taskArns"]),
}


def answer(query, shown):
    of_types = re.fullmatch(r"AutoScalingGroups\[0\]\.Instances\[\?(!?)\((.*)\)\]\.InstanceId", query)
    if of_types:
        types = re.findall(r"InstanceType=='([a-z0-9.-]+)'", of_types.group(2))
        return ids(shown, lambda i: (i["InstanceType"] in types) != (of_types.group(1) == "!"))
    return QUERIES[query](shown)


def main(arguments):
    command = arguments[1]
    given, document = options(arguments[2:])
    with open(os.environ["AWS_STAND_IN"], "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        state = json.load(file)
        aws = Aws(state, given, document)
        shown = getattr(aws, command.replace("-", "_"))()
        if aws.changed:
            state["log"].append([command, document.get("service", ""), aws.bill()])
        file.seek(0)
        file.truncate()
        json.dump(state, file)
    if "query" in given:
        print(answer(given["query"][0], shown))
    elif shown is not None:
        print(json.dumps(shown))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))
