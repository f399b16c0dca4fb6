//! The Region of a cluster that is named by its ARN.

/// The Region of a cluster's ARN; none of a name.
pub fn region(cluster: &str) -> Option<&str> {
    let mut parts = cluster.split(':');
    let (arn, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let is_ecs = arn == "arn" && service == "ecs";
    parts.next().filter(|region| is_ecs && !region.is_empty())
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn an_arn_names_its_region_and_a_name_none() {
        assert_eq!(
            region("arn:aws:ecs:eu-west-1:123456789012:cluster/prod"),
            Some("eu-west-1")
        );
        assert_eq!(
            region("arn:aws-cn:ecs:cn-north-1:1:cluster/prod"),
            Some("cn-north-1")
        );
        for name in [
            "prod",
            "",
            "arn:aws:ecs",
            "arn:aws:s3:x:1:y",
            "arn:aws:ecs::1:cluster/prod",
        ] {
            assert_eq!(region(name), None, "{name}");
        }
    }
}
