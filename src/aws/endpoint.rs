//! Whether an endpoint is one: what is none is refused at once, and not tried eight times.

/// Where an endpoint may be set beside the flag: of all services, and of one (`AWS_ENDPOINT_URL_ECS`).
const VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The first endpoint of the flag, or without one of the environment, that is none; with where it is set.
pub(super) fn unusable(
    flag: Option<&str>,
    environment: impl Iterator<Item = (String, String)>,
) -> Option<(String, String)> {
    if let Some(url) = flag {
        return (!is_url(url)).then(|| ("--endpoint-url".to_owned(), url.to_owned()));
    }
    let mut set: Vec<(String, String)> = environment
        .filter(|(name, url)| name.starts_with(VARIABLE) && !url.is_empty())
        .collect();
    set.sort();
    set.into_iter().find(|(_, url)| !is_url(url))
}

/// `http://` or `https://`, a host, and what may follow one.
fn is_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // The port follows the last colon that is not one of an IPv6 address in brackets.
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[after_brackets..].rfind(':') {
        Some(at) => {
            let at = after_brackets + at;
            (&authority[..at], Some(&authority[at + 1..]))
        }
        None => (authority, None),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    !host.is_empty()
        && host.chars().all(is_plain)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
        && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_scheme_a_host_and_perhaps_a_port() {
        for url in [
            "http://127.0.0.1:4566",
            "https://ecs.eu-west-1.amazonaws.com",
            "http://[::1]:4566/",
            "https://vpce-0a1b.ecs.eu-west-1.vpce.amazonaws.com/path",
        ] {
            assert!(is_url(url), "{url}");
        }
        for url in [
            "",
            "localhost:4566",
            "http://",
            "http://:80",
            "ftp://host",
            "http://host:port",
            "http://host:0",
            "http://a b",
            "http://host:99999",
            "https://user@host",
            "http://ho\nst",
        ] {
            assert!(!is_url(url), "{url}");
        }
    }

    #[test]
    fn a_flag_goes_before_the_environment() {
        let environment = || {
            [
                ("AWS_ENDPOINT_URL_ECS", "nowhere"),
                ("AWS_ENDPOINT_URL", "http://a"),
                ("OTHER", "x"),
            ]
            .into_iter()
            .map(|(name, url)| (name.to_owned(), url.to_owned()))
        };
        assert_eq!(unusable(Some("http://a"), environment()), None);
        let (place, _) = unusable(Some("a"), environment()).expect("none");
        assert_eq!(place, "--endpoint-url");
        let (place, _) = unusable(None, environment()).expect("none");
        assert_eq!(place, "AWS_ENDPOINT_URL_ECS");
    }
}
