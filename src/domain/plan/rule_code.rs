//! The checker's code of a rule, as a plan names it.

/// Code of a rule of the checker, such as `V12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCode(String);

impl RuleCode {
    /// The code; `None` for a text of another form than `V` and two digits.
    #[must_use]
    pub fn try_new(code: &str) -> Option<Self> {
        let digits = code.strip_prefix('V')?;
        let is_code = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Self(code.to_owned()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_no_codes() {
        let code = RuleCode::try_new("V12").expect("a code");
        assert_eq!(code.as_str(), "V12");
        for text in ["", "V", "V1", "V123", "12", "v12", "breaks V12", "V+1"] {
            assert_eq!(RuleCode::try_new(text), None, "{text}");
        }
    }
}
