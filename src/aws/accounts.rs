//! Account numbers, which go no further than this.

/// What stands in place of an account number: ARNs keep their form and still refer to each other.
pub(super) const NO_ACCOUNT: &str = "000000000000";
/// The digits of an account number.
pub(super) const DIGITS: usize = NO_ACCOUNT.len();

/// The words of AWS with zeros in place of account numbers: every run of twelve digits that no letter or digit touches.
pub fn hidden(said: &str) -> String {
    let mut text = String::with_capacity(said.len());
    for word in said.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let (number, end) = match word.char_indices().next_back() {
            Some((at, last)) if !last.is_alphanumeric() => word.split_at(at),
            _ => (word, ""),
        };
        let is_account = number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
        text.push_str(if is_account { NO_ACCOUNT } else { number });
        text.push_str(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_aws_lose_account_numbers_and_nothing_else() {
        let said = "User: arn:aws:sts::123456789012:assumed-role/ops/1234567890123 is not authorized to perform: \
                    ecs:ListTasks on resource: arn:aws:ecs:eu-west-1:210987654321:cluster/c (account 111122223333)";
        assert_eq!(
            hidden(said),
            "User: arn:aws:sts::000000000000:assumed-role/ops/1234567890123 is not authorized to perform: \
             ecs:ListTasks on resource: arn:aws:ecs:eu-west-1:000000000000:cluster/c (account 000000000000)"
        );
        for same in ["", "request 0a1b2c3d4e5f", "x123456789012", "é 12"] {
            assert_eq!(hidden(same), same);
        }
        assert_eq!(hidden("123456789012"), NO_ACCOUNT);
    }
}
