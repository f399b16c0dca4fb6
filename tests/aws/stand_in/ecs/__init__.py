"""ECS: clusters, providers, task definitions, services with deployments that end, tasks that are placed."""
