//! Names that AWS accepts, the same from run to run.
//!
//! A name that is already valid stays as it is. Of any other, what is not allowed becomes `-` and a hash of the original is
//! appended, so that two names never become one.

/// Longest name of a cluster, a service, a capacity provider or an Auto Scaling group. Sources: Amazon ECS API reference, `CreateCluster`,
/// `CreateService`, `CreateCapacityProvider`; Amazon EC2 Auto Scaling API reference, `CreateAutoScalingGroup`.
const LONGEST: usize = 255;
/// Longest name of a launch template. Source: Amazon EC2 API reference, `CreateLaunchTemplate`.
pub const LONGEST_TEMPLATE: usize = 128;

/// A name for the cluster or a service: letters, digits, `-` and `_`.
#[must_use]
pub fn valid(text: &str) -> String {
    let kept: String = (text.chars())
        .map(|c| if is_allowed(c) { c } else { '-' })
        .take(LONGEST)
        .collect();
    // A leading hyphen would be read as an option by command lines.
    if kept == text && !text.is_empty() && !text.starts_with('-') {
        return kept;
    }
    let short: String = kept.chars().take(LONGEST - 9).collect();
    format!("{short}-{:08x}", hash(text))
        .trim_start_matches('-')
        .to_owned()
}

/// A name for a capacity provider and its group; those may not begin with `aws`, `ecs` or `fargate`. Source: Amazon ECS API
/// reference, `CreateCapacityProvider`.
#[must_use]
pub fn provider(text: &str) -> String {
    let name = valid(text);
    let lower = name.to_ascii_lowercase();
    if ["aws", "ecs", "fargate"]
        .iter()
        .any(|p| lower.starts_with(p))
    {
        valid(&format!("bayplan-{name}"))
    } else {
        name
    }
}

/// A name for a group. One that is there keeps the name it has, which may hold nearly any character; every format escapes
/// it. Made valid is only what some tool would read as more than a name: an option, a file to load, a template.
/// Source: Amazon EC2 Auto Scaling API reference, `AutoScalingGroupName`.
#[must_use]
pub fn group(text: &str) -> String {
    let means_more = text.starts_with('-')
        || ["://", "${", "%{"].iter().any(|mark| text.contains(mark))
        || text.chars().any(char::is_control);
    if text.is_empty() || text.chars().count() > LONGEST || means_more {
        valid(text)
    } else {
        text.to_owned()
    }
}

/// A valid name as it is where it is short enough, else its beginning and a hash of the whole. `longest` is 10 or more.
#[must_use]
pub fn shortened(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let short: String = name.chars().take(longest.saturating_sub(9)).collect();
    format!("{short}-{:08x}", hash(name))
}

const fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// FNV-1a, folded to 32 bits: stable for good, unlike the standard library's hasher.
fn hash(text: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    u32::try_from((hash >> 32) ^ (hash & 0xffff_ffff)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names_stay_and_others_never_meet() {
        assert_eq!(valid("web-1_a"), "web-1_a");
        let (a, b) = (valid("a b"), valid("a.b"));
        assert!(a != b && a.starts_with("a-b-"), "{a} {b}");
        // As long as ECS takes them: another name would be another cluster's or service's.
        let longest = "x".repeat(255);
        assert_eq!(
            (valid(&longest), provider(&longest)),
            (longest.clone(), longest)
        );
        assert_eq!(valid(&"x".repeat(300)).len(), 255);
        assert_eq!(provider(&format!("ecs{}", "x".repeat(252))).len(), 255);
        for hostile in ["", "''", "-rf", "\n"] {
            let name = valid(hostile);
            assert!(
                !name.is_empty() && !name.starts_with('-'),
                "{hostile:?}: {name}"
            );
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let of = |end: char| shortened(&format!("{}{end}", "x".repeat(80)), 58);
        assert_eq!(shortened("web", 58), "web");
        assert_eq!(of('a').len(), 58);
        assert_ne!(of('a'), of('b'));
    }

    #[test]
    fn reserved_prefixes_of_providers_are_avoided() {
        assert_eq!(provider("ecs-main"), "bayplan-ecs-main");
        assert_eq!(provider("main"), "main");
    }

    #[test]
    fn a_group_that_is_there_keeps_its_name() {
        for name in ["web asg", "a&b'c\"d`e", "prod/web.1"] {
            assert_eq!(group(name), name);
        }
        for hostile in ["-rf", "file:///etc/passwd", "${x}", "a\nb", ""] {
            assert_ne!(group(hostile), hostile);
        }
    }
}
