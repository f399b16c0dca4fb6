//! Names of profiles in the shared configuration files: whether a flag names one that is there. What a profile says is read by
//! the SDK alone. Source: AWS SDKs and Tools reference guide, "Shared config and credentials files".

use std::env;
use std::fs;
use std::path::PathBuf;

/// Whether one of the files has the profile, or cannot be read, which the SDK says better.
pub fn is_there(profile: &str) -> bool {
    files().iter().any(|file| match fs::read(file) {
        Ok(bytes) => names(&String::from_utf8_lossy(&bytes)).any(|name| name == profile),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    })
}

/// The two files, where the environment puts them or in the home directory.
fn files() -> Vec<PathBuf> {
    let home = env::home_dir().unwrap_or_default().join(".aws");
    [
        ("AWS_CONFIG_FILE", "config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ]
    .into_iter()
    .map(|(variable, name)| env::var_os(variable).map_or_else(|| home.join(name), PathBuf::from))
    .collect()
}

/// Sections `[profile NAME]` and `[NAME]`.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let section = line
            .trim_start()
            .strip_prefix('[')?
            .split(']')
            .next()?
            .trim();
        let name = section
            .strip_prefix("profile")
            .filter(|rest| rest.starts_with([' ', '\t']));
        Some(name.unwrap_or(section).trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_profiles_in_both_forms() {
        let text =
            "[default]\nregion = x\n [ profile  prod ] # ours\n[profiler]\n[sso-session corp]\n";
        let found: Vec<&str> = names(text).collect();
        assert_eq!(found, ["default", "prod", "profiler", "sso-session corp"]);
    }
}
