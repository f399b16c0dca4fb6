//! Answers of a cluster, as AWS writes them.

use serde_json::{Value, json};

use super::recorded::Recorded;
use crate::aws::actions::Action;

/// The account that runs through the answers.
pub const ACCOUNT: &str = "210987654321";

/// An ARN of ECS.
pub fn arn(rest: &str) -> String {
    format!("arn:aws:ecs:us-east-1:{ACCOUNT}:{rest}")
}

fn group_arn(name: &str) -> String {
    format!(
        "arn:aws:autoscaling:us-east-1:{ACCOUNT}:autoScalingGroup:0a1b:autoScalingGroupName/{name}"
    )
}

/// A service of a task definition.
pub fn service(name: &str, definition: &str) -> Value {
    json!({"serviceArn": arn(&format!("service/prod/{name}")), "serviceName": name, "clusterArn": arn("cluster/prod"),
        "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "pendingCount": 0, "schedulingStrategy": "REPLICA",
        "taskDefinition": arn(&format!("task-definition/{definition}")),
        "capacityProviderStrategy": [{"capacityProvider": "web", "weight": 1, "base": 0}],
        "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING"},
        "events": [{"id": "e", "message": "(service x) has reached a steady state."}],
        "deployments": [{"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED",
            "taskDefinition": arn(&format!("task-definition/{definition}"))}]})
}

/// The answer that describes a task definition.
pub fn definition(name: &str) -> Value {
    let (family, revision) = name.split_once(':').expect("family:revision");
    let revision: u32 = revision.parse().expect("a number");
    json!({"taskDefinition": {"taskDefinitionArn": arn(&format!("task-definition/{name}")), "family": family,
        "revision": revision, "status": "ACTIVE", "networkMode": "bridge", "cpu": "256", "memory": "512",
        "compatibilities": ["EXTERNAL", "EC2"],
        "containerDefinitions": [{"name": "main", "image": format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/x:1"),
            "cpu": 256, "memory": 512, "essential": true,
            "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]}})
}

/// A container instance of a provider.
pub fn instance(number: usize) -> Value {
    json!({"containerInstanceArn": arn(&format!("container-instance/prod/{number:032x}")),
        "ec2InstanceId": format!("i-{number:017x}"), "capacityProviderName": "web", "status": "ACTIVE",
        "agentConnected": true, "runningTasksCount": 1,
        "registeredResources": [{"name": "MEMORY", "type": "INTEGER", "integerValue": 7600},
            {"name": "CPU", "type": "INTEGER", "integerValue": 2048}],
        "remainingResources": [{"name": "CPU", "type": "INTEGER", "integerValue": 2048},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 7600}],
        "attributes": [{"name": "ecs.os-type", "value": "linux"},
            {"name": "ecs.availability-zone", "value": "us-east-1a"}]})
}

/// A task of a service.
pub fn task(number: usize, group: &str) -> Value {
    json!({"taskArn": arn(&format!("task/prod/{number:032x}")), "group": group, "lastStatus": "RUNNING",
        "taskDefinitionArn": arn("task-definition/api:7"), "startedBy": "someone",
        "overrides": {"containerOverrides": [{"name": "main", "command": ["--token=abc"]}]}})
}

/// A cluster of so many services of one definition, instances and tasks, on pages of a hundred.
pub fn cluster(services: usize, instances: usize, tasks: usize) -> Recorded {
    let services: Vec<Value> = (0..services)
        .map(|n| service(&format!("s{n:04}"), "api:7"))
        .collect();
    let many = instances;
    let instances: Vec<Value> = (0..instances).map(instance).collect();
    let tasks: Vec<Value> = (0..tasks).map(|n| task(n, "service:s0000")).collect();
    let mut recorded = Recorded::default();
    recorded.add(
        Action::DescribeClusters,
        json!({"clusters": [{"clusterArn": arn("cluster/prod"),
        "clusterName": "prod", "status": "ACTIVE", "capacityProviders": ["web", "FARGATE"],
        "defaultCapacityProviderStrategy": []}], "failures": []}),
    );
    for (lists, describes, key, things) in [
        (
            Action::ListServices,
            Action::DescribeServices,
            "serviceArn",
            services,
        ),
        (
            Action::ListContainerInstances,
            Action::DescribeContainerInstances,
            "containerInstanceArn",
            instances,
        ),
        (Action::ListTasks, Action::DescribeTasks, "taskArn", tasks),
    ] {
        for page in things.chunks(100) {
            let arns: Vec<Value> = page.iter().map(|one| one[key].clone()).collect();
            recorded.add(lists, json!({crate::aws::call::list_key(lists): arns}));
            recorded.add(
                describes,
                json!({crate::aws::call::list_key(describes): page}),
            );
        }
    }
    recorded.add(Action::DescribeTaskDefinition, definition("api:7"));
    recorded.add(Action::DescribeCapacityProviders, json!({"capacityProviders": [{"name": "web", "status": "ACTIVE",
        "capacityProviderArn": arn("capacity-provider/web"), "tags": [{"key": "owner", "value": "team"}],
        "autoScalingGroupProvider": {"autoScalingGroupArn": group_arn("web-asg"), "managedTerminationProtection": "DISABLED",
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100}}}]}));
    recorded.add(Action::ListAccountSettings, json!({"settings": [
        {"name": "awsvpcTrunking", "value": "enabled", "principalArn": format!("arn:aws:iam::{ACCOUNT}:root")}]}));
    recorded.add(
        Action::DescribeScalableTargets,
        json!({"ScalableTargets": [{"ServiceNamespace": "ecs",
        "ResourceId": "service/prod/s0000", "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1, "MaxCapacity": 9, "RoleARN": "role"}]}),
    );
    recorded.add(Action::DescribeAutoScalingGroups, json!({"AutoScalingGroups": [{"AutoScalingGroupName": "web-asg",
        "AutoScalingGroupARN": group_arn("web-asg"), "MinSize": 0, "MaxSize": 20, "DesiredCapacity": 3,
        "AvailabilityZones": ["us-east-1b", "us-east-1a"], "VPCZoneIdentifier": "subnet-2,subnet-1",
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "web", "Version": "3"},
        "Tags": [{"Key": "AmazonECSManaged", "Value": ""}, {"Key": "owner", "Value": "team"}],
        "Instances": [{"InstanceId": format!("i-{:017x}", 0), "InstanceType": "m7g.large"}]}]}));
    recorded.add(Action::DescribeLaunchTemplateVersions, json!({"LaunchTemplateVersions": [{"LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "web", "VersionNumber": 3, "DefaultVersion": false,
        "LaunchTemplateData": {"InstanceType": "m7g.large", "UserData": "c2VjcmV0", "ImageId": "ami-1"}}]}));
    let of_ec2: Vec<Value> = (0..many).map(|number| json!({"InstanceId": format!("i-{number:017x}"),
        "InstanceType": "m7g.large", "InstanceLifecycle": if number == 1 { json!("spot") } else { Value::Null }})).collect();
    recorded.add(
        Action::DescribeInstances,
        json!({"Reservations": [{"Instances": of_ec2}]}),
    );
    recorded.add(Action::DescribeSubnets, json!({"Subnets": [
        {"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1", "Tags": []},
        {"SubnetId": "subnet-2", "AvailabilityZone": "us-east-1b", "AvailabilityZoneId": "use1-az2"}]}));
    recorded.add(Action::DescribeAvailabilityZones, json!({"AvailabilityZones": [
        {"ZoneName": "us-east-1a", "ZoneId": "use1-az1"}, {"ZoneName": "us-east-1b", "ZoneId": "use1-az2"}]}));
    recorded
}
